//! Identifiers: one type per kind of thing, so that an order id can never be passed for a user id.

use std::{fmt, str::FromStr};

pub use serde;
pub use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The text given is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid identifier: expected a UUID such as 0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f")]
pub struct InvalidId;

/// Parses the canonical 36-character lower-case form and nothing else, so that one id has one spelling.
///
/// # Errors
/// [`InvalidId`] for every other text.
pub fn parse_canonical(text: &str) -> Result<Uuid, InvalidId> {
    // The other spellings that the library takes are longer or shorter.
    let is_canonical = text.len() == Hyphenated::LENGTH && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_canonical { Uuid::try_parse(text).map_err(|_| InvalidId) } else { Err(InvalidId) }
}

/// Defines identifier types: a private UUID that travels as text everywhere (JSON, Avro, MongoDB).
#[macro_export]
macro_rules! id_type {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($crate::id::Uuid);

        impl $name {
            /// A new id whose order is the order of creation (UUID version 7).
            #[must_use]
            pub fn generate() -> Self {
                Self($crate::id::Uuid::now_v7())
            }

            /// Wraps a UUID.
            #[must_use]
            pub const fn from_uuid(id: $crate::id::Uuid) -> Self {
                Self(id)
            }

            /// The UUID inside.
            #[must_use]
            pub const fn as_uuid(&self) -> $crate::id::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::parse_canonical(text).map(Self)
            }
        }

        impl $crate::id::serde::Serialize for $name {
            fn serialize<S: $crate::id::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = $crate::id::Uuid::encode_buffer();
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> $crate::id::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::id::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as $crate::id::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err($crate::id::serde::de::Error::custom)
            }
        }

        $crate::avro_as!($name => String);
    )+};
}

id_type! {
    /// Identifies one message. A message sent again carries the id it had the first time.
    MessageId;
    /// Ties together everything that one request of a client set in motion.
    CorrelationId;
}

impl MessageId {
    /// The id of what `self` causes, the same at every repetition: a name-based UUID (version 5) in the namespace of
    /// the causing message.
    #[must_use]
    pub fn derive(&self, name: &str) -> Self {
        Self(Uuid::new_v5(&self.0, name.as_bytes()))
    }

    /// The id of a message whose cause is not a message but a fact with a name (a gateway's event, a due time).
    #[must_use]
    pub fn of_fact(name: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
    }
}

/// A stock keeping unit: what one part is called on the shelf. Upper-case letters, digits and `-`, at most 32 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sku(String);

/// The text given is not a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid SKU: 1 to 32 upper-case letters, digits and '-'")]
pub struct InvalidSku;

impl Sku {
    /// The SKU as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sku {
    type Err = InvalidSku;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 32 || !text.chars().all(legal) {
            return Err(InvalidSku);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Sku {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Sku {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

crate::avro_as!(Sku => String);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_message_causes_has_the_same_id_at_every_repetition() {
        let cause = MessageId::generate();
        assert_eq!(cause.derive("0"), cause.derive("0"));
        assert_ne!(cause.derive("0"), cause.derive("1"));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = CorrelationId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse::<CorrelationId>(), Err(InvalidId));
        assert_eq!(id.to_string().replace('-', "").parse::<CorrelationId>(), Err(InvalidId));
    }

    proptest! {
        #[test]
        fn what_is_taken_for_an_id_is_its_one_spelling(
            text in prop_oneof![".*", "[0-9a-fA-F-]{36}", "(urn:uuid:|\\{)?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-fA-F]{12}\\}?"],
        ) {
            if let Ok(id) = parse_canonical(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }

        #[test]
        fn every_id_is_read_as_it_is_written(id in any::<u128>()) {
            let id = Uuid::from_u128(id);
            prop_assert_eq!(parse_canonical(&id.to_string()), Ok(id));
        }
    }

    #[test]
    fn a_sku_is_short_and_upper_case() {
        assert!("BRK-PAD-001".parse::<Sku>().is_ok());
        for bad in ["", "brk", "A B", "Ä", &"A".repeat(33)] {
            assert_eq!(bad.parse::<Sku>(), Err(InvalidSku), "{bad}");
        }
    }
}
