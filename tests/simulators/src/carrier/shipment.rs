//! The life of one parcel. Pure: no clock, no chance, no I/O.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Booked; still at the shop.
    Booked,
    /// Taken by the carrier.
    PickedUp,
    /// Between depots.
    InTransit,
    /// On the last vehicle.
    OutForDelivery,
    /// With the customer.
    Delivered,
    /// Called off before it was picked up.
    Cancelled,
}

impl Status {
    /// The word that the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::PickedUp => "picked_up",
            Self::InTransit => "in_transit",
            Self::OutForDelivery => "out_for_delivery",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    /// The step that follows, unless the parcel has come to rest.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Booked => Some(Self::PickedUp),
            Self::PickedUp => Some(Self::InTransit),
            Self::InTransit => Some(Self::OutForDelivery),
            Self::OutForDelivery => Some(Self::Delivered),
            Self::Delivered | Self::Cancelled => None,
        }
    }
}

/// Where a parcel goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The customer.
    pub name: String,
    /// For the driver.
    pub phone: String,
    /// House and street.
    pub line1: String,
    /// Whatever did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// State.
    pub state: String,
    /// Six digits.
    pub pincode: String,
}

/// What is to be carried: the body of `POST /v1/shipments`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// The shop's own name for the parcel, usually the order.
    pub reference: String,
    /// Where it goes.
    pub to: Address,
    /// Chargeable weight.
    pub weight_grams: u32,
    /// Minor units to collect at the door.
    #[serde(default)]
    pub cod_amount_paise: Option<i64>,
}

/// Why a booking is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbookable {
    /// No vehicle goes there.
    Unserviceable,
    /// Not six digits.
    MalformedPincode,
    /// Nothing to carry.
    NoWeight,
    /// An empty reference could not be told apart from another.
    NoReference,
    /// Less than nothing to collect.
    NegativeCod,
}

impl Booking {
    /// Refuses what the carrier does not carry. Pincodes that begin with `000` exist nowhere and are not served.
    ///
    /// # Errors
    /// The first reason found.
    pub fn check(&self) -> Result<(), Unbookable> {
        let pincode = &self.to.pincode;
        if pincode.len() != 6 || !pincode.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Unbookable::MalformedPincode);
        }
        if pincode.starts_with("000") {
            return Err(Unbookable::Unserviceable);
        }
        if self.reference.trim().is_empty() {
            return Err(Unbookable::NoReference);
        }
        if self.weight_grams == 0 {
            return Err(Unbookable::NoWeight);
        }
        if self.cod_amount_paise.is_some_and(|amount| amount < 0) {
            return Err(Unbookable::NegativeCod);
        }
        Ok(())
    }
}

/// What is fixed once a parcel is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `shp_…`
    pub id: String,
    /// What the customer types into a tracking page.
    pub tracking_number: String,
    /// What is to be carried.
    pub booking: Booking,
    /// Unix milliseconds.
    pub booked_ms: i64,
}

/// One parcel. Cloning takes a snapshot cheaply: the terms are shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    /// What is fixed.
    pub terms: Arc<Terms>,
    /// Where it is.
    pub status: Status,
}

/// The carrier has the parcel, or had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate;

impl Shipment {
    /// A parcel just booked.
    pub fn new(terms: Terms) -> Self {
        Self { terms: Arc::new(terms), status: Status::Booked }
    }

    /// Moves one step on; the new status, unless the parcel has come to rest.
    pub fn advance(&mut self) -> Option<Status> {
        let next = self.status.next()?;
        self.status = next;
        Some(next)
    }

    /// Calls the parcel off; whether that is news. Doing it twice is no error.
    ///
    /// # Errors
    /// [`TooLate`] once it is picked up.
    pub fn cancel(&mut self) -> Result<bool, TooLate> {
        match self.status {
            Status::Booked => {
                self.status = Status::Cancelled;
                Ok(true)
            }
            Status::Cancelled => Ok(false),
            _ => Err(TooLate),
        }
    }
}
