//! F5: the cache loses everything, or what it learned last.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::{parts::Part, world::World},
    life::Dice,
};

#[derive(Clone, Copy)]
enum Loss {
    /// `FLUSHALL`.
    Flushed,
    /// Dies, and comes back empty.
    Killed,
    /// Dies, and comes back with what it knew some time ago.
    Restored { age: Duration },
}

struct Forgets {
    loss: Loss,
    away: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let age = dice.between(Duration::from_secs(1), Duration::from_secs(4));
    let loss = dice.one_of(&[Loss::Flushed, Loss::Killed, Loss::Restored { age }]);
    Box::new(Forgets { loss, away: dice.between(Duration::from_millis(100), Duration::from_secs(3)) })
}

impl Fault for Forgets {
    fn lasts(&self) -> Duration {
        match self.loss {
            Loss::Flushed => Duration::ZERO,
            Loss::Killed => self.away,
            Loss::Restored { age } => age + self.away,
        }
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let parts = &world.parts;
            parts.forget_snapshot();
            match self.loss {
                Loss::Flushed => return parts.tell_cache("FLUSHALL").await,
                Loss::Killed => {}
                Loss::Restored { age } => {
                    parts.tell_cache("SAVE").await;
                    sleep(age).await;
                }
            }
            parts.kill(Part::Redis);
            sleep(self.away).await;
            parts.start_again(Part::Redis);
        })
    }
}

impl fmt::Display for Forgets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.loss {
            Loss::Flushed => write!(f, "Redis flushed"),
            Loss::Killed => write!(f, "Redis killed, back empty after {:.1?}", self.away),
            Loss::Restored { age } => {
                write!(f, "Redis killed, back after {:.1?} as it was {age:.1?} before", self.away)
            }
        }
    }
}
