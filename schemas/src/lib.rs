//! The contract: every message that travels between the daemons, one versioned Avro schema each.
//!
//! One module per topic. A message struct here, its schemas in `avro/<Name>.v<N>.avsc` (all versions, for ever) and its
//! golden encodings in `golden/`. To change a message: add the field with a default, run
//! `cargo run -p schemas --example new_schema_version <Name>`, and the tests say whether old bytes still read.

pub mod accounts;
pub mod attempts;
pub mod cash;
pub mod catalog;
#[cfg(test)]
mod compatibility;
pub mod coupons;
pub mod disputes;
pub mod documents;
pub mod gst_states;
pub mod gstin;
pub mod ids;
pub mod imports;
pub mod inventory;
pub mod invoicing;
pub mod ledger;
pub mod order_events;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod reconciliation;
pub mod refunds;
pub mod registry;
pub mod replacements;
pub mod returns;
pub mod search;
pub mod settlements;
pub mod shipping;
pub mod texts;
pub mod types;
