//! The frame around every message, and its bytes.

use std::sync::LazyLock;

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};

use crate::{
    avro::{AvroError, Versions},
    id::{CorrelationId, MessageId, Uuid},
    time::Timestamp,
};

/// The frame around every message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Envelope {
    /// This message. The same at every repetition.
    pub message_id: MessageId,
    /// The message that caused this one; its own id where a client or a gateway was the cause.
    pub causation_id: MessageId,
    /// The client's request that set everything in motion.
    pub correlation_id: CorrelationId,
    /// Whose message this is: the id of the aggregate in the receiving worker, and the record's key.
    pub aggregate_id: String,
    /// When what it tells happened.
    pub occurred_at: Timestamp,
    /// The fingerprint of the body's schema.
    #[avro(with)]
    #[serde(with = "apache_avro::serde::bytes")]
    pub schema: Vec<u8>,
    /// The body.
    #[avro(with)]
    #[serde(with = "apache_avro::serde::bytes")]
    pub body: Vec<u8>,
}

static ENVELOPE: LazyLock<Result<Versions, AvroError>> =
    LazyLock::new(|| Versions::parse("Envelope", &[include_str!("../envelope.v1.avsc")]));

fn envelope_versions() -> Result<&'static Versions, AvroError> {
    ENVELOPE.as_ref().map_err(|error| AvroError::UnknownSchema(format!("Envelope: {error}")))
}

/// Marks a payload as one of ours, with the envelope's version: Avro's single-object marker, then the fingerprint.
const MARKER: [u8; 2] = [0xC3, 0x01];
/// More than everything of an envelope besides its body, as long as the aggregate's id is about as long as a UUID.
const FRAME: usize = 192;

impl Envelope {
    /// The payload of a record: Avro's single-object encoding of the envelope.
    ///
    /// # Errors
    /// [`AvroError`]; never for an envelope made here.
    pub fn encode(&self) -> Result<Vec<u8>, AvroError> {
        let mut payload = Vec::with_capacity(self.body.len() + FRAME);
        payload.extend_from_slice(&MARKER);
        payload.extend_from_slice(&envelope_versions()?.fingerprint());
        self.put(&mut payload);
        Ok(payload)
    }

    /// Reads the payload of a record.
    ///
    /// # Errors
    /// [`AvroError`] for anything that is not an envelope.
    pub fn decode(payload: &[u8]) -> Result<Self, AvroError> {
        let not_ours = || AvroError::UnknownSchema("not a single-object encoding".to_owned());
        let rest = payload.strip_prefix(&MARKER).ok_or_else(not_ours)?;
        let (fingerprint, fields) = rest.split_first_chunk::<8>().ok_or_else(not_ours)?;
        let versions = envelope_versions()?;
        let known = if *fingerprint == versions.fingerprint() { Self::take(fields) } else { None };
        // What is damaged, or of another version, is for the library to judge.
        known.map_or_else(|| versions.decode(*fingerprint, fields), Ok)
    }

