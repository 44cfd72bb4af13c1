//! Records: what stands in a topic was written by somebody, and a worker reads it whatever it is.

use schemas::{
    catalog::{CatalogEvent, CatalogMessage},
    coupons::CouponsMessage,
    imports::ImportsMessage,
    inventory::InventoryMessage,
    invoicing::InvoicingMessage,
    order_events::OrderEvent,
    orders::OrdersMessage,
    payments::PaymentsMessage,
    registry::{MESSAGES, Registered},
    shipping::ShippingMessage,
};
use shared::{
    avro::{AvroError, Fingerprint, apache_avro::rabin::Rabin},
    id::{CorrelationId, MessageId},
    message::{Delivery, Envelope, Position, Topic},
    time::Timestamp,
};

use crate::{Target, Try};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/golden");

/// Whole payloads, read as every topic's.
pub(super) fn envelopes() -> Target {
    Target { name: "avro-record", samples: payloads, prepare: || Box::new(Records) }
}

/// Bodies alone, each behind the fingerprint of its schema, so that mutation stays within them.
pub(super) fn bodies() -> Target {
    Target { name: "avro-body", samples: marked_bodies, prepare: || Box::new(Bodies) }
}

/// The committed encodings of every version of every message, each with its schema's fingerprint.
fn golden() -> impl Iterator<Item = (Fingerprint, Vec<u8>)> {
    MESSAGES.iter().flat_map(|message| {
        let schemas = (message.versions)().unwrap().schemas();
        (1..).zip(schemas).map(|(version, schema)| {
            let file = format!("{GOLDEN}/{}.v{version}.hex", message.name);
            let body = hex::decode(std::fs::read_to_string(file).unwrap().trim()).unwrap();
            (schema.fingerprint::<Rabin>().bytes.try_into().unwrap(), body)
        })
    })
}

fn payloads() -> Vec<Vec<u8>> {
    let envelope = |(schema, body): (Fingerprint, Vec<u8>)| Envelope {
        message_id: MessageId::of_fact("a message"),
        causation_id: MessageId::of_fact("its cause"),
        correlation_id: CorrelationId::from_uuid(MessageId::of_fact("a request").as_uuid()),
        aggregate_id: "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f".to_owned(),
        occurred_at: Timestamp::from_millis(1_790_000_000_000),
        schema: schema.to_vec(),
        body,
    };
    golden().map(|body| envelope(body).encode().unwrap()).collect()
}

fn marked_bodies() -> Vec<Vec<u8>> {
    golden().map(|(schema, body)| [schema.to_vec(), body].concat()).collect()
}

struct Records;

impl Try for Records {
    fn outcome(&self, input: &[u8]) -> String {
        let readers = [
            read::<OrdersMessage>,
            read::<CouponsMessage>,
            read::<InventoryMessage>,
            read::<PaymentsMessage>,
            read::<InvoicingMessage>,
            read::<ShippingMessage>,
            read::<CatalogMessage>,
            read::<ImportsMessage>,
            read::<OrderEvent>,
            read::<CatalogEvent>,
        ];
        let said: Vec<_> = readers.iter().map(|read| read(input)).collect();
        let understood = said.iter().flatten().copied().collect::<Vec<_>>();
        assert!(understood.len() <= 1, "two topics carry the same message: {understood:?}");
        understood.first().map_or_else(|| refusal(Envelope::decode(input).map(drop)), |name| (*name).to_owned())
    }
}

/// The message's name. What was understood can be written and is then understood as the same.
fn read<T: Topic + PartialEq + std::fmt::Debug>(payload: &[u8]) -> Option<&'static str> {
    let position = Position { partition: 0, offset: 0 };
    let delivery = Delivery::<T>::decode(payload, position, Timestamp::from_millis(0), None).ok()?;
    let (schema, body) = delivery.message.encode().expect("what was read can be written");
    assert_eq!(T::decode(schema, &body).expect("what was written can be read"), delivery.message);
    Some(delivery.message.name())
}

struct Bodies;

impl Try for Bodies {
    fn outcome(&self, input: &[u8]) -> String {
        let Some((fingerprint, body)) = input.split_first_chunk::<8>() else { return "short".to_owned() };
        let knows = |message: &&Registered| (message.versions)().is_ok_and(|all| all.knows(*fingerprint));
        let Some(message) = MESSAGES.iter().find(knows) else { return "no schema".to_owned() };
        match (message.decode)(*fingerprint, body) {
            Ok(value) => {
                (message.encode)(value).expect("what was read can be written");
                message.name.to_owned()
            }
            Err(error) => format!("{} {}", message.name, refusal(Err(error))),
        }
    }
}

fn refusal(read: Result<(), AvroError>) -> String {
    match read {
        Ok(()) => "a body of nobody's".to_owned(),
        Err(AvroError::UnknownSchema(_)) => "unknown schema".to_owned(),
        Err(AvroError::TrailingBytes(_)) => "bytes left over".to_owned(),
        Err(AvroError::Malformed { source, .. }) => {
            source.to_string().chars().filter(|letter| !letter.is_ascii_digit()).take(20).collect()
        }
    }
}
