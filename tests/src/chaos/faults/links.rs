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

struct Broken {
    link: Link,
    mode: Mode,
    /// How long it is broken each time, and how long it carries everything between.
    spells: Vec<(Duration, Duration)>,
}

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let link = dice.one_of(&Link::ALL);
    let lost = Mode::LoseReplies(Duration::from_millis(100));
    let mode = dice.one_of(&[lost, lost, Mode::Latency(Duration::from_millis(300)), Mode::Reset, Mode::BlackHole]);
    let spell = |dice: &mut Dice| {
        let broken = dice.between(Duration::from_millis(100), Duration::from_millis(1_500));
        (broken, dice.between(Duration::from_millis(200), Duration::from_secs(1)))
    };
    let spells = (0..3 + dice.below(5)).map(|_| spell(dice)).collect();
    Box::new(Broken { link, mode, spells })
}

/// Leads the daemons to everything but the broker through proxies: a broker sends its clients to the address it advertises.
pub(super) fn prepare(ground: &mut Ground<'_>) -> Result<(), String> {
    ground.setup = ground.setup.clone().through_proxies(&Link::ALL);
    Ok(())
}

impl Fault for Broken {
    fn lasts(&self) -> Duration {
        self.spells.iter().map(|(broken, whole)| *broken + *whole).sum()
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let proxy = world.shop.link(self.link);
            for (broken, whole) in &self.spells {
                proxy.set(self.mode);
                sleep(*broken).await;
                proxy.set(Mode::Pass);
                sleep(*whole).await;
            }
        })
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link to {:?} broken {} times: {:?}", self.link, self.spells.len(), self.mode)
    }
}
