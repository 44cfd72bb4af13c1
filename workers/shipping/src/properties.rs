//! What holds for every sequence of messages.

use proptest::prelude::*;
use schemas::{
    payments::CallOutcome,
    shipping::{CarrierCall, ParcelState},
};

use crate::{
    shipment::Status,
    testing::{Desk, answer, book, cancel, report},
};

const STATES: [ParcelState; 6] = [
    ParcelState::Booked,
    ParcelState::PickedUp,
    ParcelState::InTransit,
    ParcelState::OutForDelivery,
    ParcelState::Delivered,
    ParcelState::Cancelled,
];

/// Anything that may arrive, whether or not it makes sense now.
#[derive(Debug, Clone, Copy)]
enum Event {
    Book,
    Cancel,
    Answer(CarrierCall, CallOutcome),
    Report(ParcelState),
    Deadline,
}

fn event() -> impl Strategy<Value = Event> {
    let call = prop_oneof![Just(CarrierCall::Book), Just(CarrierCall::Cancel)];
    let outcome = prop_oneof![Just(CallOutcome::Done), Just(CallOutcome::Refused), Just(CallOutcome::Unknown)];
    prop_oneof![
        1 => Just(Event::Book),
        1 => Just(Event::Cancel),
        4 => (call, outcome).prop_map(|(call, outcome)| Event::Answer(call, outcome)),
        4 => proptest::sample::select(&STATES[..]).prop_map(Event::Report),
        1 => Just(Event::Deadline),
    ]
}

fn apply(desk: &mut Desk, event: Event) {
    let refused = match event {
        Event::Book => desk.handle(book()),
        Event::Cancel => desk.handle(cancel()),
        Event::Answer(call, outcome) => desk.handle(answer(call, outcome)),
        Event::Report(state) => desk.handle(report(state)),
        Event::Deadline => {
            desk.deadline_passes();
            Ok(())
        }
    };
    // A message that makes no sense goes to the dead letters and changes nothing.
    drop(refused);
}

/// Every step that a shipment may take.
fn may_follow(from: Status, to: Status) -> bool {
    match (from, to) {
        (from, to) if from == to => true,
        (from, _) if from.is_terminal() => false,
        (Status::Booking, _) => true,
        (_, Status::Booking) => false,
        // The carrier has the parcel after all, or has not said so yet.
        (Status::Cancelling, _) => true,
        (Status::Booked, _) => true,
        (from, to) => from.progress().zip(to.progress()).is_some_and(|(from, to)| from < to),
    }
}

fn count(desk: &Desk, name: &str) -> usize {
    desk.told.iter().filter(|told| **told == name).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_shipment_never_goes_back_and_tells_each_thing_once(events in prop::collection::vec(event(), 0..30)) {
        let mut desk = Desk::default();
        for event in events {
            let before = desk.shipment.as_ref().map(|shipment| shipment.status);
            apply(&mut desk, event);
            let Some(shipment) = &desk.shipment else { continue };
            prop_assert!(before.is_none_or(|before| may_follow(before, shipment.status)), "{before:?} {shipment:?}");
            prop_assert_eq!(shipment.deadline.is_none(), shipment.status.is_terminal());
        }
        for name in ["ShipmentBooked", "ShipmentRefused", "ShipmentPickedUp", "ShipmentDelivered"] {
            prop_assert!(count(&desk, name) <= 1, "{name}: {:?}", desk.told);
        }
        let at = |name: &str| desk.told.iter().position(|told| *told == name);
        prop_assert!(at("ShipmentPickedUp").is_none() || at("ShipmentBooked") < at("ShipmentPickedUp"));
        prop_assert!(at("ShipmentDelivered").is_none() || at("ShipmentPickedUp").is_some_and(|p| Some(p) < at("ShipmentDelivered")));
        let stays = at("ShipmentCancelled").or(at("ShipmentRefused"));
        prop_assert!(stays.is_none() || at("ShipmentPickedUp").is_none(), "{:?}", desk.told);
    }

    #[test]
    fn a_repeated_call_is_the_same_call(events in prop::collection::vec(event(), 0..30)) {
        let mut desk = Desk::default();
        for event in events {
            apply(&mut desk, event);
        }
        for (earlier, later) in desk.calls.iter().zip(desk.calls.iter().skip(1)) {
            prop_assert!(earlier == later || earlier.ask.call() == CarrierCall::Book && later.ask.call() == CarrierCall::Cancel);
        }
    }
}

