//! What is done to an input: a few small changes, some blind, some with words that parsers find hard.

use fastrand::Rng;

/// Longer inputs are cut: what is wrong with them is wrong with shorter ones, which are faster.
const LONGEST: usize = 96 * 1024;
const MOST_CHANGES: usize = 5;

/// Syntax, numbers at the ends of their ranges, names that something may take for more than text, broken UTF-8.
const WORDS: [&[u8]; 46] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b":",
    b",",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b"0",
    b"-1",
    b"-0.0",
    b"1e400",
    b"0.1",
    b"2147483648",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"$ne",
    b"{\"$gt\":\"\"}",
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xf0\x9f\x98\x80",
    b"\xe2\x80\xae",
    b"%00",
    b"%ff",
    b"%",
    b"..",
    b"/",
    b"?",
    b"&",
    b"=",
    b"\r\n",
    b" ",
    b"+91",
    b"00000000-0000-0000-0000-000000000000",
    b"\xc3\x01",
];

/// Another input, made of `input` and parts of `other`.
#[must_use]
pub fn mutate(input: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..rng.usize(1..=MOST_CHANGES) {
        change(&mut bytes, other, rng);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let (from, to) = range(bytes.len(), rng);
    match rng.u8(0..11) {
        0 => drop(bytes.splice(from..to, [])),
        1 => insert(bytes, from, WORDS[rng.usize(..WORDS.len())]),
        2 => drop(bytes.splice(from..to, WORDS[rng.usize(..WORDS.len())].iter().copied())),
        3 => repeat(bytes, from, to, rng),
        4 => {
            let (first, last) = range(other.len(), rng);
            drop(bytes.splice(from..to, other[first..last].iter().copied()));
        }
        5 => bytes.truncate(to),
        6 => number(bytes, rng),
        7 => bytes[from..to].reverse(),
        8 => insert(bytes, from, &[rng.u8(..)]),
        9 => at(bytes, from, |byte| *byte ^= 1 << rng.u8(0..8)),
        _ => at(bytes, from, |byte| *byte = rng.u8(..)),
    }
}

/// A part of so many bytes, mostly a short one.
fn range(length: usize, rng: &mut Rng) -> (usize, usize) {
    let from = rng.usize(0..=length);
    let longest = if rng.u8(0..4) == 0 { length } else { 8 };
    (from, (from + rng.usize(0..=longest)).min(length))
}

fn insert(bytes: &mut Vec<u8>, at: usize, word: &[u8]) {
    drop(bytes.splice(at..at, word.iter().copied()));
}

fn at(bytes: &mut [u8], index: usize, change: impl FnOnce(&mut u8)) {
    if let Some(byte) = bytes.get_mut(index) {
        change(byte);
    }
}

/// Few or very many copies: deep nesting, long lists.
fn repeat(bytes: &mut Vec<u8>, from: usize, to: usize, rng: &mut Rng) {
    let times = if rng.u8(0..8) == 0 { 2_000 } else { rng.usize(1..4) };
    let copies = bytes[from..to].repeat(times);
    insert(bytes, from, &copies[..copies.len().min(LONGEST)]);
}

/// One of the numbers in it becomes another.
fn number(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let digits: Vec<usize> = (0..bytes.len()).filter(|index| bytes[*index].is_ascii_digit()).collect();
    let Some(&middle) = rng.choice(&digits) else { return };
    let from = (0..middle).rev().find(|index| !bytes[*index].is_ascii_digit()).map_or(0, |before| before + 1);
    let to = (middle..bytes.len()).find(|index| !bytes[*index].is_ascii_digit()).unwrap_or(bytes.len());
    let shifted = 1_u64.checked_shl(rng.u32(0..64)).unwrap_or_default().wrapping_sub(rng.u64(0..3));
    drop(bytes.splice(from..to, shifted.to_string().into_bytes()));
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SAMPLE: &[u8] = b"{\"quantity\": 12}";

    fn mutants(seed: u64) -> Vec<Vec<u8>> {
        let mut rng = Rng::with_seed(seed);
        (0..2_000).map(|_| mutate(SAMPLE, b"other", &mut rng)).collect()
    }

    #[test]
    fn a_seed_makes_the_same_inputs_again_and_another_seed_others() {
        assert_eq!(mutants(1), mutants(1));
        assert_ne!(mutants(1), mutants(2));
    }

    #[test]
    fn inputs_differ_and_stay_short_enough() {
        let all = mutants(3);
        assert!(all.iter().all(|input| input.len() <= LONGEST));
        assert!(all.iter().collect::<HashSet<_>>().len() > 1_500);
        assert!(all.iter().any(|input| input.len() > 1_000), "none is long");
    }

    #[test]
    fn what_is_empty_is_mutated_too() {
        let mut rng = Rng::with_seed(4);
        assert!((0..100).any(|_| !mutate(b"", b"", &mut rng).is_empty()));
    }
}
