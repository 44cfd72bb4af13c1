//! What a customer types in.

use serde::Serialize;
use uuid::Uuid;

/// A postal address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the API's own words")]
pub struct Address {
    pub name: &'static str,
    pub phone: &'static str,
    pub line1: &'static str,
    pub line2: &'static str,
    pub city: &'static str,
    pub state_code: &'static str,
    pub pincode: &'static str,
}

/// Where the customers of these clients live.
pub const PUNE: Address = Address {
    name: "Asha Kulkarni",
    phone: "+919812345678",
    line1: "14, Fergusson College Road",
    line2: "Shivajinagar",
    city: "Pune",
    state_code: "27",
    pincode: "411001",
};

/// A name that nobody has had yet, for an e-mail address. In letters only: the shop refuses texts that might hold a card's
/// number, and now and then thirteen digits in a row of a random number would look like one.
#[must_use]
pub fn unused_name() -> String {
    let letter = |half: u8| char::from(b'a' + half);
    Uuid::now_v7().into_bytes().into_iter().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_differ_and_hold_no_digit() {
        let (one, other) = (unused_name(), unused_name());
        assert_ne!(one, other);
        assert!(one.bytes().all(|byte| byte.is_ascii_lowercase()));
    }
}
