//! F10: the clock of the shop jumps forwards: over midnight, over the end of every token, over what waits for a payment.
//!
//! The shop begins on the last evening of a financial year, so the first midnight is the end of the year.

use std::{fmt, time::Duration};

use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use tokio::time::sleep;

use super::Fault;
use crate::{
    calendar::{next_financial_year, to_midnight},
    chaos::{
        ground::Ground,
        world::{PAYMENT_WINDOW, World},
    },
    life::Dice,
    stack::CLOCKS_LOOK_WITHIN,
};

/// How long before the end of the year the shop begins: longer than a run has lasted when its clock first jumps.
const EVENING: Duration = Duration::from_secs(3_600);
/// How long a token is good at most, see `ingress/src/auth/token.rs`.
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60 + 5);
const PAST: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
enum Over {
    Midnight,
    TokenLife,
    PaymentWindow,
}

/// All of them, each with the pause after it.
struct Jumps(Vec<(Over, Duration)>);

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let order = dice.shuffled(&[Over::Midnight, Over::TokenLife, Over::PaymentWindow]);
    let pause = |_| dice.between(Duration::from_millis(500), Duration::from_secs(3));
    Box::new(Jumps(order.iter().copied().zip(order.iter().map(pause)).collect()))
}

/// Starts the shop's clock on that evening.
pub(super) fn prepare(ground: &mut Ground<'_>) -> Result<(), String> {
    let now = Timestamp::now();
    let (turn, _) = next_financial_year(now + EVENING);
    ground.setup = ground.setup.clone().with_clock_ahead(turn.duration_since(now).unsigned_abs() - EVENING);
    Ok(())
}

impl Over {
    /// How far it is from this moment of the shop's, in Unix milliseconds.
    fn distance(self, from: i64) -> Duration {
        PAST + match self {
            Self::Midnight => to_midnight(from),
            Self::TokenLife => TOKEN_LIFE,
            Self::PaymentWindow => PAYMENT_WINDOW,
        }
    }
}

impl Fault for Jumps {
    fn lasts(&self) -> Duration {
        self.0.iter().map(|(_, pause)| *pause + CLOCKS_LOOK_WITHIN).sum()
    }

    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            for (over, pause) in &self.0 {
                world.shop.jump(over.distance(world.shop.now())).await;
                sleep(*pause).await;
            }
        })
    }
}

impl fmt::Display for Jumps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order: Vec<String> = self.0.iter().map(|(over, _)| format!("{over:?}")).collect();
        write!(f, "the clock jumps over {}", order.join(", "))
    }
}
