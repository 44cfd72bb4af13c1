//! Trace context: the W3C `traceparent` that follows a request through HTTP and Kafka headers.
//!
//! Format: <https://www.w3.org/TR/trace-context/#traceparent-header>.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The name of the header, in HTTP and on Kafka records.
pub const TRACEPARENT: &str = "traceparent";

/// A trace id and the id of the span that sent the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// Starts a trace.
    #[must_use]
    pub fn start() -> Self {
        let (trace, span) = random_ids();
        Self { trace, span, sampled: true }
    }

    /// Reads a `traceparent` header; `None` unless it is well-formed version 00.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let well_formed = version == "00" && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
        if !well_formed || parts.next().is_some() {
            return None;
        }
        let context = Self {
            trace: u128::from_str_radix(trace, 16).ok()?,
            span: u64::from_str_radix(span, 16).ok()?,
            sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
        };
        (context.trace != 0 && context.span != 0).then_some(context)
    }

    /// The context of what this span causes: the same trace, a span id derived from the message's id.
    #[must_use]
    pub fn child(self, message: crate::id::MessageId) -> Self {
        let (high, low) = message.as_uuid().as_u64_pair();
        Self { span: (high ^ low).max(1), ..self }
    }

    /// The trace id as 32 hexadecimal digits, for logs.
    #[must_use]
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// In documents a context is what its header says.
impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let header = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&header).ok_or_else(|| de::Error::custom("not a traceparent"))
    }
}

/// Version 7 ids carry 74 random bits besides the time; two of them hashed together fill both fields.
fn random_ids() -> (u128, u64) {
    let trace = Uuid::new_v5(&Uuid::now_v7(), Uuid::now_v7().as_bytes());
    let (high, low) = Uuid::new_v5(&trace, b"span").as_u64_pair();
    (trace.as_u128(), (high ^ low).max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::MessageId;

    #[test]
    fn a_context_survives_its_header() {
        let context = TraceContext::start();
        assert_eq!(TraceContext::parse(&context.to_string()), Some(context));
        let document = serde_json::to_value(context).unwrap();
        assert_eq!(document, context.to_string());
        assert_eq!(serde_json::from_value::<TraceContext>(document).unwrap(), context);
    }

    #[test]
    fn a_child_keeps_the_trace_and_has_its_own_span() {
        let parent = TraceContext::start();
        let child = parent.child(MessageId::generate());
        assert_eq!(child.trace_id(), parent.trace_id());
        assert_ne!(child, parent);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(header in ".*") {
            let _ = TraceContext::parse(&header);
        }
    }
}
