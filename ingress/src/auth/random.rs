//! Random numbers that nobody can foresee.

use crate::problem::{INTERNAL, Problem};

/// Bytes from the operating system's generator, which is the only one that secrets are made with.
///
/// # Errors
/// A problem when the machine has no random numbers.
pub fn bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Problem::new(INTERNAL).because(error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    /// A crate that is no dependency cannot be called by mistake, though others bring one along.
    #[test]
    fn no_other_generator_is_at_hand() {
        let (mut is_ours, mut found) = (false, Vec::new());
        for line in include_str!("../../Cargo.toml").lines() {
            if line.starts_with('[') {
                is_ours = line.contains("dependencies") && !line.contains("dev-dependencies");
            }
            // By any name that such a crate has, or is renamed from.
            if is_ours && ["rand", "rng", "random"].iter().any(|word| line.contains(word)) {
                found.push(line);
            }
        }
        assert_eq!(found, ["getrandom.workspace = true"]);
    }
}
