//! The shipping worker with its carrier, simulated.

use std::collections::BTreeMap;

use schemas::{
    ids::OrderId,
    orders::{
        OrdersMessage, ShipmentBooked, ShipmentCancelRefused, ShipmentCancelled, ShipmentDelivered, ShipmentPickedUp,
        ShipmentRefused,
    },
    shipping::ShippingMessage,
};

use super::Chance;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parcel {
    Booked,
    OnItsWay,
    Delivered,
    Stays,
}

#[derive(Debug, Default)]
pub(in crate::testing) struct Carrier {
    pub(super) parcels: BTreeMap<OrderId, Parcel>,
}

type Reports = Vec<(OrderId, OrdersMessage)>;

impl Carrier {
    pub(super) fn obey(&mut self, message: &ShippingMessage, chance: &mut Chance, troubled: bool) -> Reports {
        match message {
            ShippingMessage::BookShipment(book) => self.book(book.order_id, troubled && chance.one_in(8)),
            ShippingMessage::CancelShipment(cancel) => self.cancel(cancel.order_id),
            ShippingMessage::CarrierReported(_)
            | ShippingMessage::CarrierAnswered(_)
            | ShippingMessage::ShipmentDeadlineReached(_) => unreachable!("orders do not send this"),
        }
    }

    fn book(&mut self, order_id: OrderId, refused: bool) -> Reports {
        if self.parcels.contains_key(&order_id) {
            return Vec::new();
        }
        self.parcels.insert(order_id, if refused { Parcel::Stays } else { Parcel::Booked });
        let report = if refused {
            ShipmentRefused { order_id, reason: String::new() }.into()
        } else {
            ShipmentBooked { order_id, carrier: "van".to_owned(), tracking_number: "V1".to_owned() }.into()
        };
        vec![(order_id, report)]
    }

    fn cancel(&mut self, order_id: OrderId) -> Reports {
        let parcel = self.parcels.entry(order_id).or_insert(Parcel::Stays);
        let report = match parcel {
            Parcel::Booked | Parcel::Stays => {
                *parcel = Parcel::Stays;
                ShipmentCancelled { order_id }.into()
            }
            Parcel::OnItsWay | Parcel::Delivered => ShipmentCancelRefused { order_id }.into(),
        };
        vec![(order_id, report)]
    }

    /// Some parcel gets further, or, rarely, the carrier gives one back that it has not fetched.
    pub(super) fn van_moves(&mut self, chance: &mut Chance) -> Reports {
        let under_way = |parcel: &Parcel| matches!(parcel, Parcel::Booked | Parcel::OnItsWay);
        let mut moving: Vec<_> = self.parcels.iter_mut().filter(|(_, parcel)| under_way(parcel)).collect();
        if moving.is_empty() {
            return Vec::new();
        }
        let (order_id, parcel) = moving.swap_remove(chance.pick(moving.len()));
        let order_id = *order_id;
        let report = match parcel {
            Parcel::Booked if chance.one_in(10) => {
                *parcel = Parcel::Stays;
                ShipmentCancelled { order_id }.into()
            }
            Parcel::Booked => {
                *parcel = Parcel::OnItsWay;
                ShipmentPickedUp { order_id }.into()
            }
            Parcel::OnItsWay | Parcel::Delivered | Parcel::Stays => {
                *parcel = Parcel::Delivered;
                ShipmentDelivered { order_id }.into()
            }
        };
        vec![(order_id, report)]
    }
}
