//! Our carrier's REST API.

#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use futures::{FutureExt, future::BoxFuture};
use reqwest::{
    Client, Response, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use schemas::{ids::OrderId, shipping::CarrierCall};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use self::wire::{BookingRequest, BookingResponse, CALLED_OFF, failure};
use super::{Booking, CallError, Carrier, SetupError};
use crate::shipment::Parcel;

/// What the carrier recognises a repeated call by.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// A connection that takes longer than this is not worth waiting for.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);

/// Our carrier.
pub struct Swift {
    client: Client,
    shipments: Url,
}

impl Swift {
    /// Its name in messages, documents and its webhooks' address.
    pub const NAME: &'static str = "swift";

    /// The carrier at `base_url`, called with a token; a call is given up after `timeout`.
    ///
    /// # Errors
    /// [`SetupError`] naming the setting that is not valid.
    pub fn new(base_url: &str, token: &SecretString, timeout: Duration) -> Result<Self, SetupError> {
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut authorization = HeaderValue::try_from(bearer).map_err(|_| SetupError::Token)?;
        authorization.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .timeout(timeout)
            .connect_timeout(timeout.min(CONNECT_WITHIN))
            // An API does not move while it is called, and a token goes nowhere else.
            .redirect(Policy::none())
            .build()?;
        Ok(Self { client, shipments: shipments_at(base_url)? })
    }

    async fn post<T: Serialize + Sync>(
        &self,
        call: CarrierCall,
        url: Url,
        idempotency_key: &str,
        body: &T,
    ) -> Result<Response, CallError> {
        let request = self.client.post(url).header(IDEMPOTENCY_KEY, idempotency_key).json(body);
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.map_err(lost)?;
        Err(failure(call, status, &body))
    }

    async fn book_parcel(&self, order_id: OrderId, parcel: &Parcel, key: &str) -> Result<Booking, CallError> {
        let request = BookingRequest::new(order_id, parcel);
        let response = self.post(CarrierCall::Book, self.shipments.clone(), key, &request).await?;
        let booked: BookingResponse = response.json().await.map_err(lost)?;
        Ok(Booking { shipment_ref: booked.id, tracking_number: booked.tracking_number })
    }

    async fn cancel_shipment(&self, shipment_ref: &str, key: &str) -> Result<(), CallError> {
        let mut url = self.shipments.clone();
        // Escapes what the carrier put into its name; an http address always has segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend([shipment_ref, "cancel"]);
        }
        match self.post(CarrierCall::Cancel, url, key, &serde_json::json!({})).await {
            // The parcel stays here, which is what we ask for. (A refusal would say that it has left.)
            Err(CallError::Refused(code)) if code == CALLED_OFF => Ok(()),
            answer => answer.map(drop),
        }
    }
}

impl Carrier for Swift {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn book<'a>(
        &'a self,
        order_id: OrderId,
        parcel: &'a Parcel,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Booking, CallError>> {
        self.book_parcel(order_id, parcel, idempotency_key).boxed()
    }

    fn cancel<'a>(&'a self, shipment_ref: &'a str, idempotency_key: &'a str) -> BoxFuture<'a, Result<(), CallError>> {
        self.cancel_shipment(shipment_ref, idempotency_key).boxed()
    }
}

fn shipments_at(base_url: &str) -> Result<Url, SetupError> {
    let not_a_url = || SetupError::Url(base_url.to_owned());
    let mut url = Url::parse(base_url).map_err(|_| not_a_url())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(not_a_url());
    }
    url.path_segments_mut().map_err(|()| not_a_url())?.pop_if_empty().extend(["v1", "shipments"]);
    Ok(url)
}

/// No answer, or one that cannot be read: the carrier may have done what it was asked.
fn lost(error: reqwest::Error) -> CallError {
    let kind = match () {
        () if error.is_timeout() => "timed out",
        () if error.is_connect() => "not reachable",
        () if error.is_decode() => "unreadable answer",
        () => "connection broke",
    };
    // Without the address, which is in the configuration, and without the chain of causes, which differs every time.
    CallError::Unanswered(format!("{kind}: {}", error.without_url()))
}
