//! Making the calls that the rules ask for, and telling the shipment how they ended.

use schemas::{
    payments::CallOutcome,
    shipping::{CarrierAnswered, ShippingMessage},
};
use shared::engine::{Caller, PendingEffect, Tried, Unanswered};

use crate::{
    carrier::{Booking, CallError, Carriers},
    effect::{Ask, Effect},
    handler::Shipping,
};

/// Calls the carriers.
pub struct CarrierCalls {
    carriers: Carriers,
}

impl CarrierCalls {
    /// Calls these carriers.
    #[must_use]
    pub const fn new(carriers: Carriers) -> Self {
        Self { carriers }
    }

    async fn make(&self, effect: &Effect) -> Result<Booking, CallError> {
        let unknown = || CallError::Unanswered(format!("no carrier {:?} is set up here", effect.carrier));
        let carrier = self.carriers.named(&effect.carrier).ok_or_else(unknown)?;
        let key = &effect.idempotency_key;
        match &effect.ask {
            Ask::Book { parcel } => carrier.book(effect.order_id, parcel, key).await,
            Ask::Cancel { shipment_ref } => {
                carrier.cancel(shipment_ref, key).await?;
                Ok(Booking { shipment_ref: shipment_ref.clone(), tracking_number: String::new() })
            }
        }
    }
}

impl Caller<Shipping> for CarrierCalls {
    async fn call(
        &self,
        _aggregate_id: &str,
        effect: &PendingEffect<Effect>,
        _: Tried,
    ) -> Result<ShippingMessage, Unanswered> {
        let effect = &effect.effect;
        match self.make(effect).await {
            Ok(booking) => Ok(done(effect, booking).into()),
            Err(CallError::Refused(code)) => Ok(not_done(effect, CallOutcome::Refused, code).into()),
            Err(CallError::Unanswered(why)) => Err(Unanswered(why)),
        }
    }

    fn unanswered(&self, _aggregate_id: &str, effect: &Effect, why: &Unanswered) -> ShippingMessage {
        not_done(effect, CallOutcome::Unknown, why.0.clone()).into()
    }
}

fn done(effect: &Effect, booking: Booking) -> CarrierAnswered {
    CarrierAnswered {
        shipment_ref: booking.shipment_ref,
        tracking_number: booking.tracking_number,
        ..not_done(effect, CallOutcome::Done, String::new())
    }
}

const fn not_done(effect: &Effect, outcome: CallOutcome, error_code: String) -> CarrierAnswered {
    CarrierAnswered {
        order_id: effect.order_id,
        call: effect.ask.call(),
        outcome,
        shipment_ref: String::new(),
        tracking_number: String::new(),
        error_code,
    }
}
