//! Which numbers were used: runs of consecutive ones.

use std::collections::BTreeMap;

/// Numbers of one series, kept as runs. Documents come nearly in the order of their numbers, so the runs are few.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// The last number of each run by its first.
    by_first: BTreeMap<u32, u32>,
}

impl Runs {
    /// Adds a number. One that is known already changes nothing.
    pub fn add(&mut self, number: u32) {
        let before = self.by_first.range(..=number).next_back().map(|(first, last)| (*first, *last));
        if before.is_some_and(|(_, last)| last >= number) {
            return;
        }
        // The run that ends just before the number goes on, and the one that begins just after it joins in.
        let first = before.filter(|(_, last)| last + 1 == number).map_or(number, |(first, _)| first);
        let last = number.checked_add(1).and_then(|next| self.by_first.remove(&next)).unwrap_or(number);
        self.by_first.insert(first, last);
    }

    /// First and last number of each run.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.by_first.iter().map(|(first, last)| (*first, *last))
    }
}

/// A document's number as its series with the separator, and its count: `INV2627-` and 12 of `INV2627-00000012`.
#[must_use]
pub fn split(number: &str) -> (&str, Option<u32>) {
    let digits = number.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (series, count) = number.split_at(number.len() - digits);
    (series, count.parse().ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_a_series_and_a_count() {
        assert_eq!(split("INV2627-00000012"), ("INV2627-", Some(12)));
        assert_eq!(split("INV"), ("INV", None));
        assert_eq!(split(""), ("", None));
    }

    proptest! {
        #[test]
        fn runs_are_exactly_the_numbers_whatever_their_order(numbers in prop::collection::vec(1..60u32, 0..80)) {
            let mut runs = Runs::default();
            numbers.iter().for_each(|number| runs.add(*number));
            let told: Vec<u32> = runs.iter().flat_map(|(first, last)| first..=last).collect();
            let known: Vec<u32> = numbers.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(told, known);
            let ends: Vec<_> = runs.iter().collect();
            prop_assert!(ends.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{:?}", ends);
        }
    }
}
