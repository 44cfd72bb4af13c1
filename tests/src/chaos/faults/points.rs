//! F2: steps fail, lose their answer, or end the process before or after they took effect.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::{Instant, sleep};

use super::Fault;
use crate::{chaos::world::World, life::Dice, stack::DAEMONS};

const POINTS: &str = "SPAREPARTS_FAULTS__POINTS";
const STEPS: [&str; 7] = ["write", "rows", "publish", "call", "request", "project", "offsets"];
const SIDES: [&str; 2] = ["before", "after"];
/// How long a supervisor takes to notice a death.
const UNNOTICED: Duration = Duration::from_millis(200);

struct Armed {
    daemons: Vec<&'static str>,
    lasts: Duration,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let mut daemons = dice.shuffled(&DAEMONS);
    daemons.truncate(2 + dice.below(2));
    Box::new(Armed { daemons, lasts: dice.between(Duration::from_secs(5), Duration::from_secs(10)) })
}

/// Errors at every point, which offsets have none of, and deaths before and after every step.
fn everywhere() -> String {
    let points = || STEPS.iter().flat_map(|step| SIDES.map(|side| format!("{step}.{side}")));
    let errors = points().filter(|point| !point.starts_with("offsets")).map(|point| format!("{point}=error:0.02"));
    errors.chain(points().map(|point| format!("{point}=crash:0.001"))).collect::<Vec<_>>().join(",")
}

impl Fault for Armed {
    fn lasts(&self) -> Duration {
        self.lasts
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let everybody_with = |points: &str| {
                self.daemons.iter().for_each(|daemon| world.shop.start_again_with(daemon, POINTS, points));
            };
            everybody_with(&everywhere());
            let until = Instant::now() + self.lasts;
            while Instant::now() < until {
                sleep(UNNOTICED).await;
                for daemon in &self.daemons {
                    if world.shop.ended(daemon).is_some() {
                        world.shop.start_again(daemon);
                    }
                }
            }
            everybody_with("");
        })
    }
}

impl fmt::Display for Armed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "steps of {} fail at random for {:.1?}", self.daemons.join(", "), self.lasts)
    }
}
