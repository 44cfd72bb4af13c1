//! One thing at a gateway that can hold the customer's money, and what must be asked about it next.

use schemas::{
    payments::{GatewayCall, GatewayPayment, GatewayState},
    types::{GatewayName, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::id::MessageId;

use crate::{
    effect::Target,
    roaming::{Creation, Next, Roaming},
};

/// What we know of one payment at a gateway. Reports come late, twice and in any order, so knowledge only grows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The gateway; `None` if the order was cancelled before it asked for payment.
    #[serde(default)]
    pub gateway: Option<GatewayName>,
    /// Which of the order's attempts at payment it was made for; 0 if for none that we know.
    #[serde(default = "first")]
    pub attempt: i32,
    /// Set where another gateway may make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roaming: Option<Roaming>,
    /// The gateway's name for what we created; empty before it has answered. Webhooks are looked up by it.
    pub gateway_ref: String,
    /// The gateway's name for the money; empty before there is any.
    pub payment_ref: String,
    /// Whether the order was told how the customer can pay it.
    #[serde(default)]
    pub offered: bool,
    /// The furthest state the gateway has told of.
    pub known: Option<GatewayState>,
    /// The most the gateway has told to be captured, in minor units.
    pub captured_minor: i64,
    /// The most it has told to be refunded, in minor units; never more than was captured.
    pub refunded_minor: i64,
    /// The one call that may be changing something, or what we count, at this moment.
    pub flight: Option<Flight>,
    /// The call that came to nothing last time: it is repeated at the deadline, not before.
    pub refused: Option<GatewayCall>,
    /// Whether a refund that was counted has failed, so that the gateway must be asked what it counts now.
    pub recount: bool,
    /// What is to go back while the order stands, in the order in which it was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// What of it the customer disputes, or has back by a dispute, in minor units: it is not ours to give back.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub disputed_minor: i64,
    /// What of that is lost, in minor units.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub lost_minor: i64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_nothing(minor: &i64) -> bool {
    *minor == 0
}

/// Before there were several.
const fn first() -> i32 {
    1
}

/// A part of the money that somebody of ours gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Names it; whoever asked for it knows it by this.
    pub refund_id: String,
    /// How much, in minor units.
    pub minor: i64,
    /// Whether it has gone back.
    pub made: bool,
}

/// What a refund that is under way is to lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// The part that goes back; `None` if it is all that is held.
    pub part: Option<String>,
    /// What had gone back before, in minor units.
    pub before_minor: i64,
    /// How much more, in minor units.
    pub minor: i64,
}

/// A call that changes something, or that counts refunds anew, and whose outcome is not known yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// The effect's id, which the answer names as its cause.
    pub id: MessageId,
    /// The call.
    pub call: GatewayCall,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Whether the gateway refused it; otherwise its fate is unknown or still open.
    pub refused: bool,
    /// The query that is to find out what came of it, once it was refused or its fate was called unknown.
    pub inquiry: Option<MessageId>,
    /// For a refund, what it is to lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aim: Option<Aim>,
}

/// What the shop wants of a payment: the order's money once, or none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// The order is to be paid.
    Money,
    /// Whatever is held goes back.
    Nothing,
}

impl Holding {
    /// One of which nothing is known yet.
    #[must_use]
    pub fn new(gateway: Option<GatewayName>, attempt: i32) -> Self {
        Self { gateway, attempt, ..Self::default() }
    }

    /// One of which nothing is known yet, and which any gateway may make, beginning with this one.
    #[must_use]
    pub fn roaming(gateway: GatewayName, attempt: i32) -> Self {
        Self { roaming: Some(Roaming::beginning_at(gateway)), ..Self::new(Some(gateway), attempt) }
    }

    /// The gateway that it was wanted at.
    #[must_use]
    pub fn wanted_at(&self) -> Option<GatewayName> {
        self.roaming.as_ref().and_then(|roaming| roaming.asked.first().copied()).or(self.gateway)
    }

    /// Whether this gateway was ever asked to make it.
    #[must_use]
    pub fn was_asked_of(&self, gateway: GatewayName) -> bool {
        self.gateway == Some(gateway) || self.roaming.as_ref().is_some_and(|roaming| roaming.asked.contains(&gateway))
    }

