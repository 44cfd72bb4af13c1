//! F8: pools grow and shrink all the time, in order or by a death.

use std::{collections::BTreeSet, fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{chaos::world::World, life::Dice, stack::POOLS};

const EVERY: Duration = Duration::from_secs(3);

struct Restless(Vec<Step>);

/// A second worker of the pool joins, or leaves if there is one.
struct Step {
    pool: &'static str,
    /// How it would leave.
    dies: bool,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let steps = 3 + dice.below(3);
    // Few pools, so that what joined also leaves.
    let pools = [dice.one_of(&POOLS), dice.one_of(&POOLS)];
    Box::new(Restless((0..steps).map(|_| Step { pool: dice.one_of(&pools), dies: dice.below(3) == 0 }).collect()))
}

impl Fault for Restless {
    fn lasts(&self) -> Duration {
        EVERY * u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let mut there = BTreeSet::new();
            for Step { pool, dies } in &self.0 {
                let second = format!("{pool}-second");
                if there.insert(*pool) {
                    world.shop.add_worker(pool, &second);
                } else {
                    there.remove(pool);
                    if *dies { world.shop.remove(&second) } else { world.dismiss(&second).await }
                }
                sleep(EVERY).await;
            }
            for pool in there {
                world.dismiss(&format!("{pool}-second")).await;
            }
        })
    }
}

impl fmt::Display for Restless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pools: Vec<&str> = self.0.iter().map(|step| step.pool).collect();
        write!(f, "second workers join and leave: {}", pools.join(", "))
    }
}
