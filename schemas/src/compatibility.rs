//! What may change in the contract, held by tests: every version ever committed stays readable.

use std::collections::HashSet;

use apache_avro::{Schema, schema_compatibility::SchemaCompatibility};
use serde_json::Value;
use shared::avro::Fingerprint;

use crate::registry::MESSAGES;

fn fingerprint_of(schema: &Schema) -> Fingerprint {
    schema.fingerprint::<apache_avro::rabin::Rabin>().bytes.try_into().unwrap()
}

#[test]
fn every_struct_has_its_newest_schema_committed() {
    for message in MESSAGES {
        let newest = (message.versions)().unwrap().schemas().last().unwrap();
        assert_eq!(
            newest.canonical_form(),
            (message.current)().canonical_form(),
            "{0} changed: run `cargo run -p schemas --example new_schema_version {0}` and add the file to its body! line",
            message.name
        );
    }
}

#[test]
fn every_committed_version_is_readable_by_the_newest() {
    for message in MESSAGES {
        let schemas: Vec<_> = (message.versions)().unwrap().schemas().collect();
        let newest = schemas.last().unwrap();
        for old in &schemas {
            let verdict = SchemaCompatibility::can_read(old, newest);
            assert!(verdict.is_ok(), "{}: the newest schema cannot read an old one: {verdict:?}", message.name);
        }
    }
}

/// The check above is worth something only if it would catch what it is for.
#[test]
fn an_incompatible_change_is_refused() {
    let committed = include_str!("../avro/StockReserved.v1.avsc");
    let old = Schema::parse_str(committed).unwrap();
    let retyped = committed.replacen("\"string\"", "\"long\"", 1);
    let without_default =
        committed.replacen("\"fields\": [", "\"fields\": [{\"name\": \"new\", \"type\": \"long\"},", 1);
    let with_default =
        committed.replacen("\"fields\": [", "\"fields\": [{\"name\": \"new\", \"type\": \"long\", \"default\": 0},", 1);
    for (doctored, is_compatible) in [(&retyped, false), (&without_default, false), (&with_default, true)] {
        assert_ne!(doctored, committed);
        let new = Schema::parse_str(doctored).unwrap();
        assert_eq!(SchemaCompatibility::can_read(&old, &new).is_ok(), is_compatible, "{doctored}");
    }
}

#[test]
fn no_two_messages_share_a_fingerprint() {
    let mut seen = HashSet::new();
    for message in MESSAGES {
        for schema in (message.versions)().unwrap().schemas() {
            assert!(seen.insert(fingerprint_of(schema)), "{}", message.name);
        }
    }
}

#[test]
fn the_golden_encoding_of_every_version_decodes_to_its_golden_value() {
    for message in MESSAGES {
        for (index, schema) in (message.versions)().unwrap().schemas().enumerate() {
            let path = format!("{}/golden/{}.v{}", env!("CARGO_MANIFEST_DIR"), message.name, index + 1);
            let read = |extension: &str| {
                std::fs::read_to_string(format!("{path}.{extension}")).unwrap_or_else(|_| {
                    panic!("{path}.{extension} is missing: `cargo run -p schemas --example new_schema_version`")
                })
            };
            let bytes = hex::decode(read("hex").trim()).unwrap();
            let expected: Value = serde_json::from_str(&read("json")).unwrap();
            let decoded = (message.decode)(fingerprint_of(schema), &bytes).unwrap();
            assert_contains(&decoded, &expected, message.name);
        }
    }
}

/// A newer struct may have fields that an old value did not; what the old one had must be there unchanged.
fn assert_contains(decoded: &Value, expected: &Value, place: &str) {
    match (decoded, expected) {
        (Value::Object(decoded), Value::Object(expected)) => {
            for (key, value) in expected {
                assert_contains(&decoded[key], value, &format!("{place}.{key}"));
            }
        }
        (Value::Array(decoded), Value::Array(expected)) => {
            assert_eq!(decoded.len(), expected.len(), "{place}");
            for (index, (decoded, expected)) in decoded.iter().zip(expected).enumerate() {
                assert_contains(decoded, expected, &format!("{place}[{index}]"));
            }
        }
        _ => assert_eq!(decoded, expected, "{place}"),
    }
}
