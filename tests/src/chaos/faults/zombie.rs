//! F6: a worker is frozen until the broker has given its partitions to another, and wakes in the middle of its work.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::world::World,
    life::Dice,
    stack::{DAEMONS, POOLS},
};

/// The session time-out of the shop's workers, see `kafka.session_timeout_ms`.
const SESSION: Duration = Duration::from_secs(6);
/// How long a second worker takes to be there.
const JOINING: Duration = Duration::from_secs(3);

struct Zombie {
    daemon: &'static str,
    frozen: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let frozen = SESSION + dice.between(Duration::from_millis(500), Duration::from_secs(3));
    Box::new(Zombie { daemon: dice.one_of(&DAEMONS), frozen })
}

impl Fault for Zombie {
    fn lasts(&self) -> Duration {
        self.frozen + if POOLS.contains(&self.daemon) { JOINING } else { Duration::ZERO }
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let (shop, heir) = (&world.shop, format!("{}-heir", self.daemon));
            let inherited = POOLS.contains(&self.daemon);
            if inherited {
                shop.add_worker(self.daemon, &heir);
                shop.ready(&heir).await;
            }
            shop.freeze(self.daemon);
            sleep(self.frozen).await;
            shop.thaw(self.daemon);
            if inherited {
                world.dismiss(&heir).await;
            }
        })
    }
}

impl fmt::Display for Zombie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} frozen for {:.1?}", self.daemon, self.frozen)
    }
}
