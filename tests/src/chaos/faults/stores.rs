//! F3, F4: the database or the broker dies and comes back on the data it left.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::{parts::Part, world::World},
    life::Dice,
};

struct Outage {
    part: Part,
    away: Duration,
}

pub(super) fn mongod(dice: &mut Dice) -> Box<dyn Fault> {
    outage(Part::Mongo, dice)
}

pub(super) fn broker(dice: &mut Dice) -> Box<dyn Fault> {
    outage(Part::Kafka, dice)
}

fn outage(part: Part, dice: &mut Dice) -> Box<dyn Fault> {
    Box::new(Outage { part, away: dice.between(Duration::from_millis(100), Duration::from_secs(4)) })
}

impl Fault for Outage {
    fn lasts(&self) -> Duration {
        self.away
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            world.parts.kill(self.part);
            sleep(self.away).await;
            world.parts.start_again(self.part);
        })
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} killed, started again after {:.1?}", self.part.name(), self.away)
    }
}
