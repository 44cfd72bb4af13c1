//! What travels through a topic: an envelope around one Avro body, and the enum of everything an inbox accepts.

mod envelope;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use envelope::Envelope;

use crate::{
    avro::{AvroError, Fingerprint, Versions},
    id::{CorrelationId, MessageId},
    time::Timestamp,
    trace::TraceContext,
};

/// Everything that one topic carries: an enum with a variant per message. Written by the [`topic!`](crate::topic) macro.
pub trait Topic: Sized + Send + Sync + 'static {
    /// The topic's name, without the deployment's prefix.
    const TOPIC: &'static str;

    /// The message's name, for logs and metrics.
    fn name(&self) -> &'static str;

    /// The body and the fingerprint of its schema.
    ///
    /// # Errors
    /// [`AvroError::Malformed`] when the value does not fit its schema.
    fn encode(&self) -> Result<(Fingerprint, Vec<u8>), AvroError>;

    /// Reads a body by the fingerprint of the schema it was written with.
    ///
    /// # Errors
    /// [`AvroError`] for a message this topic does not carry, or bytes that do not match.
    fn decode(fingerprint: Fingerprint, body: &[u8]) -> Result<Self, AvroError>;
}

/// One message as a handler sees it: decoded, with what the envelope and the broker say about it.
#[derive(Debug, Clone)]
pub struct Delivery<M> {
    /// This message's id.
    pub id: MessageId,
    /// The message that caused it.
    pub causation: MessageId,
    /// The request that it belongs to.
    pub correlation: CorrelationId,
    /// The aggregate it is for.
    pub aggregate_id: String,
    /// When it was appended to the topic: the only clock a handler knows, and the same at every redelivery.
    pub at: Timestamp,
    /// Where it stands in its topic.
    pub position: Position,
    /// The trace it belongs to.
    pub trace: TraceContext,
    /// The message.
    pub message: M,
}

/// A place in an inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The partition.
    pub partition: i32,
    /// The offset within it.
    pub offset: i64,
}

/// A message ready to be appended to a topic. Kept with the aggregate that emitted it, so that a repetition sends the
/// very same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The topic, without the deployment's prefix.
    pub topic: Cow<'static, str>,
    /// The record's key: the aggregate's id.
    pub key: String,
    /// The encoded envelope.
    #[serde(with = "apache_avro::serde::bytes")]
    pub payload: Vec<u8>,
    /// What its `traceparent` header says.
    pub trace: TraceContext,
}

/// Where a new message comes from: what its envelope says besides the body.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// The new message's id.
    pub id: MessageId,
    /// Its cause.
    pub causation: MessageId,
    /// Its request.
    pub correlation: CorrelationId,
    /// When it happened.
    pub at: Timestamp,
    /// Its trace.
    pub trace: TraceContext,
}

impl Origin {
    /// The origin of a message that a client or a gateway caused directly.
    #[must_use]
    pub fn first(id: MessageId, correlation: CorrelationId, at: Timestamp, trace: TraceContext) -> Self {
        Self { id, causation: id, correlation, at, trace }
    }
}

impl Outgoing {
    /// Encodes a message for the aggregate `key`.
    ///
    /// # Errors
    /// [`AvroError::Malformed`] when the message does not fit its schema.
    pub fn new<T: Topic>(key: &str, message: &T, origin: Origin) -> Result<Self, AvroError> {
        let (fingerprint, body) = message.encode()?;
        let envelope = Envelope {
            message_id: origin.id,
            causation_id: origin.causation,
            correlation_id: origin.correlation,
            aggregate_id: key.to_owned(),
            occurred_at: origin.at,
            schema: fingerprint.to_vec(),
            body,
        };
        let trace = origin.trace.child(origin.id);
        Ok(Self { topic: Cow::Borrowed(T::TOPIC), key: key.to_owned(), payload: envelope.encode()?, trace })
    }
}

impl<M: Topic> Delivery<M> {
    /// Understands a record: payload, place and time as the broker gave them, and what its `traceparent` header says, if anything.
    ///
    /// # Errors
    /// [`AvroError`] when the payload is not a message that this topic carries.
    pub fn decode(
        payload: &[u8],
        position: Position,
        at: Timestamp,
        trace: Option<TraceContext>,
    ) -> Result<Self, AvroError> {
        let envelope = Envelope::decode(payload)?;
        let fingerprint = Fingerprint::try_from(envelope.schema.as_slice())
            .map_err(|_| AvroError::UnknownSchema(hex::encode(&envelope.schema)))?;
        Ok(Self {
            id: envelope.message_id,
            causation: envelope.causation_id,
            correlation: envelope.correlation_id,
            aggregate_id: envelope.aggregate_id,
            at,
            position,
            trace: trace.unwrap_or_else(TraceContext::start),
            message: M::decode(fingerprint, &envelope.body)?,
        })
    }
}

/// Defines the enum of everything a topic carries. Each variant holds the message struct of the same name, which
/// implements [`Body`].
#[macro_export]
macro_rules! topic {
    ($(#[$doc:meta])* pub enum $name:ident = $topic:literal { $($(#[$vdoc:meta])* $variant:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $($(#[$vdoc])* $variant($variant),)+
        }

        $(impl From<$variant> for $name {
            fn from(message: $variant) -> Self {
                Self::$variant(message)
            }
        })+

        impl $crate::message::Topic for $name {
            const TOPIC: &'static str = $topic;

            fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($variant),)+ }
            }

            fn encode(&self) -> Result<($crate::avro::Fingerprint, Vec<u8>), $crate::avro::AvroError> {
                match self { $(Self::$variant(body) => {
                    let versions = <$variant as $crate::message::Body>::versions()?;
                    Ok((versions.fingerprint(), versions.encode(body)?))
                })+ }
            }

            fn decode(fingerprint: $crate::avro::Fingerprint, body: &[u8]) -> Result<Self, $crate::avro::AvroError> {
                $({
                    let versions = <$variant as $crate::message::Body>::versions()?;
                    if versions.knows(fingerprint) {
                        return versions.decode(fingerprint, body).map(Self::$variant);
                    }
                })+
                let unknown = format!("{} in {}", $crate::avro::hex_of(fingerprint), $topic);
                Err($crate::avro::AvroError::UnknownSchema(unknown))
            }
        }
    };
}

/// A message's body: a struct with its committed schema versions.
pub trait Body: Serialize + for<'de> Deserialize<'de> {
    /// The committed schemas, parsed once.
    ///
    /// # Errors
    /// [`AvroError`] when a committed schema does not parse.
    fn versions() -> Result<&'static Versions, AvroError>;
}

/// Gives message structs their committed schemas: `schemas/avro/<Name>.v<N>.avsc`, oldest first.
#[macro_export]
macro_rules! body {
    ($name:ident: $($path:literal),+) => {
        impl $crate::message::Body for $name {
            fn versions() -> Result<&'static $crate::avro::Versions, $crate::avro::AvroError> {
                static VERSIONS: std::sync::LazyLock<Result<$crate::avro::Versions, $crate::avro::AvroError>> =
                    std::sync::LazyLock::new(|| {
                        $crate::avro::Versions::parse(stringify!($name), &[$(include_str!($path)),+])
                    });
                VERSIONS.as_ref().map_err(|error| $crate::avro::AvroError::UnknownSchema(error.to_string()))
            }
        }
    };
}
