//! The rules, seen from outside: messages in, messages and calls out.

mod attempts;
mod bench;
mod cash;
mod disputes;
mod failed_refunds;
mod failover;
mod journeys;
mod ledger;
mod mistrust;
mod refunds;
mod reorder;
mod settlements;
mod world;
