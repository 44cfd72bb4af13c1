use shared::kafka::Look;

use super::*;

fn settings() -> AdmissionSettings {
    AdmissionSettings { orders_in_flight: 8, append_ms: 100, ..AdmissionSettings::default() }
}

/// Looks a second apart at an orders pool that does nothing while more and more waits.
fn stands_still(admission: &Admission, now: Instant) {
    for second in 0..3 {
        let end = 10_000 * (second + 1);
        let look: Look = PATH.iter().map(|_| vec![Progress { end, committed: 0 }]).collect();
        admission.hear(&look, now - Duration::from_secs(2) + Duration::from_secs(second.unsigned_abs()));
    }
}

#[test]
fn a_standing_pool_refuses_orders_and_nothing_else() {
    let admission = Admission::new(&settings());
    assert!(admission.order().is_ok());
    stands_still(&admission, Instant::now());
    let refusal = admission.order().err().unwrap();
    assert_eq!((refusal.verdict.share, refusal.verdict.reason), (1.0, Reason::Backlog));
    assert!(admission.cancel().is_ok());
    assert!(admission.repetition(refusal).is_ok());
}

#[test]
fn what_was_heard_long_ago_is_not_believed() {
    let admission = Admission::new(&settings());
    stands_still(&admission, Instant::now().checked_sub(BELIEVED_FOR).unwrap());
    assert!(admission.order().is_ok());
}

#[test]
fn without_an_acknowledgement_nothing_is_taken_and_with_it_everything() {
    let admission = Admission::new(&settings());
    let append = admission.appends().begin(1_000);
    std::thread::sleep(Duration::from_millis(110));
    let refusal = admission.order().err().unwrap();
    assert_eq!(refusal.verdict.reason, Reason::Appends);
    assert!(admission.repetition(refusal).is_err(), "a repetition would be appended too");
    assert!(admission.cancel().is_err());
    drop(append);
    assert!(admission.order().is_ok() && admission.cancel().is_ok());
}

#[test]
fn places_are_bounded_and_come_free_again() {
    let admission = Admission::new(&settings());
    let mut places: Vec<_> = (0..20).filter_map(|_| admission.order().ok()).collect();
    assert_eq!(places.len(), 8);
    let refusal = admission.order().err().unwrap();
    assert_eq!((refusal.verdict.reason.as_str(), refusal.answer().kind()), ("orders_in_flight", OVERLOADED));
    places.clear();
    assert!(admission.order().is_ok());
}

#[test]
fn a_share_falls_evenly() {
    let admission = Admission::new(&settings());
    let refused: Vec<bool> = (0..1_000).map(|_| admission.falls_on_this(0.25)).collect();
    assert!((249..=250).contains(&refused.iter().filter(|refused| **refused).count()));
    assert!(refused.windows(5).all(|window| window.iter().any(|refused| *refused)));
    assert!((0..100).all(|_| !admission.falls_on_this(0.0)));
}
