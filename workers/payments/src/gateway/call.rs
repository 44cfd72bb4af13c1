//! One recorded call, made, measured and logged.

use std::time::Instant;

use metrics::{counter, histogram};
use schemas::payments::{GatewayPayment, GatewayState};
use shared::id::MessageId;

use super::{Answer, Gateway, GatewayError, Hindrance};
use crate::effect::{Ask, GatewayEffect, Target};

/// Makes the call under its key.
pub(super) async fn make(gateway: &impl Gateway, key: MessageId, effect: &GatewayEffect) -> Answer {
    let start = Instant::now();
    let answer = match &effect.ask {
        Ask::Create { amount, attempt, .. } => gateway.create(key, effect.order_id, *attempt, *amount).await,
        Ask::Capture { target, amount } => {
            let answer = gateway.capture(key, target, *amount).await;
            resolve_refusal(gateway, target, answer, |seen| seen.captured_minor > 0).await
        }
        Ask::Void { target } => {
            let answer = gateway.void(key, target).await;
            resolve_refusal(gateway, target, answer, |seen| seen.state == GatewayState::Voided).await
        }
        Ask::Refund { target, amount, before_minor } => {
            let held = |seen: &GatewayPayment| seen.captured_minor - seen.refunded_minor;
            let moved = |seen: &GatewayPayment| before_minor.is_some_and(|before| seen.refunded_minor > before);
            // Never trust the key alone with a refund: keys expire, and not every gateway has them.
            match gateway.query(target).await {
                Ok(seen) if held(&seen) < amount.minor || moved(&seen) => Ok(seen),
                Ok(_) => gateway.refund(key, effect.order_id, target, *amount).await,
                Err(error) => Err(error),
            }
        }
        Ask::Query { target } => gateway.query(target).await,
    };
    measure(effect, start, &answer);
    answer
}

/// "Already captured" and the like are no failure: if what we asked for is so, the call is done.
async fn resolve_refusal(
    gateway: &impl Gateway,
    target: &Target,
    answer: Answer,
    reached: impl Fn(&GatewayPayment) -> bool,
) -> Answer {
    if !matches!(answer, Err(GatewayError::Refused { .. })) {
        return answer;
    }
    match gateway.query(target).await {
        Ok(seen) if reached(&seen) => Ok(seen),
        Ok(_) | Err(GatewayError::Refused { .. }) => answer,
        Err(unknown) => Err(unknown),
    }
}

fn measure(effect: &GatewayEffect, start: Instant, answer: &Answer) {
    let (gateway, call) = (effect.gateway.as_str(), effect.ask.name());
    let outcome = match answer {
        Ok(_) => "done",
        Err(GatewayError::Refused { .. }) => "refused",
        Err(GatewayError::Unanswered(_)) => "unanswered",
        Err(GatewayError::Spent(_)) => "unknown",
        Err(GatewayError::UnderWay(_)) => "under_way",
        Err(GatewayError::NotDone { why, .. }) => why.as_str(),
    };
    match answer {
        Ok(_) => {}
        Err(GatewayError::NotDone { why: Hindrance::NotLetIn, detail }) => {
            tracing::error!(order_id = %effect.order_id, gateway, call, detail, "the gateway does not take our key: exchange it");
        }
        Err(error) => tracing::warn!(order_id = %effect.order_id, gateway, call, %error, "the gateway did not do it"),
    }
    counter!("payments_gateway_calls_total", "gateway" => gateway, "call" => call, "outcome" => outcome).increment(1);
    histogram!("payments_gateway_call_seconds", "gateway" => gateway, "call" => call)
        .record(start.elapsed().as_secs_f64());
}
