//! The rules of one parcel.

use crate::carrier::shipment::{Address, Booking, Shipment, Status, Terms, TooLate, Unbookable};
use proptest::prelude::*;

fn booking(pincode: &str) -> Booking {
    Booking {
        reference: "order-1".into(),
        to: Address {
            name: "Asha Rao".into(),
            phone: "+919000000000".into(),
            line1: "12 MG Road".into(),
            line2: None,
            city: "Pune".into(),
            state: "Maharashtra".into(),
            pincode: pincode.into(),
        },
        weight_grams: 1_200,
        cod_amount_paise: None,
    }
}

fn shipment() -> Shipment {
    Shipment::new(Terms {
        id: "shp_1".into(),
        tracking_number: "SIM1".into(),
        booking: booking("411001"),
        booked_ms: 1_700_000_000_000,
    })
}

#[test]
fn a_parcel_goes_step_by_step_to_its_customer() {
    let mut parcel = shipment();
    let steps: Vec<Status> = std::iter::from_fn(|| parcel.advance()).collect();
    assert_eq!(steps, [Status::PickedUp, Status::InTransit, Status::OutForDelivery, Status::Delivered]);
}

#[test]
fn a_parcel_can_be_called_off_until_it_is_picked_up() {
    let mut parcel = shipment();
    assert_eq!(parcel.cancel(), Ok(true));
    assert_eq!(parcel.cancel(), Ok(false), "calling it off again is no news and no error");
    assert_eq!(parcel.advance(), None);

    let mut gone = shipment();
    gone.advance();
    assert_eq!(gone.cancel(), Err(TooLate));
}

#[test]
fn what_cannot_be_carried_is_refused_with_its_reason() {
    assert_eq!(booking("411001").check(), Ok(()));
    assert_eq!(booking("000123").check(), Err(Unbookable::Unserviceable));
    assert_eq!(booking("4110").check(), Err(Unbookable::MalformedPincode));
    assert_eq!(Booking { weight_grams: 0, ..booking("411001") }.check(), Err(Unbookable::NoWeight));
    assert_eq!(Booking { reference: " ".into(), ..booking("411001") }.check(), Err(Unbookable::NoReference));
    assert_eq!(Booking { cod_amount_paise: Some(-1), ..booking("411001") }.check(), Err(Unbookable::NegativeCod));
}

proptest! {
    #[test]
    fn a_parcel_never_goes_back_and_never_leaves_rest(calls in proptest::collection::vec(any::<bool>(), 0..12)) {
        let rank = |status| match status {
            Status::Booked => 0,
            Status::PickedUp => 1,
            Status::InTransit => 2,
            Status::OutForDelivery => 3,
            Status::Delivered | Status::Cancelled => 4,
        };
        let mut parcel = shipment();
        for advance in calls {
            let before = parcel.status;
            if advance { parcel.advance(); } else { let _ = parcel.cancel(); }
            prop_assert!(rank(parcel.status) >= rank(before));
            prop_assert!(before.next().is_some() || parcel.status == before);
        }
    }
}
