//! What no worker controls: a gateway for the money and a carrier for the parcels, each with books of its own.

pub mod carrier;
pub mod gateway;

use carrier::Carrier;
use gateway::Gateway;
use shared::{
    engine::{Handler, NoEffect, PendingEffect, Tried},
    message::Outgoing,
};

use crate::world::Surroundings;

/// Everything outside.
#[derive(Debug, Default)]
pub struct Outside {
    /// Stripe and Razorpay.
    pub gateway: Gateway,
    /// Swift.
    pub carrier: Carrier,
}

impl Outside {
    /// Webhooks that were not delivered yet, in the order of their events.
    pub fn webhooks(&mut self) -> &mut Vec<Outgoing> {
        let carrier = std::mem::take(&mut self.carrier.webhooks);
        self.gateway.webhooks.extend(carrier);
        &mut self.gateway.webhooks
    }
}

/// Makes a worker's calls.
pub trait Caller<H: Handler>: Copy {
    /// What the other side does and answers; `None` if nobody does.
    fn call(self, effect: &PendingEffect<H::Effect>, tried: Tried, around: &mut Surroundings) -> Option<H::Message>;

    /// What the aggregate is told when nobody ever answered.
    fn unanswered(self, effect: &H::Effect) -> H::Message;
}

/// For workers that make no calls.
#[derive(Debug, Clone, Copy)]
pub struct NoCalls;

impl<H: Handler<Effect = NoEffect>> Caller<H> for NoCalls {
    fn call(self, effect: &PendingEffect<NoEffect>, _: Tried, _: &mut Surroundings) -> Option<H::Message> {
        match effect.effect {}
    }

    fn unanswered(self, effect: &NoEffect) -> H::Message {
        match *effect {}
    }
}