    /// Whether another gateway may make it if this one certainly does not.
    #[must_use]
    pub fn may_move(&self) -> bool {
        self.roaming.as_ref().is_some_and(|roaming| !roaming.in_doubt)
    }

    /// Nothing came of the creation under way: it is made elsewhere, or waits. Whether it is over.
    pub fn creation_failed(&mut self, creation: Creation) -> bool {
        self.give_up_flight();
        let (Some(roaming), Some(at)) = (&mut self.roaming, self.gateway) else { return creation == Creation::Refused };
        match roaming.after(at, creation) {
            Next::Elsewhere(next) => {
                self.gateway = Some(next);
                self.refused = None;
                false
            }
            Next::Wait(next) => {
                self.gateway = Some(next);
                false
            }
            Next::Over => true,
        }
    }

    /// Whether the customer cannot pay it because no gateway has made it, and that will be tried again.
    #[must_use]
    pub fn is_delayed(&self) -> bool {
        self.known.is_none() && self.flight.is_none() && self.refused == Some(GatewayCall::Create)
    }

    /// It has waited: what came to nothing may be tried again.
    pub fn wait_is_over(&mut self) {
        self.refused = None;
        if let Some(roaming) = &mut self.roaming {
            roaming.wait_is_over();
        }
    }

    /// Whether it is at this gateway, under this name.
    #[must_use]
    pub fn is_at(&self, gateway: GatewayName, gateway_ref: &str) -> bool {
        self.gateway == Some(gateway) && self.gateway_ref == gateway_ref
    }

    /// What is captured and has not gone back, in minor units.
    #[must_use]
    pub const fn held_minor(&self) -> i64 {
        self.captured_minor - self.refunded_minor
    }

    /// What of that may be given back, in minor units.
    #[must_use]
    pub fn refundable_minor(&self) -> i64 {
        (self.held_minor() - self.disputed_minor).max(0)
    }

