//! F12: the power of the whole house fails. Everything is started at once afterwards, in any order.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::{parts::Part, world::World},
    life::Dice,
    stack::DAEMONS,
};

#[derive(Clone, Copy)]
enum Killed {
    Daemon(&'static str),
    Part(Part),
}

struct Blackout {
    /// The order in which they die, and in which they are started.
    death: Vec<Killed>,
    start: Vec<Killed>,
    away: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let daemons = DAEMONS.iter().copied().map(Killed::Daemon);
    let all: Vec<Killed> = daemons.chain(Part::ALL.map(Killed::Part)).collect();
    let away = dice.between(Duration::from_millis(500), Duration::from_secs(3));
    Box::new(Blackout { death: dice.shuffled(&all), start: dice.shuffled(&all), away })
}

impl Fault for Blackout {
    fn lasts(&self) -> Duration {
        self.away
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            world.parts.forget_snapshot();
            for killed in &self.death {
                match killed {
                    Killed::Daemon(name) => world.kill(name),
                    Killed::Part(part) => world.parts.kill(*part),
                }
            }
            sleep(self.away).await;
            for killed in &self.start {
                match killed {
                    Killed::Daemon(name) => world.shop.start_again(name),
                    Killed::Part(part) => world.parts.start_again(*part),
                }
            }
        })
    }
}

impl fmt::Display for Blackout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "everything killed, started again after {:.1?}", self.away)
    }
}
