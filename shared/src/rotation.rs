//! Secrets that are exchanged with an overlap: for a set time after the exchange the previous one is still good.

use serde::{Deserialize, Deserializer, de::Error};

use crate::time::Timestamp;

/// What was good before the last exchange, and until when it still is.
#[derive(Debug, Clone)]
pub struct Previous<T> {
    what: T,
    until: Timestamp,
}

impl<T> Previous<T> {
    /// Something that is good until this moment, which is not included.
    #[must_use]
    pub const fn new(what: T, until: Timestamp) -> Self {
        Self { what, until }
    }

    /// It, if it is still good.
    #[must_use]
    pub fn good_at(&self, now: Timestamp) -> Option<&T> {
        (now < self.until).then_some(&self.what)
    }

    /// The same of something made of it.
    #[must_use]
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Previous<U> {
        Previous { what: make(self.what), until: self.until }
    }

    /// It, as settings give it: the two keys come together or not at all.
    ///
    /// # Errors
    /// The key that is missing, and why.
    pub fn read<'k>(
        (key, what): (&'k str, Option<T>),
        (until_key, until): (&'k str, Option<Timestamp>),
    ) -> Result<Option<Self>, (&'k str, String)> {
        match (what, until) {
            (None, None) => Ok(None),
            (Some(what), Some(until)) => Ok(Some(Self::new(what, until))),
            (Some(_), None) => {
                let why = format!("is missing: {key} is set, and must not be believed for ever (2026-04-01T12:00:00Z)");
                Err((until_key, why))
            }
            (None, Some(_)) => Err((key, format!("is missing: {until_key} is set, and ends nothing"))),
        }
    }
}

/// Reads a moment in settings, as RFC 3339 writes it.
///
/// # Errors
/// What is no moment.
pub fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let refusal = || D::Error::custom(format!("{text:?} is no moment such as 2026-04-01T12:00:00Z"));
    Timestamp::parse(&text).map(Some).ok_or_else(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Timestamp = Timestamp::from_millis(1_000);

    #[test]
    fn what_was_exchanged_is_good_until_its_end_and_no_longer() {
        let previous = Previous::new("old", UNTIL);
        assert_eq!(previous.good_at(Timestamp::from_millis(999)), Some(&"old"));
        assert_eq!(previous.good_at(UNTIL), None);
    }

    #[test]
    fn neither_comes_without_the_other() {
        let read = |what, until| Previous::read(("previous", what), ("until", until)).map(|read| read.is_some());
        assert_eq!(read(None::<&str>, None), Ok(false));
        assert_eq!(read(Some("old"), Some(UNTIL)), Ok(true));
        assert_eq!(read(Some("old"), None).unwrap_err().0, "until");
        assert_eq!(read(None, Some(UNTIL)).unwrap_err().0, "previous");
    }

    #[test]
    fn a_moment_is_read_with_any_offset_and_nothing_else_is() {
        let read = |json: &str| moment(&mut serde_json::Deserializer::from_str(json));
        assert_eq!(read("\"1970-01-01T05:30:01+05:30\"").unwrap(), Some(UNTIL));
        assert_eq!(read("null").unwrap(), None);
        let refusal = read("\"tomorrow\"").unwrap_err().to_string();
        assert!(refusal.contains("\"tomorrow\" is no moment"), "{refusal}");
    }
}