    /// Whether the customer has all of it back, by our hand or by their bank's.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.held_minor() <= self.lost_minor
    }

    /// Whether the customer can pay it and the order was not told so.
    #[must_use]
    pub const fn is_to_be_offered(&self) -> bool {
        !self.offered && self.is_payable()
    }

    /// Whether the customer can pay it, as far as we know.
    #[must_use]
    pub const fn is_payable(&self) -> bool {
        matches!(self.known, Some(GatewayState::AwaitingCustomer | GatewayState::Declined))
    }

    /// The gateway's names for it.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { gateway_ref: self.gateway_ref.clone(), payment_ref: self.payment_ref.clone() }
    }

    /// Takes in what the gateway says.
    pub fn learn(&mut self, seen: &GatewayPayment) {
        if self.gateway_ref.is_empty() {
            self.gateway_ref.clone_from(&seen.gateway_ref);
        }
        if carries_money(seen) {
            self.payment_ref.clone_from(&seen.payment_ref);
        }
        self.captured_minor = self.captured_minor.max(seen.captured_minor);
        let before_minor = self.refunded_minor;
        self.refunded_minor = self.refunded_minor.max(seen.refunded_minor).min(self.captured_minor);
        self.recognize_late_part(before_minor);
        self.known = Some(self.known.map_or(seen.state, |known| furthest(known, seen.state)));
        // Whose refund a report tells of nobody knows: whether a part has gone back only our own call's outcome says.
        let is_over = |flight: &Flight| flight.part().is_none() && self.is_reached(flight.call);
        if self.flight.as_ref().is_some_and(is_over) {
            self.flight = None;
        }
    }

    /// A part whose refund was tried and called off, because the gateway did not have it when it was asked, may have gone
    /// back after all: our request came late. As much more in the sum is taken for it, not for somebody else's refund.
    fn recognize_late_part(&mut self, before_minor: i64) {
        if self.flight.is_some() || self.refused != Some(GatewayCall::Refund) {
            return;
        }
        let more = self.refunded_minor - before_minor;
        let tried = self.parts.iter_mut().find(|part| !part.made);
        if let Some(part) = tried.filter(|part| part.minor <= more) {
            part.made = true;
        }
    }

    /// Whether this is the payment at the gateway that goes by these names.
    #[must_use]
    pub fn is_named(&self, gateway_ref: &str, payment_ref: &str) -> bool {
        let same_money = self.payment_ref.is_empty() || self.payment_ref == payment_ref;
        !self.gateway_ref.is_empty() && self.gateway_ref == gateway_ref && same_money
    }

    /// The answer to our asking after a refund had failed: the only time that less may count as refunded than before.
    /// The next refund waits for the deadline, lest one that fails at once is made without end.
    pub fn take_recount(&mut self, seen: &GatewayPayment) {
        self.flight = None;
        if seen.captured_minor > 0 {
            self.refunded_minor = seen.refunded_minor.clamp(0, self.captured_minor);
        }
        self.forget_failed_parts();
        if self.held_minor() > 0 {
            self.known = Some(GatewayState::Captured);
            self.refused = Some(GatewayCall::Refund);
        }
    }

    /// Whether what the call was for is so, by whatever way it came about; for a void also whether it has become
    /// pointless, because the money was captured first.
    #[must_use]
    pub fn is_reached(&self, call: GatewayCall) -> bool {
        match call {
            GatewayCall::Create => !self.gateway_ref.is_empty(),
            GatewayCall::Capture => self.captured_minor > 0,
            GatewayCall::Void => self.known == Some(GatewayState::Voided) || self.captured_minor > 0,
            GatewayCall::Refund => self.captured_minor > 0 && self.held_minor() == 0,
            GatewayCall::Query => false, // what it is for is its own answer
        }
    }

    /// The call that stands between what is known and what is wanted, or without which it is not known.
    #[must_use]
    pub fn due(&self, want: Want) -> Option<GatewayCall> {
        match (want, self.known) {
            _ if self.recount => Some(GatewayCall::Query),
            (Want::Money, _) if self.next_part().is_some() => Some(GatewayCall::Refund),
            (Want::Money, None) => Some(GatewayCall::Create),
            (Want::Money, Some(GatewayState::Authorized)) => Some(GatewayCall::Capture),
            (Want::Money, Some(_)) => None,
            (Want::Nothing, _) if self.refundable_minor() > 0 => Some(GatewayCall::Refund),
            (
                Want::Nothing,
                Some(GatewayState::AwaitingCustomer | GatewayState::Declined | GatewayState::Authorized),
            ) => Some(GatewayCall::Void),
            (Want::Nothing, _) => None,
        }
    }

    /// The part that goes back next.
    #[must_use]
    pub fn next_part(&self) -> Option<&Part> {
        self.parts.iter().find(|part| !part.made && part.minor <= self.refundable_minor())
    }

    /// What has been promised to go back and has not, in minor units.
    #[must_use]
    pub fn promised_minor(&self) -> i64 {
        self.parts.iter().filter(|part| !part.made).map(|part| part.minor).sum()
    }

    /// What a refund made now is to lead to.
    #[must_use]
    pub fn aim(&self, want: Want) -> Aim {
        let part = self.next_part().filter(|_| want == Want::Money);
        let minor = part.map_or(self.refundable_minor(), |part| part.minor);
        Aim { part: part.map(|part| part.refund_id.clone()), before_minor: self.refunded_minor, minor }
    }

    /// The call to make now: what is due, unless a call is under way or this one has just come to nothing.
    #[must_use]
    pub fn next(&self, want: Want) -> Option<GatewayCall> {
        self.due(want).filter(|call| self.flight.is_none() && self.refused != Some(*call))
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_settled(&self, want: Want) -> bool {
        self.flight.is_none() && self.due(want).is_none()
    }

    /// A call came to nothing, or may have: find out by `inquiry`.
    pub fn doubt(&mut self, refused: bool, inquiry: Option<MessageId>) {
        if let Some(flight) = &mut self.flight {
            flight.refused = refused;
            flight.inquiry = inquiry;
        }
    }

    /// Our own call's outcome is known. Whether the part went back, the sum at the gateway tells: a refund is made whole or
    /// not at all. Returns the call if it came to nothing.
    pub fn end_flight(&mut self) -> Option<Flight> {
        let aim = self.flight.as_ref().and_then(|flight| flight.aim.clone());
        let made = aim.filter(|aim| self.refunded_minor >= aim.before_minor.saturating_add(aim.minor));
        let Some(aim) = made else { return self.give_up_flight() };
        self.flight = None;
        self.parts
            .iter_mut()
            .filter(|part| aim.part.as_ref() == Some(&part.refund_id))
            .for_each(|part| part.made = true);
        None
    }

    /// What may still be promised, in minor units. A part that is on its way counts once, whether the sum has it already or
    /// not.
    #[must_use]
    pub fn room_minor(&self) -> i64 {
        self.uncommitted_minor() - self.waiting().map(|part| part.minor).sum::<i64>()
    }

    /// Takes back the promises that are not covered any more, the youngest first: the order is withdrawn, or somebody gave
    /// the money back at the gateway meanwhile.
    pub fn take_back_promises(&mut self, want: Want) -> Vec<Part> {
        let mut room = if want == Want::Money { self.uncommitted_minor() } else { 0 };
        let mut taken = Vec::new();
        for part in self.waiting() {
            if part.minor <= room {
                room -= part.minor;
            } else {
                taken.push(part.clone());
            }
        }
        self.parts.retain(|part| !taken.contains(part));
        taken
    }

    /// What is captured, not disputed, has not gone back and is not on its way back.
    fn uncommitted_minor(&self) -> i64 {
        let aim = self.flight.as_ref().and_then(|flight| flight.aim.as_ref());
        let gone = aim.map_or(0, |aim| aim.before_minor.saturating_add(aim.minor)).max(self.refunded_minor);
        self.captured_minor - self.disputed_minor - gone
    }

    /// The parts that are promised and not on their way.
    fn waiting(&self) -> impl Iterator<Item = &Part> {
        let flying = self.flight.as_ref().and_then(Flight::part);
        self.parts.iter().filter(move |part| !part.made && flying != Some(part.refund_id.as_str()))
    }

    /// Of the parts that were made, the youngest is the one that failed, as far as the sum says that one did.
    fn forget_failed_parts(&mut self) {
        let mut made: i64 = self.parts.iter().filter(|part| part.made).map(|part| part.minor).sum();
        for part in self.parts.iter_mut().rev().filter(|part| part.made) {
            if made <= self.refunded_minor {
                return;
            }
            part.made = false;
            made -= part.minor;
        }
    }

    /// The call under way is over without having reached its goal.
    pub fn give_up_flight(&mut self) -> Option<Flight> {
        let flight = self.flight.take()?;
        self.recount |= flight.call == GatewayCall::Query;
        self.refused = Some(flight.call);
        Some(flight)
    }
}

impl Flight {
    /// The part of the money that it gives back; `None` for all, and for other calls.
    #[must_use]
    pub fn part(&self) -> Option<&str> {
        self.aim.as_ref()?.part.as_deref()
    }
}

/// Whether this describes money that is promised, taken or given back, rather than an offer to pay.
#[must_use]
pub const fn carries_money(seen: &GatewayPayment) -> bool {
    matches!(seen.state, GatewayState::Authorized | GatewayState::Captured | GatewayState::Refunded)
}

/// Of two things a gateway said, in whatever order they arrived, the one that happened later. An authorisation after a
/// void is news: where an order stays open for payment (Razorpay), a customer can still authorise it.
const fn furthest(known: GatewayState, seen: GatewayState) -> GatewayState {
    match (known, seen) {
        (GatewayState::Voided, GatewayState::Authorized) => seen,
        _ if rank(seen) > rank(known) => seen,
        _ => known,
    }
}

const fn rank(state: GatewayState) -> u8 {
    match state {
        GatewayState::AwaitingCustomer => 0,
        GatewayState::Declined => 1,
        GatewayState::Authorized => 2,
        GatewayState::Voided => 3,
        GatewayState::Captured => 4,
        GatewayState::Refunded => 5,
    }
}
