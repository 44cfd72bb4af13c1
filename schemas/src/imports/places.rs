//! Which of a chunk's rows.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A set of places in a chunk, each from 0 to 127. It travels as hexadecimal digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Places(u128);

impl Places {
    /// Adds a place; whether it was not there before. A place that no chunk has is not added.
    pub fn insert(&mut self, place: i32) -> bool {
        let before = self.0;
        self.0 |= u32::try_from(place).ok().and_then(|place| 1_u128.checked_shl(place)).unwrap_or(0);
        self.0 != before
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> i32 {
        self.0.count_ones().cast_signed()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl Serialize for Places {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Places {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_a_set_that_is_read_as_it_is_written(all in proptest::collection::vec(-3..140_i32, 0..300)) {
            let (mut places, mut model) = (Places::default(), BTreeSet::new());
            for place in all {
                let is_new = (0..128).contains(&place) && model.insert(place);
                prop_assert_eq!(places.insert(place), is_new);
            }
            prop_assert_eq!(places.len(), i32::try_from(model.len()).unwrap());
            prop_assert_eq!(places.is_empty(), model.is_empty());
            let text = serde_json::to_string(&places).unwrap();
            prop_assert_eq!(serde_json::from_str::<Places>(&text).unwrap(), places);
        }
    }
}
