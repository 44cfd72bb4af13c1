//! Where a page ended: the place of its last hit in the order of the search. A hit whose place did not change is on exactly
//! one page, whatever happens to the others between the pages.

use schemas::ids::ProductId;
use shared::id::Uuid;

/// A place in the order of one search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// What the search orders by.
    pub(crate) key: Key,
    /// Then by product.
    pub(crate) id: u128,
}

/// What a search orders by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A number; less comes first.
    Number(u64),
    /// A text.
    Text(String),
}

/// The text is no cursor, or that of another search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCursor {
    /// It was never given.
    #[error("must be a next_cursor that this search gave")]
    Unknown,
    /// It was given for other words, filters or another order.
    #[error("belongs to another search: leave it out when words, filters or sort change")]
    OfAnotherSearch,
}

impl Cursor {
    /// The product that it stands behind.
    #[must_use]
    pub const fn product(&self) -> ProductId {
        ProductId::from_uuid(Uuid::from_u128(self.id))
    }

    /// As text, for the search of this identity.
    #[must_use]
    pub fn write(&self, search: u64) -> String {
        let (kind, key) = match &self.key {
            Key::Number(number) => ('n', number.to_string()),
            Key::Text(text) => ('t', text.clone()),
        };
        format!("{search:016x}/{:032x}/{kind}{key}", self.id)
    }

    /// Reads what [`Self::write`] wrote.
    ///
    /// # Errors
    /// [`InvalidCursor`] for anything else, and for that of another search.
    pub fn read(text: &str, search: u64) -> Result<Self, InvalidCursor> {
        let mut parts = text.splitn(3, '/');
        let mut next = || parts.next().ok_or(InvalidCursor::Unknown);
        let (identity, id, key) = (next()?, next()?, next()?);
        let identity = u64::from_str_radix(identity, 16).map_err(|_| InvalidCursor::Unknown)?;
        let id = u128::from_str_radix(id, 16).map_err(|_| InvalidCursor::Unknown)?;
        let key = Key::read(key).ok_or(InvalidCursor::Unknown)?;
        if identity == search { Ok(Self { key, id }) } else { Err(InvalidCursor::OfAnotherSearch) }
    }
}

impl Key {
    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix('n') {
            Some(number) => number.parse().ok().map(Self::Number),
            None => text.strip_prefix('t').map(|text| Self::Text(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read_again_and_by_no_other_search(number: u64, text in ".*", id: u128, search: u64) {
            for key in [Key::Number(number), Key::Text(text)] {
                let cursor = Cursor { key, id };
                let written = cursor.write(search);
                prop_assert_eq!(Cursor::read(&written, search), Ok(cursor));
                prop_assert_eq!(Cursor::read(&written, !search), Err(InvalidCursor::OfAnotherSearch));
            }
        }

        #[test]
        fn any_text_is_judged(text in ".*", search: u64) {
            let _ = Cursor::read(&text, search);
        }
    }
}
