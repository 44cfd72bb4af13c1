//! Avro bodies: written with the newest schema, read by the fingerprint of the schema they were written with.
//!
//! Every schema that ever left this system stays in the repository, so bytes in a topic never become unreadable. The
//! fingerprint is the 64-bit Rabin fingerprint of the canonical form, as in Avro's single-object encoding:
//! <https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding>.

use std::io::Cursor;

pub use apache_avro;
use apache_avro::{
    Schema, from_value, rabin::Rabin, reader::datum::GenericDatumReader, writer::datum::GenericDatumWriter,
};
use serde::{Serialize, de::DeserializeOwned};

/// The Rabin fingerprint of a schema, little-endian as on the wire.
pub type Fingerprint = [u8; 8];

/// The most that a length within a body may ask for. The broker takes no record of more than a megabyte; the library alone
/// would believe a damaged one that speaks of half a gigabyte.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Few bodies are longer.
const USUAL_BYTES: usize = 256;

/// A body that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AvroError {
    /// Nobody here knows the schema it was written with.
    #[error("unknown schema fingerprint {0}")]
    UnknownSchema(String),
    /// The bytes do not match their schema, or the value does not match the type.
    #[error("{name}: {source}")]
    Malformed {
        /// The message's name.
        name: &'static str,
        /// What the Avro library says.
        source: Box<apache_avro::Error>,
    },
    /// Bytes were left over after the body.
    #[error("{0}: bytes left over after the body")]
    TrailingBytes(&'static str),
}

/// All versions of one message's schema; the last is the one we write.
pub struct Versions {
    name: &'static str,
    versions: Vec<Version>,
    writer: GenericDatumWriter<'static>,
}

struct Version {
    fingerprint: Fingerprint,
    schema: &'static Schema,
    reader: GenericDatumReader<'static>,
    /// Set for old versions: resolves them into the newest.
    resolves: bool,
}

impl Versions {
    /// Parses the committed schemas of a message, oldest first. Done once per message and process, so the schemas live
    /// as long as the process does.
    ///
    /// # Errors
    /// When a schema does not parse or there is none; the tests of the `schemas` crate load every one.
    pub fn parse(name: &'static str, texts: &[&str]) -> Result<Self, AvroError> {
        apache_avro::util::max_allocation_bytes(MOST_BYTES);
        let malformed = |source| AvroError::Malformed { name, source: Box::new(source) };
        let schemas = texts
            .iter()
            .map(|text| Schema::parse_str(text).map(|schema| &*Box::leak(Box::new(schema))))
            .collect::<Result<Vec<_>, _>>()
            .map_err(malformed)?;
        let newest = *schemas.last().ok_or_else(|| AvroError::UnknownSchema(name.to_owned()))?;
        let versions = schemas
            .iter()
            .enumerate()
            .map(|(index, schema)| Version::new(schema, (index + 1 < schemas.len()).then_some(newest)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(malformed)?;
        let writer = GenericDatumWriter::builder(newest).build().map_err(malformed)?;
        Ok(Self { name, versions, writer })
    }

    /// The fingerprint that bodies written now carry.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.versions.last().map(|version| version.fingerprint).unwrap_or_default()
    }

    /// Whether a body with this fingerprint is one of this message's.
    #[must_use]
    pub fn knows(&self, fingerprint: Fingerprint) -> bool {
        self.versions.iter().any(|version| version.fingerprint == fingerprint)
    }

    /// The schemas, oldest first.
    pub fn schemas(&self) -> impl Iterator<Item = &'static Schema> + '_ {
        self.versions.iter().map(|version| version.schema)
    }

    /// Writes a body with the newest schema.
    ///
    /// # Errors
    /// [`AvroError::Malformed`] when the value does not fit the schema.
    pub fn encode<T: Serialize>(&self, value: &T) -> Result<Vec<u8>, AvroError> {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        self.writer.write_ser(&mut body, value).map_err(|source| self.malformed(source))?;
        Ok(body)
    }

    /// Reads a body written with the schema of that fingerprint.
    ///
    /// # Errors
    /// [`AvroError`] for an unknown schema or bytes that do not match it.
    pub fn decode<T: DeserializeOwned>(&self, fingerprint: Fingerprint, body: &[u8]) -> Result<T, AvroError> {
        let version = self
            .versions
            .iter()
            .find(|version| version.fingerprint == fingerprint)
            .ok_or_else(|| AvroError::UnknownSchema(hex::encode(fingerprint)))?;
        let mut bytes = Cursor::new(body);
        let value = version.read(&mut bytes).map_err(|source| self.malformed(source))?;
        if usize::try_from(bytes.position()) != Ok(body.len()) {
            return Err(AvroError::TrailingBytes(self.name));
        }
        Ok(value)
    }

    fn malformed(&self, source: apache_avro::Error) -> AvroError {
        AvroError::Malformed { name: self.name, source: Box::new(source) }
    }
}

impl Version {
    fn new(schema: &'static Schema, newest: Option<&'static Schema>) -> Result<Self, apache_avro::Error> {
        let reader = GenericDatumReader::builder(schema).maybe_reader_schema(newest).build()?;
        let digest = schema.fingerprint::<Rabin>().bytes;
        let fingerprint = digest.try_into().unwrap_or_default();
        Ok(Self { fingerprint, schema, reader, resolves: newest.is_some() })
    }

    /// The newest schema is read straight into the type; an older one takes the slower path through resolution.
    fn read<T: DeserializeOwned>(&self, bytes: &mut Cursor<&[u8]>) -> Result<T, apache_avro::Error> {
        if self.resolves { from_value(&self.reader.read_value(bytes)?) } else { self.reader.read_deser(bytes) }
    }
}

/// Gives a type with its own serde form the Avro schema of the type that form has.
#[macro_export]
macro_rules! avro_as {
    ($name:ty => $wire:ty) => {
        impl $crate::avro::apache_avro::AvroSchemaComponent for $name {
            fn get_schema_in_ctxt(
                named_schemas: &mut std::collections::HashSet<$crate::avro::apache_avro::schema::Name>,
                enclosing_namespace: $crate::avro::apache_avro::schema::NamespaceRef,
            ) -> $crate::avro::apache_avro::Schema {
                <$wire as $crate::avro::apache_avro::AvroSchemaComponent>::get_schema_in_ctxt(
                    named_schemas,
                    enclosing_namespace,
                )
            }
        }
    };
}

/// A fingerprint as text, for messages to people.
#[must_use]
pub fn hex_of(fingerprint: Fingerprint) -> String {
    hex::encode(fingerprint)
}