/// A carrier that keeps its word: it books and cancels once, and its answers and reports may be lost, late or repeated.
#[derive(Debug, Default)]
struct HonestCarrier {
    booked: bool,
    cancelled: bool,
    /// How far the parcel has come, as an index into `STATES`.
    reached: usize,
    /// How many of the desk's calls it has answered.
    answered: usize,
}

impl HonestCarrier {
    fn carry_out(&mut self, call: CarrierCall, serviceable: bool) -> CallOutcome {
        match call {
            CarrierCall::Book if !serviceable => CallOutcome::Refused,
            CarrierCall::Book => {
                self.booked = true;
                CallOutcome::Done
            }
            CarrierCall::Cancel if self.reached > 0 => CallOutcome::Refused,
            CarrierCall::Cancel => {
                self.cancelled = true;
                CallOutcome::Done
            }
        }
    }

    fn answer_next(&mut self, desk: &mut Desk, serviceable: bool, lost: bool) {
        let Some(call) = desk.asked().get(self.answered).copied() else { return };
        self.answered += 1;
        let outcome = self.carry_out(call, serviceable);
        desk.handle(answer(call, if lost { CallOutcome::Unknown } else { outcome })).unwrap();
    }

    fn move_on(&mut self) {
        if self.booked && !self.cancelled && self.reached < 4 {
            self.reached += 1;
        }
    }

    /// Any report that it has had reason to make, again.
    fn report_some(&self, desk: &mut Desk, pick: usize) {
        if self.booked {
            desk.handle(report(STATES[pick % (self.reached + 1)])).unwrap();
        }
        if self.cancelled {
            desk.handle(report(ParcelState::Cancelled)).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn with_an_honest_carrier_every_order_learns_what_became_of_its_parcel(
        steps in prop::collection::vec((0u8..5, 0usize..5), 0..25),
        serviceable in prop::bool::weighted(0.9),
        cancel_at in prop::option::of(0usize..25),
    ) {
        let (mut desk, mut carrier) = (Desk::after([book()]), HonestCarrier::default());
        for (index, (step, pick)) in steps.into_iter().enumerate() {
            if cancel_at == Some(index) {
                desk.handle(cancel()).unwrap();
            }
            match step {
                0 => carrier.answer_next(&mut desk, serviceable, false),
                1 => carrier.answer_next(&mut desk, serviceable, true),
                2 => carrier.move_on(),
                3 => carrier.report_some(&mut desk, pick),
                _ => desk.deadline_passes(),
            }
        }
        // In the end everything is answered, the parcel arrives and everything is reported, in a few rounds.
        for _ in 0..10 {
            carrier.answer_next(&mut desk, serviceable, false);
            carrier.move_on();
            (0..=carrier.reached).for_each(|pick| carrier.report_some(&mut desk, pick));
            desk.deadline_passes();
        }
        let expected = match (serviceable, carrier.cancelled) {
            (_, true) => vec![Status::Cancelled],
            (true, false) => vec![Status::Delivered],
            (false, false) => vec![Status::Refused, Status::Cancelled],
        };
        prop_assert!(expected.contains(&desk.shipment().status), "{:?} {:?}", desk.told, carrier);
        let delivered = desk.shipment().status == Status::Delivered;
        prop_assert_eq!(count(&desk, "ShipmentDelivered") == 1, delivered);
        if desk.shipment().cancel_requested {
            prop_assert!(false, "the wish to cancel was never answered: {:?}", desk.told);
        }
    }
}
