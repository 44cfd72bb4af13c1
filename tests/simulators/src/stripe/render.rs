//! The JSON objects of the API, complete enough for a client that decodes every documented field.

use super::error::Fields;
use super::intent::{CaptureMethod, Intent, Status};
use crate::ledger::Labels;
use serde::Serialize;

/// A documented field that this simulator never fills.
type Null = ();

/// An empty object, for fields that are objects and never null.
#[derive(Default, Serialize)]
struct Empty {}

/// <https://docs.stripe.com/api/payment_intents/object>
#[derive(Serialize)]
pub(super) struct IntentObject<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    amount_capturable: i64,
    amount_details: AmountDetails,
    amount_received: i64,
    application: Null,
    application_fee_amount: Null,
    automatic_payment_methods: Null,
    canceled_at: Option<i64>,
    cancellation_reason: Option<&'a str>,
    capture_method: CaptureMethod,
    client_secret: &'a str,
    confirmation_method: &'static str,
    created: i64,
    currency: &'a str,
    customer: Null,
    description: Option<&'a str>,
    last_payment_error: Option<Box<Fields<'a>>>,
    latest_charge: Option<LatestCharge<'a>>,
    livemode: bool,
    metadata: &'a Labels,
    next_action: Null,
    on_behalf_of: Null,
    payment_method: Option<&'a str>,
    payment_method_configuration_details: Null,
    payment_method_options: Empty,
    payment_method_types: &'a [String],
    processing: Null,
    receipt_email: Null,
    review: Null,
    setup_future_usage: Null,
    shipping: Null,
    source: Null,
    statement_descriptor: Null,
    statement_descriptor_suffix: Null,
    status: Status,
    transfer_data: Null,
    transfer_group: Null,
}

/// The latest charge: its id, or all of it where it was asked to be expanded.
#[derive(Serialize)]
#[serde(untagged)]
enum LatestCharge<'a> {
    Name(&'a str),
    Object(Box<ChargeObject<'a>>),
}

#[derive(Default, Serialize)]
struct AmountDetails {
    tip: Empty,
}

impl<'a> IntentObject<'a> {
    pub(super) fn of(intent: &'a Intent) -> Self {
        let (terms, charge) = (&*intent.terms, intent.charge.as_deref());
        Self {
            id: &terms.id,
            object: "payment_intent",
            amount: terms.amount,
            amount_capturable: intent.capturable(),
            amount_details: AmountDetails::default(),
            amount_received: intent.captured,
            application: (),
            application_fee_amount: (),
            automatic_payment_methods: (),
            canceled_at: intent.canceled.as_ref().map(|canceled| canceled.at),
            cancellation_reason: intent.canceled.as_ref().and_then(|canceled| canceled.reason.as_deref()),
            capture_method: terms.capture_method,
            client_secret: &terms.client_secret,
            confirmation_method: "automatic",
            created: terms.created,
            currency: &terms.currency,
            customer: (),
            description: terms.description.as_deref(),
            last_payment_error: intent.last_decline.map(|decline| Box::new(decline.last_error(charge))),
            latest_charge: charge.map(LatestCharge::Name),
            livemode: false,
            metadata: &terms.metadata,
            next_action: (),
            on_behalf_of: (),
            payment_method: intent.payment_method.as_deref(),
            payment_method_configuration_details: (),
            payment_method_options: Empty {},
            payment_method_types: &terms.payment_method_types,
            processing: (),
            receipt_email: (),
            review: (),
            setup_future_usage: (),
            shipping: (),
            source: (),
            statement_descriptor: (),
            statement_descriptor_suffix: (),
            status: intent.status,
            transfer_data: (),
            transfer_group: (),
        }
    }
}

impl<'a> IntentObject<'a> {
    /// With its latest charge in full, if that is wanted.
    pub(super) fn expanded(self, wanted: bool, intent: &'a Intent) -> Self {
        if !wanted || self.latest_charge.is_none() {
            return self;
        }
        Self { latest_charge: Some(LatestCharge::Object(Box::new(ChargeObject::of(intent)))), ..self }
    }
}

/// <https://docs.stripe.com/api/charges/object>, as far as `charge.refunded` needs it.
#[derive(Serialize)]
pub(super) struct ChargeObject<'a> {
    id: &'a str,
    object: &'static str,
    amount: i64,
    amount_captured: i64,
    amount_refunded: i64,
    balance_transaction: Null,
    billing_details: BillingDetails,
    captured: bool,
    created: i64,
    currency: &'a str,
    customer: Null,
    description: Option<&'a str>,
    disputed: bool,
    failure_code: Null,
    failure_message: Null,
    livemode: bool,
    metadata: &'a Labels,
    paid: bool,
    payment_intent: &'a str,
    payment_method: Option<&'a str>,
    receipt_url: Null,
    refunded: bool,
    status: &'static str,
}

#[derive(Default, Serialize)]
struct BillingDetails {
    address: Null,
    email: Null,
    name: Null,
    phone: Null,
    tax_id: Null,
}

impl<'a> ChargeObject<'a> {
    /// The successful charge of a captured intent.
    pub(super) fn of(intent: &'a Intent) -> Self {
        let terms = &*intent.terms;
        Self {
            id: intent.charge.as_deref().unwrap_or_default(),
            object: "charge",
            amount: terms.amount,
            amount_captured: intent.captured,
            amount_refunded: intent.refunded,
            balance_transaction: (),
            billing_details: BillingDetails::default(),
            captured: intent.captured > 0,
            created: terms.created,
            currency: &terms.currency,
            customer: (),
            description: terms.description.as_deref(),
            disputed: false,
            failure_code: (),
            failure_message: (),
            livemode: false,
            metadata: &terms.metadata,
            paid: true,
            payment_intent: &terms.id,
            payment_method: intent.payment_method.as_deref(),
            receipt_url: (),
            refunded: intent.captured > 0 && intent.refunded == intent.captured,
            status: "succeeded",
        }
    }
}

/// <https://docs.stripe.com/api/refunds/object>
#[derive(Serialize)]
pub(super) struct RefundObject<'a> {
    pub(super) id: &'a str,
    pub(super) object: &'static str,
    pub(super) amount: i64,
    pub(super) balance_transaction: Null,
    pub(super) charge: Option<&'a str>,
    pub(super) created: i64,
    pub(super) currency: &'a str,
    pub(super) metadata: &'a Labels,
    pub(super) payment_intent: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) receipt_number: Null,
    pub(super) source_transfer_reversal: Null,
    pub(super) status: &'static str,
    pub(super) transfer_reversal: Null,
}

/// A page of a list.
#[derive(Serialize)]
pub(super) struct ListObject<T> {
    pub(super) object: &'static str,
    pub(super) url: &'static str,
    pub(super) has_more: bool,
    pub(super) data: Vec<T>,
}
