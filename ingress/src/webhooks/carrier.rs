//! A carrier's tracking events.

use schemas::shipping::{CarrierReported, ParcelState};
use serde::Deserialize;
use shared::time::Timestamp;

use super::{Malformed, Reading};

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    shipment_id: String,
    /// What we called the shipment when we booked it: our order's id.
    #[serde(default)]
    reference: String,
    status: String,
    /// Unix seconds.
    occurred_at: i64,
}

/// A tracking event and the order it is about, as far as the carrier knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// What our booking called the shipment; empty if the carrier did not keep it.
    pub reference: String,
    /// The event.
    pub reported: CarrierReported,
}

/// Reads a verified body.
///
/// # Errors
/// [`Malformed`] for a body that is not a tracking event.
pub fn read(body: &[u8], carrier: &str) -> Result<Reading<Tracking>, Malformed> {
    let event: Event = serde_json::from_slice(body)?;
    let Some(state) = state_of(&event.data.status) else { return Ok(Reading::Ignored(event.kind)) };
    let seen_at = event.data.occurred_at.checked_mul(1000).map(Timestamp::from_millis);
    Ok(Reading::Event(Tracking {
        reference: event.data.reference,
        reported: CarrierReported {
            carrier: carrier.to_owned(),
            event_id: event.id,
            shipment_ref: event.data.shipment_id,
            state,
            seen_at: seen_at.ok_or_else(|| Malformed("a time out of range".to_owned()))?,
        },
    }))
}

fn state_of(status: &str) -> Option<ParcelState> {
    Some(match status {
        "booked" => ParcelState::Booked,
        "picked_up" => ParcelState::PickedUp,
        "in_transit" => ParcelState::InTransit,
        "out_for_delivery" => ParcelState::OutForDelivery,
        "delivered" => ParcelState::Delivered,
        "cancelled" => ParcelState::Cancelled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn body(status: &str, at: i64) -> Vec<u8> {
        json!({"id": "cev_1", "type": format!("shipment.{status}"), "created": at, "data": {
            "shipment_id": "shp_1", "tracking_number": "TRK1", "reference": "o-1", "status": status, "occurred_at": at,
        }})
        .to_string()
        .into_bytes()
    }

    #[test]
    fn a_tracking_event_names_the_order_the_parcel_and_the_time() {
        let Ok(Reading::Event(tracking)) = read(&body("picked_up", 1_700_000_000), "bluedart") else { panic!() };
        assert_eq!(tracking.reference, "o-1");
        assert_eq!(tracking.reported.state, ParcelState::PickedUp);
        assert_eq!(tracking.reported.carrier, "bluedart");
        assert_eq!(tracking.reported.seen_at, Timestamp::from_millis(1_700_000_000_000));
    }

    #[test]
    fn unknown_statuses_are_ignored_and_broken_bodies_refused() {
        assert_eq!(read(&body("weighed", 1), "c"), Ok(Reading::Ignored("shipment.weighed".to_owned())));
        assert!(read(&body("delivered", i64::MAX), "c").is_err());
        assert!(read(b"{}", "c").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..256), text in ".*") {
            let _ = (read(&body, "c"), read(text.as_bytes(), "c"));
        }
    }
}
