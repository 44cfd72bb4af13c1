//! The rules of one intent.

use crate::ledger::Labels;
use crate::stripe::intent::{CaptureMethod, Change, Decline, Intent, Refusal, Status, Terms, Verdict};
use proptest::prelude::*;

pub(super) fn intent(amount: i64, capture_method: CaptureMethod) -> Intent {
    let terms = Terms {
        id: "pi_1".into(),
        client_secret: "pi_1_secret_2".into(),
        amount,
        currency: "inr".into(),
        capture_method,
        metadata: Labels::new(),
        description: None,
        payment_method_types: vec!["card".into()],
        created: 1_700_000_000,
    };
    Intent::new(terms, None)
}

fn authorized(amount: i64) -> Intent {
    let mut intent = intent(amount, CaptureMethod::Manual);
    intent.confirm("pm_card_visa".into(), "ch_1".into(), Verdict::Approved).expect("a fresh intent takes a payment");
    intent
}

#[test]
fn a_manual_intent_is_captured_by_a_second_call() {
    let mut intent = authorized(318_200);
    assert_eq!((intent.status, intent.capturable(), intent.captured), (Status::RequiresCapture, 318_200, 0));
    assert_eq!(intent.capture(None), Ok(Change::Captured(318_200)));
    assert_eq!((intent.status, intent.capturable(), intent.captured), (Status::Succeeded, 0, 318_200));
}

#[test]
fn an_automatic_intent_is_captured_with_its_confirmation() {
    let mut intent = intent(500, CaptureMethod::Automatic);
    let change = intent.confirm("pm_card_visa".into(), "ch_1".into(), Verdict::Approved);
    assert_eq!((change, intent.status), (Ok(Change::Captured(500)), Status::Succeeded));
}

#[test]
fn a_declined_card_leaves_no_capture_and_may_be_followed_by_another() {
    let mut intent = intent(500, CaptureMethod::Manual);
    let declined = Verdict::Declined(Decline::Generic);
    intent.confirm("pm_card_chargeDeclined".into(), "ch_1".into(), declined).expect("a decline is an answer");
    assert_eq!((intent.status, intent.authorized()), (Status::RequiresPaymentMethod, 0));
    assert_eq!(intent.capture(None), Err(Refusal::UnexpectedState));
    intent.confirm("pm_card_visa".into(), "ch_2".into(), Verdict::Approved).expect("another try is allowed");
    assert_eq!((intent.status, intent.last_decline), (Status::RequiresCapture, None));
}

#[test]
fn a_second_capture_and_an_excessive_one_are_refused() {
    let mut intent = authorized(500);
    assert_eq!(intent.capture(Some(501)), Err(Refusal::CaptureTooLarge));
    assert_eq!(intent.capture(Some(0)), Err(Refusal::AmountNotPositive));
    intent.capture(Some(300)).expect("part of it");
    assert_eq!(intent.capture(Some(200)), Err(Refusal::UnexpectedState));
}

#[test]
fn a_canceled_intent_takes_neither_payment_nor_capture() {
    let mut intent = authorized(500);
    intent.cancel(1, Some("abandoned".into())).expect("an authorisation can be released");
    assert_eq!(intent.authorized(), 0);
    assert_eq!(intent.capture(None), Err(Refusal::UnexpectedState));
    assert_eq!(intent.confirm("pm".into(), "ch".into(), Verdict::Approved), Err(Refusal::UnexpectedState));
    assert_eq!(intent.cancel(2, None), Err(Refusal::UnexpectedState));
}

#[test]
fn a_late_authorization_cannot_be_canceled_before_it_arrives() {
    let mut intent = intent(500, CaptureMethod::Manual);
    intent.confirm("pm_card_visa".into(), "ch_1".into(), Verdict::Pending).expect("submitted");
    assert_eq!(intent.cancel(1, None), Err(Refusal::UnexpectedState));
    assert_eq!(intent.settle(Verdict::Approved), Ok(Change::Authorized));
    assert_eq!(intent.settle(Verdict::Approved), Err(Refusal::UnexpectedState));
}

#[test]
fn partial_refunds_add_up_and_stop_at_what_was_captured() {
    let mut intent = authorized(500);
    assert_eq!(intent.refund(None), Err(Refusal::NothingToRefund));
    intent.capture(Some(400)).expect("part of it");
    assert_eq!(intent.refund(Some(150)), Ok(Change::Refunded(150)));
    assert_eq!(intent.refund(Some(251)), Err(Refusal::RefundTooLarge));
    assert_eq!(intent.refund(None), Ok(Change::Refunded(250)));
    assert_eq!(intent.refund(None), Err(Refusal::AlreadyRefunded));
}

#[derive(Clone, Debug)]
enum Call {
    Confirm(Verdict),
    Settle(Verdict),
    Capture(Option<i64>),
    Cancel,
    Refund(Option<i64>),
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![Just(Verdict::Approved), Just(Verdict::Declined(Decline::Generic)), Just(Verdict::Pending)]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        verdict().prop_map(Call::Confirm),
        verdict().prop_map(Call::Settle),
        proptest::option::of(-10..1_500_i64).prop_map(Call::Capture),
        Just(Call::Cancel),
        proptest::option::of(-10..1_500_i64).prop_map(Call::Refund),
    ]
}

fn make(intent: &mut Intent, call: Call) -> Result<Change, Refusal> {
    match call {
        Call::Confirm(verdict) => intent.confirm("pm".into(), "ch".into(), verdict),
        Call::Settle(verdict) => intent.settle(verdict),
        Call::Capture(amount) => intent.capture(amount),
        Call::Cancel => intent.cancel(1, None),
        Call::Refund(amount) => intent.refund(amount),
    }
}

proptest! {
    #[test]
    fn whatever_is_called_money_stays_within_what_was_authorized(
        automatic in any::<bool>(),
        calls in proptest::collection::vec(call(), 0..40),
    ) {
        let method = if automatic { CaptureMethod::Automatic } else { CaptureMethod::Manual };
        let mut intent = intent(1_000, method);
        let (mut captures, mut captured, mut refunded) = (0, 0, 0);
        for call in calls {
            let before = intent.clone();
            match make(&mut intent, call) {
                Ok(Change::Captured(amount)) => { captures += 1; captured += amount; }
                Ok(Change::Refunded(amount)) => refunded += amount,
                Ok(_) => {}
                Err(_) => prop_assert_eq!(&intent, &before, "a refused call changes nothing"),
            }
            prop_assert!(captures <= 1);
            prop_assert_eq!((intent.captured, intent.refunded), (captured, refunded));
            prop_assert!(0 <= refunded && refunded <= captured && captured <= intent.terms.amount);
        }
    }
}
