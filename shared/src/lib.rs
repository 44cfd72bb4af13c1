//! What every daemon shares: the engine, the message contract's foundations and the shell around a process.
//!
//! Nothing in here knows what an order is. The [`engine`] moves messages between topics and aggregates; the rest is
//! configuration, telemetry, connections and the value types ([`money`], [`time`], [`id`]) that messages are made of.

pub mod avro;
pub mod clock;
pub mod config;
pub mod daemon;
pub mod diff;
pub mod engine;
pub mod fault_points;
pub mod id;
pub mod kafka;
pub mod message;
pub mod money;
pub mod ops;
pub mod rate_limit;
pub mod record;
pub mod retry;
pub mod rotation;
pub mod telemetry;
pub mod time;
pub mod trace;
pub mod versioned_cache;

/// Of the ingress' own time a sixth went into glibc's allocator, which shares its pools between threads with locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
