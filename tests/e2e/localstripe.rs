//! Our Stripe client, as the engine calls it, against a Stripe that nobody here wrote: `localstripe`.
//!
//! Nothing is asked of it but what Stripe documents, and it takes all of that. Where it is thinner than Stripe, the difference is
//! made up for here, between the two, and not in the client: its intents lack `amount_received`. It knows no idempotency
//! keys, allows refunds beyond the capture and sends no event but `payment_intent.succeeded` and `.payment_failed`; how the
//! client and the payments worker live with the real ones is tested against our own simulator.

mod adapter;
mod server;

use std::time::Duration;

use e2e::run;
use ingress::webhooks::{GatewayEvent, Reading, signature, stripe as events};
use payments::{
    effect::{Ask, GatewayEffect, Target},
    gateway::{Gateways, breaker::Limits, circuits::Circuits, razorpay::Razorpay, stripe::Stripe},
};
use schemas::{
    ids::OrderId,
    payments::{CallOutcome, GatewayAnswered, GatewayPayment, GatewayState as S, PaymentsMessage},
    types::{GatewayName, Money, Timestamp},
};
use shared::{
    engine::{Caller, PendingEffect, Tried},
    id::MessageId,
};

use server::{Browser, LocalStripe, SECRET_KEY};

const TOTAL: i64 = 318_200;
const VISA: &str = "4242424242424242";
const DECLINED: &str = "4000000000000341";
const THREE_D_SECURE: &str = "4000000000003220";

/// A shop that pays through it, for one order.
struct Shop {
    gateways: Gateways,
    browser: Browser,
    order_id: OrderId,
}

impl Shop {
    async fn at(server: &LocalStripe) -> Self {
        let url = adapter::before(&server.url).await;
        let timeout = Duration::from_secs(10);
        let nowhere = "http://127.0.0.1:1/";
        let stripe = Stripe::new(&url, SECRET_KEY.into(), timeout).unwrap();
        let razorpay = Razorpay::new(nowhere, "rzp_test_1".to_owned(), "unused".into(), timeout, 60).unwrap();
        let circuits = Circuits::new(Limits { failures: 5, open: timeout, probes: 1 });
        let gateways = Gateways { stripe, razorpay, circuits };
        Self { gateways, browser: Browser::new(&server.url), order_id: OrderId::generate() }
    }

    /// A call as the engine makes it.
    async fn call(&self, ask: Ask) -> GatewayAnswered {
        let effect = GatewayEffect { order_id: self.order_id, gateway: GatewayName::Stripe, ask };
        let (id, cause) = (MessageId::generate(), MessageId::generate());
        let pending = PendingEffect { id, cause, effect };
        match self.gateways.call("an order", &pending, Tried::Never).await.unwrap() {
            PaymentsMessage::GatewayAnswered(answered) => answered,
            other => panic!("{other:?}"),
        }
    }

    /// A call that must be done.
    async fn done(&self, ask: Ask) -> GatewayPayment {
        let answered = self.call(ask).await;
        assert_eq!((answered.outcome, answered.error_code.as_str()), (CallOutcome::Done, ""));
        answered.payment.unwrap()
    }

    async fn created(&self) -> (Target, String) {
        let seen = self.done(Ask::Create { amount: Money::inr(TOTAL), attempt: 1, may_move: false }).await;
        assert_eq!((seen.state, seen.amount_minor, seen.currency.as_str()), (S::AwaitingCustomer, TOTAL, "inr"));
        assert_eq!(seen.order_ref, self.order_id.to_string());
        let target = Target { gateway_ref: seen.gateway_ref.clone(), payment_ref: seen.payment_ref };
        (target, seen.client_secret)
    }

    async fn query(&self, target: &Target) -> GatewayPayment {
        self.done(Ask::Query { target: target.clone() }).await
    }

    async fn captured(&self) -> Target {
        let (target, _) = self.created().await;
        assert_eq!(self.browser.pay(&target.gateway_ref, VISA).await, 200);
        assert_eq!(self.query(&target).await.state, S::Authorized);
        let seen = self.done(Ask::Capture { target: target.clone(), amount: Money::inr(TOTAL) }).await;
        assert_eq!((seen.state, seen.captured_minor), (S::Captured, TOTAL));
        target
    }

    async fn refund(&self, target: &Target, minor: i64, before: i64) -> GatewayPayment {
        let (target, amount) = (target.clone(), Money::inr(minor));
        self.done(Ask::Refund { target, amount, before_minor: Some(before) }).await
    }
}

