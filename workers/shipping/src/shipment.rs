//! What is kept of one order's shipment.

use schemas::{
    ids::OrderId,
    shipping::{BookShipment, ParcelState},
    types::{Address, Money, Timestamp},
};
use serde::{Deserialize, Serialize};
use shared::engine::State;

use crate::limits::Limits;

/// Where a shipment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The carrier is asked to fetch the parcel.
    Booking,
    /// The carrier will fetch it.
    Booked,
    /// The carrier is asked to leave it here.
    Cancelling,
    /// The carrier has it.
    PickedUp,
    /// It is between two places.
    InTransit,
    /// It is on the last vehicle.
    OutForDelivery,
    /// The customer has it.
    Delivered,
    /// It stays here because we said so.
    Cancelled,
    /// It stays here because the carrier said so.
    Refused,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Booking,
        Self::Booked,
        Self::Cancelling,
        Self::PickedUp,
        Self::InTransit,
        Self::OutForDelivery,
        Self::Delivered,
        Self::Cancelled,
        Self::Refused,
    ];

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled | Self::Refused)
    }

    /// How far the parcel has come; `None` where it does not travel.
    #[must_use]
    pub const fn progress(self) -> Option<ParcelState> {
        match self {
            Self::Booked => Some(ParcelState::Booked),
            Self::PickedUp => Some(ParcelState::PickedUp),
            Self::InTransit => Some(ParcelState::InTransit),
            Self::OutForDelivery => Some(ParcelState::OutForDelivery),
            Self::Delivered => Some(ParcelState::Delivered),
            Self::Booking | Self::Cancelling | Self::Cancelled | Self::Refused => None,
        }
    }
}

/// What is to be carried, and where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Where it goes.
    pub address: Address,
    /// What it weighs, in grams.
    pub weight_grams: i64,
    /// What the carrier collects on delivery; zero for a paid order.
    pub collect: Money,
}

/// One report of the carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The carrier's id of the event.
    pub event_id: String,
    /// The shipment it is about, in the carrier's words.
    pub shipment_ref: String,
    /// Where the parcel is.
    pub state: ParcelState,
    /// When the carrier saw it there.
    pub seen_at: Timestamp,
}

/// The shipment of one order, under the order's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The order.
    pub order_id: OrderId,
    /// Where it stands.
    pub status: Status,
    /// What is to be carried; `None` if it was cancelled before it was asked for.
    pub parcel: Option<Parcel>,
    /// Who carries it.
    pub carrier: String,
    /// The carrier's name for it, once booked: what the carrier's webhooks cite.
    pub shipment_ref: Option<String>,
    /// What the customer tracks it by; empty until booked.
    pub tracking_number: String,
    /// What the carrier reported, each event once, in the order of arrival.
    pub reported: Vec<Report>,
    /// Set while the order waits to hear whether the parcel stays here.
    pub cancel_requested: bool,
    /// How many calls in a row, of the one the state waits for, had an unknown fate.
    pub unknown_calls: u32,
    /// Set when nothing was heard of the parcel for too long: a person should ask the carrier.
    pub overdue: bool,
    /// When it must be looked at again; `None` in a terminal state.
    pub deadline: Option<Timestamp>,
}

impl State for Shipment {
    const COLLECTION: &'static str = "shipments";

    fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    fn is_stuck(&self) -> bool {
        self.overdue || self.unknown_calls >= STUCK_AFTER
    }
}

/// A carrier that has left so many calls in a row without an answer should be asked by a person.
const STUCK_AFTER: u32 = 5;

impl Shipment {
    /// A shipment that is to be booked.
    #[must_use]
    pub fn new(command: &BookShipment, carrier: &str, at: Timestamp, limits: &Limits) -> Self {
        let parcel =
            Parcel { address: command.address.clone(), weight_grams: command.weight_grams, collect: command.collect };
        let mut shipment = Self { parcel: Some(parcel), carrier: carrier.to_owned(), ..Self::never(command.order_id) };
        shipment.enter(Status::Booking, at, limits);
        shipment
    }

    /// The shipment that an order will never have: a booking that arrives later finds it cancelled.
    #[must_use]
    pub const fn never(order_id: OrderId) -> Self {
        Self {
            order_id,
            status: Status::Cancelled,
            parcel: None,
            carrier: String::new(),
            shipment_ref: None,
            tracking_number: String::new(),
            reported: Vec::new(),
            cancel_requested: false,
            unknown_calls: 0,
            overdue: false,
            deadline: None,
        }
    }

    /// Comes to a state, with that state's deadline.
    pub fn enter(&mut self, status: Status, at: Timestamp, limits: &Limits) {
        self.status = status;
        self.unknown_calls = 0;
        self.overdue = false;
        self.deadline = limits.of(status).map(|limit| at.plus(limit));
    }

    /// Whether the carrier has said that it has the parcel.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.reports_about_it().any(|report| is_on_its_way(report.state))
    }

    /// The reports about the shipment that was booked. One that came before the booking's answer was kept on trust.
    pub fn reports_about_it(&self) -> impl Iterator<Item = &Report> {
        self.reported.iter().filter(|report| self.shipment_ref.as_ref() == Some(&report.shipment_ref))
    }
}

/// Whether the carrier has, or had, the parcel.
#[must_use]
pub const fn is_on_its_way(state: ParcelState) -> bool {
    match state {
        ParcelState::PickedUp | ParcelState::InTransit | ParcelState::OutForDelivery | ParcelState::Delivered => true,
        ParcelState::Booked | ParcelState::Cancelled => false,
    }
}
