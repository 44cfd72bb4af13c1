//! Part numbers without regard to how they are spelled: `1K0-698-151 A` is `1k0698151a`.

pub use schemas::catalog::numbers::normalised;

/// The letters of a piece: what can be searched for is made of pieces.
pub const PIECE: usize = 3;
/// All pieces of a normalised number, in order and overlapping. Whoever has them one after another has the number.
#[must_use]
pub fn pieces(normalised: &str) -> Vec<String> {
    let letters: Vec<char> = normalised.chars().collect();
    letters.windows(PIECE).map(|piece| piece.iter().collect()).collect()
}

/// Whether a normalised text is long enough to be looked for inside of numbers: letters alone are words more often.
#[must_use]
pub fn is_fragment(normalised: &str) -> bool {
    let length = normalised.chars().count();
    length > PIECE || (length == PIECE && normalised.chars().any(char::is_numeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_alone_are_a_fragment_from_four_on() {
        assert_eq!(["ab1", "abc", "abcd", "12"].map(is_fragment), [true, false, true, false]);
        assert_eq!(pieces("1k06"), ["1k0", "k06"]);
        assert_eq!(pieces("1k"), [""; 0]);
    }
}