#[test]
fn a_payment_is_created_authorised_captured_and_refunded_in_parts() {
    run(async {
        let server = LocalStripe::start().await;
        let shop = Shop::at(&server).await;
        let target = shop.captured().await;
        let part = shop.refund(&target, 1_000, 0).await;
        assert_eq!((part.state, part.captured_minor, part.refunded_minor), (S::Captured, TOTAL, 1_000));
        let all = shop.refund(&target, TOTAL - 1_000, 1_000).await;
        assert_eq!((all.state, all.refunded_minor), (S::Refunded, TOTAL));
        assert_eq!(shop.query(&target).await, all);
        // It would give back more than it took; our own call looks first.
        assert_eq!(shop.refund(&target, 1, TOTAL).await.refunded_minor, TOTAL);
        // Nor is the same refund made twice, though it knows no keys.
        let again = shop.captured().await;
        for _ in 0..2 {
            assert_eq!(shop.refund(&again, 700, 0).await.refunded_minor, 700);
        }
    });
}

#[test]
fn what_is_not_captured_is_given_up_and_what_is_captured_cannot_be() {
    run(async {
        let server = LocalStripe::start().await;
        let shop = Shop::at(&server).await;
        let (unpaid, _) = shop.created().await;
        assert_eq!(shop.done(Ask::Void { target: unpaid }).await.state, S::Voided);
        let (held, _) = shop.created().await;
        shop.browser.pay(&held.gateway_ref, VISA).await;
        assert_eq!(shop.done(Ask::Void { target: held.clone() }).await.state, S::Voided);
        assert_eq!(shop.query(&held).await.state, S::Voided);
        // Given up already: what we asked for is so.
        assert_eq!(shop.done(Ask::Void { target: held }).await.state, S::Voided);
        let captured = shop.captured().await;
        assert_eq!(shop.call(Ask::Void { target: captured.clone() }).await.outcome, CallOutcome::Refused);
        let again = shop.done(Ask::Capture { target: captured, amount: Money::inr(TOTAL) }).await;
        assert_eq!(again.captured_minor, TOTAL, "captured already is captured");
    });
}

#[test]
fn a_declined_card_is_told_with_its_code() {
    run(async {
        let server = LocalStripe::start().await;
        let shop = Shop::at(&server).await;
        let (target, _) = shop.created().await;
        assert_eq!(shop.browser.pay(&target.gateway_ref, DECLINED).await, 402);
        let seen = shop.query(&target).await;
        assert_eq!((seen.state, seen.failure_code.as_str()), (S::Declined, "card_declined"));
        assert_eq!(shop.call(Ask::Capture { target, amount: Money::inr(TOTAL) }).await.outcome, CallOutcome::Refused);
    });
}

#[test]
fn a_card_that_asks_its_holder_waits_for_them() {
    run(async {
        let server = LocalStripe::start().await;
        let shop = Shop::at(&server).await;
        for (agrees, state) in [(true, S::Authorized), (false, S::Declined)] {
            let (target, client_secret) = shop.created().await;
            assert_eq!(shop.browser.pay(&target.gateway_ref, THREE_D_SECURE).await, 200);
            assert_eq!(shop.query(&target).await.state, S::AwaitingCustomer);
            shop.browser.authenticate(&target.gateway_ref, &client_secret, agrees).await;
            assert_eq!(shop.query(&target).await.state, state);
            if agrees {
                let taken = shop.done(Ask::Capture { target, amount: Money::inr(TOTAL) }).await;
                assert_eq!(taken.captured_minor, TOTAL);
            }
        }
    });
}

#[test]
fn its_signed_webhook_is_believed_and_read_and_nobody_elses_is() {
    run(async {
        let server = LocalStripe::start().await;
        let shop = Shop::at(&server).await;
        let mut posts = server.webhooks("whsec_local").await;
        let target = shop.captured().await;
        let post = tokio::time::timeout(Duration::from_secs(20), posts.recv()).await.unwrap().unwrap();
        let now = Timestamp::now().as_millis() / 1_000;
        let verify = |secret: &str, body: &[u8]| {
            signature::verify_timestamped(&post.signature, body, &[&secret.to_owned().into()], now)
        };
        assert_eq!(verify("whsec_local", &post.body), Ok(()));
        assert!(verify("whsec_other", &post.body).is_err());
        assert!(verify("whsec_local", &[&post.body[..], b" "].concat()).is_err());
        let Ok(Reading::Event(GatewayEvent::Payment(event))) = events::read(&post.body) else { panic!("{post:?}") };
        assert_eq!((event.event_type.as_str(), event.payment.state), ("payment_intent.succeeded", S::Captured));
        assert_eq!((event.payment.gateway_ref, event.payment.amount_minor), (target.gateway_ref, TOTAL));
        assert_eq!(event.payment.order_ref, shop.order_id.to_string());
    });
}
