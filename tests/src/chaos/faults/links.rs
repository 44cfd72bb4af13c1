//! F7: links that are slow, cut or silent, and above all those on which replies are lost after the effect.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    Link,
    chaos::{ground::Ground, world::World},
    life::Dice,
    proxy::Mode,
};

const LOST: Mode = Mode::LoseReplies(Duration::from_millis(100));
const MODES: [Mode; 4] = [LOST, Mode::Latency(Duration::from_millis(300)), Mode::Reset, Mode::BlackHole];
/// Where a reply that is lost told of a success: of a write, a produce, a capture.
const TELLING: [Link; 4] = [Link::Mongo, Link::Kafka, Link::Stripe, Link::Razorpay];

/// Two links, one after the other.
struct Links([Broken; 2]);

struct Broken {
    link: Link,
    mode: Mode,
    /// How long it is broken each time, and how long it carries everything between.
    spells: Vec<(Duration, Duration)>,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let telling = (dice.one_of(&TELLING), LOST);
    let any = (dice.one_of(&Link::ALL), dice.one_of(&MODES));
    Box::new(Links([telling, any].map(|(link, mode)| Broken { link, mode, spells: spells(dice) })))
}

fn spells(dice: &mut Dice) -> Vec<(Duration, Duration)> {
    let spell = |dice: &mut Dice| {
        let broken = dice.between(Duration::from_millis(100), Duration::from_millis(1_500));
        (broken, dice.between(Duration::from_millis(200), Duration::from_secs(1)))
    };
    (0..2 + dice.below(3)).map(|_| spell(dice)).collect()
}

/// Leads everything that goes over a link through a proxy.
pub(super) fn prepare(ground: &mut Ground<'_>) -> Result<(), String> {
    ground.setup = ground.setup.clone().through_proxies(&Link::ALL);
    Ok(())
}

impl Broken {
    async fn strike(&self, world: &World) {
        let proxy = world.shop.link(self.link);
        for (broken, whole) in &self.spells {
            proxy.set(self.mode);
            sleep(*broken).await;
            proxy.set(Mode::Pass);
            sleep(*whole).await;
        }
    }
}

impl Fault for Links {
    fn lasts(&self) -> Duration {
        self.0.iter().flat_map(|link| &link.spells).map(|(broken, whole)| *broken + *whole).sum()
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            for link in &self.0 {
                link.strike(world).await;
            }
        })
    }
}

impl fmt::Display for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = &self.0;
        write!(f, "{one}, then {other}")
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link to {:?} broken {} times: {:?}", self.link, self.spells.len(), self.mode)
    }
}
