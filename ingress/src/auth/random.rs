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