    /// Every record of every daemon has this frame, and it never differs but in its values. So it is written and read here
    /// and not through the library, which looks up every field in the schema: the same bytes for a sixth of the instructions.
    fn put(&self, out: &mut Vec<u8>) {
        for id in [self.message_id.as_uuid(), self.causation_id.as_uuid(), self.correlation_id.as_uuid()] {
            put_bytes(out, id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        }
        put_bytes(out, self.aggregate_id.as_bytes());
        put_long(out, self.occurred_at.as_millis());
        put_bytes(out, &self.schema);
        put_bytes(out, &self.body);
    }

    /// `None` for what [`Envelope::put`] does not write.
    fn take(fields: &[u8]) -> Option<Self> {
        let mut rest = fields;
        let envelope = Self {
            message_id: take_text(&mut rest)?.parse().ok()?,
            causation_id: take_text(&mut rest)?.parse().ok()?,
            correlation_id: take_text(&mut rest)?.parse().ok()?,
            aggregate_id: take_text(&mut rest)?.to_owned(),
            occurred_at: Timestamp::from_millis(take_long(&mut rest)?),
            schema: take_bytes(&mut rest)?.to_owned(),
            body: take_bytes(&mut rest)?.to_owned(),
        };
        rest.is_empty().then_some(envelope)
    }
}

/// Zigzag, so that small numbers of either sign are short, then seven bits a byte.
fn put_long(out: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while left >= 0x80 {
        out.push((left & 0x7F) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

fn take_long(rest: &mut &[u8]) -> Option<i64> {
    let mut read = 0;
    // Nine bytes hold 63 bits; what needs a tenth is left to the library.
    for place in 0..9 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        read |= u64::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((read >> 1).cast_signed() ^ -(read & 1).cast_signed());
        }
    }
    None
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take_long(rest)?).ok()?;
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(take_bytes(rest)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn envelope() -> Envelope {
        let id = MessageId::generate();
        Envelope {
            message_id: id,
            causation_id: id,
            correlation_id: CorrelationId::generate(),
            aggregate_id: "a-1".to_owned(),
            occurred_at: Timestamp::from_millis(1_000),
            schema: vec![1; 8],
            body: vec![2, 3],
        }
    }

    #[test]
    fn an_envelope_survives_its_encoding() {
        let envelope = envelope();
        assert_eq!(Envelope::decode(&envelope.encode().unwrap()).unwrap(), envelope);
    }

    #[test]
    fn the_committed_envelope_schema_is_the_one_the_struct_has() {
        let committed = envelope_versions().unwrap().schemas().last().unwrap();
        assert_eq!(committed.canonical_form(), Envelope::get_schema().canonical_form());
    }

    #[test]
    fn foreign_or_damaged_bytes_are_an_error() {
        let mut payload = envelope().encode().unwrap();
        payload.push(0);
        assert!(matches!(Envelope::decode(&payload), Err(AvroError::TrailingBytes(_))));
        for foreign in [&b""[..], b"\xC3\x01", b"{\"json\":true}", &payload[..20]] {
            assert!(Envelope::decode(foreign).is_err());
        }
    }

    prop_compose! {
        fn any_envelope()(
            ids in any::<[u128; 3]>(),
            aggregate_id in ".{0,80}",
            millis in any::<i64>(),
            schema in vec(any::<u8>(), 0..10),
            body in vec(any::<u8>(), 0..300),
        ) -> Envelope {
            let [message, causation, correlation] = ids.map(Uuid::from_u128);
            Envelope {
                message_id: MessageId::from_uuid(message),
                causation_id: MessageId::from_uuid(causation),
                correlation_id: CorrelationId::from_uuid(correlation),
                aggregate_id,
                occurred_at: Timestamp::from_millis(millis),
                schema,
                body,
            }
        }
    }

    proptest! {
        #[test]
        fn its_bytes_are_those_that_the_library_writes(envelope in any_envelope()) {
            let mut fields = Vec::new();
            envelope.put(&mut fields);
            prop_assert_eq!(&fields, &envelope_versions().unwrap().encode(&envelope).unwrap());
            prop_assert_eq!(Envelope::decode(&envelope.encode().unwrap()).unwrap(), envelope);
        }

        #[test]
        fn a_usual_one_is_read_without_the_library(envelope in any_envelope(), millis in -1_i64 << 60..1 << 60) {
            let envelope = Envelope { occurred_at: Timestamp::from_millis(millis), ..envelope };
            let mut fields = Vec::new();
            envelope.put(&mut fields);
            prop_assert_eq!(Envelope::take(&fields), Some(envelope));
        }

        #[test]
        fn of_damaged_bytes_it_understands_nothing_that_the_library_does_not(
            envelope in any_envelope(),
            damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut fields = Vec::new();
            envelope.put(&mut fields);
            for (place, byte) in damage {
                let place = place.index(fields.len());
                fields[place] = byte;
            }
            for bytes in [&fields[..], &fields[..cut.index(fields.len())]] {
                if let Some(understood) = Envelope::take(bytes) {
                    let versions = envelope_versions().unwrap();
                    let judged: Envelope = versions.decode(versions.fingerprint(), bytes).unwrap();
                    prop_assert_eq!(understood, judged);
                }
            }
        }
    }
}
