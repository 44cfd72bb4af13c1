//! Identifiers that look like the gateways' own.
//!
//! They are unique across restarts, unlike the draws of [`crate::dice`]: a consumer remembers the event ids it has
//! seen, and a simulator that came back with the same ids would be taken for a redelivery.

use crate::dice::mix;
use uuid::Uuid;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A fresh identifier: `prefix` followed by `length` characters of `[0-9A-Za-z]` (at most 21 of them carry entropy).
pub fn fresh(prefix: &str, length: usize) -> String {
    let (high, low) = Uuid::now_v7().as_u64_pair();
    let mut rest = (u128::from(mix(high ^ mix(low))) << 64) | u128::from(mix(low));
    let mut id = String::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    for _ in 0..length {
        id.push(ALPHABET[(rest % 62) as usize] as char);
        rest /= 62;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn identifiers_are_distinct_and_well_formed() {
        let ids: HashSet<String> = (0..20_000).map(|_| fresh("pay_", 14)).collect();
        assert_eq!(ids.len(), 20_000);
        assert!(ids.iter().all(|id| id.len() == 18 && id[4..].bytes().all(|b| b.is_ascii_alphanumeric())));
    }
}
