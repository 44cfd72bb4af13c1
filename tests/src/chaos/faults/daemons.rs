//! F1: daemons die, one after another, and a supervisor starts them again.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{chaos::world::World, life::Dice, stack::DAEMONS};

const SHORTEST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);
/// A supervisor takes at least this long to notice.
const UNNOTICED: Duration = Duration::from_millis(200);
const SPREE: Duration = Duration::from_secs(8);

struct Spree(Vec<Kill>);

struct Kill {
    daemon: &'static str,
    /// How long it is away.
    away: Duration,
    /// From its death to the next.
    pause: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let (mut kills, mut time) = (Vec::new(), Duration::ZERO);
    while time < SPREE {
        let pause = dice.between(SHORTEST, LONGEST);
        kills.push(Kill { daemon: dice.one_of(&DAEMONS), away: dice.between(UNNOTICED, pause), pause });
        time += pause;
    }
    Box::new(Spree(kills))
}

impl Fault for Spree {
    fn lasts(&self) -> Duration {
        self.0.iter().map(|kill| kill.pause).sum()
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            for kill in &self.0 {
                world.kill(kill.daemon);
                sleep(kill.away).await;
                world.shop.start_again(kill.daemon);
                sleep(kill.pause.saturating_sub(kill.away)).await;
            }
        })
    }
}

impl fmt::Display for Spree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|kill| kill.daemon).collect();
        write!(f, "killed {}", names.join(", "))
    }
}
