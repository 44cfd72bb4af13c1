//! The faults: one file each, one line each in [`KINDS`].
//!
//! A fault is drawn from the dice before the run begins, with all its parameters, so that a seed is a schedule; it strikes
//! later, and what it broke works again when [`Fault::strike`] returns.

mod cache;
mod clock;
mod cold_start;
mod daemons;
mod disk;
mod gateways;
mod links;
mod points;
mod pools;
mod stores;
mod zombie;

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;

use super::{ground::Ground, world::World};
use crate::life::Dice;

/// Something that breaks for a while.
pub trait Fault: fmt::Display + Send + Sync {
    /// About how long it lasts.
    fn lasts(&self) -> Duration;

    /// Breaks it, and mends it.
    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()>;
}

/// What a fault touches. Those of one lane strike one after another, the two lanes side by side: a gateway loses its answers
/// while a broker dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Our own processes and stores.
    Inside,
    /// The world around them, and the way to it.
    Outside,
}

/// A kind of fault.
pub struct Kind {
    /// Its short name.
    pub id: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What it touches.
    pub lane: Lane,
    /// One of its kind.
    pub draw: fn(&mut Dice) -> Box<dyn Fault>,
    /// Makes it possible, before anything is started; or says why it is not.
    pub prepare: fn(&mut Ground) -> Result<(), String>,
}

/// All kinds there are.
pub static KINDS: [Kind; 12] = [
    inside("F1", "kill -9 of a random daemon every 0.5 to 5 s", daemons::draw),
    inside("F2", "steps of daemons fail, lose their answer, or end the process", points::draw),
    inside("F3", "kill -9 of mongod", stores::mongod),
    inside("F4", "kill -9 of the broker", stores::broker),
    inside("F5", "Redis killed, flushed, or back with an old snapshot", cache::draw),
    inside("F6", "a worker frozen beyond its session, then thawed", zombie::draw),
    Kind {
        prepare: links::prepare,
        lane: Lane::Outside,
        ..inside("F7", "links slow, cut, silent, or losing replies", links::draw)
    },
    inside("F8", "a worker joins or leaves every 3 s", pools::draw),
    Kind { prepare: disk::prepare, ..inside("F9", "a full disk under a store", disk::draw) },
    Kind {
        prepare: clock::prepare,
        lane: Lane::Outside,
        ..inside("F10", "the clock jumps over midnight, tokens' ends and the financial year's", clock::draw)
    },
    Kind { lane: Lane::Outside, ..inside("F11", "gateways that lose answers, shuffle and delay", gateways::draw) },
    inside("F12", "everything killed, cold start", cold_start::draw),
];

const fn inside(id: &'static str, what: &'static str, draw: fn(&mut Dice) -> Box<dyn Fault>) -> Kind {
    Kind { id, what, lane: Lane::Inside, draw, prepare: |_| Ok(()) }
}

/// The kind of this short name.
///
/// # Errors
/// There is none; the text has those there are.
pub fn kind(id: &str) -> Result<&'static Kind, String> {
    let found = KINDS.iter().find(|kind| kind.id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| {
        let known: Vec<String> = KINDS.iter().map(|kind| format!("{} {}", kind.id, kind.what)).collect();
        format!("there is no fault {id}; there are:\n  {}", known.join("\n  "))
    })
}
