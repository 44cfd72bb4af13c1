//! The variants of an enum of another crate, as serde names them: what is read and written under these names is described
//! under them, without a list that somebody would have to keep.

use std::fmt;

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error, Visitor},
    forward_to_deserialize_any,
};
use utoipa::openapi::{
    ObjectBuilder, RefOr,
    schema::{Schema, Type},
};

/// An enum without content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variants {
    /// Its name.
    pub name: &'static str,
    /// Those of its variants.
    pub names: &'static [&'static str],
}

impl Variants {
    /// Those of `T`, which must be an enum; nothing of another type.
    pub fn of<T: DeserializeOwned>() -> Self {
        let mut heard = Self::default();
        // Always an error: the listener has nothing to give.
        let _ = T::deserialize(Listener(&mut heard));
        heard
    }

    /// As an enumeration.
    pub fn schema(self, about: &str) -> RefOr<Schema> {
        let names = self.names.iter().copied();
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).description(Some(about)).build().into()
    }
}

/// Hears what an enum asks of whoever holds its text.
struct Listener<'a>(&'a mut Variants);

/// There is no text.
#[derive(Debug)]
struct Nothing;

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = Nothing;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Nothing> {
        *self.0 = Variants { name, names };
        Err(Nothing)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Nothing> {
        Err(Nothing)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl fmt::Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing to read")
    }
}

impl std::error::Error for Nothing {}

impl Error for Nothing {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use schemas::{disputes::DisputeState, types::OrderStatus};

    use super::*;

    #[test]
    fn the_variants_are_those_that_serde_reads() {
        let variants = Variants::of::<OrderStatus>();
        assert_eq!((variants.name, variants.names), ("OrderStatus", &OrderStatus::ALL.map(OrderStatus::as_str)[..]));
        assert_eq!(Variants::of::<DisputeState>().names, DisputeState::ALL.map(DisputeState::as_str));
    }

    #[test]
    fn what_is_no_enum_has_none() {
        assert_eq!(Variants::of::<String>(), Variants::default());
        assert_eq!(Variants::of::<Vec<OrderStatus>>(), Variants::default());
    }
}
