//! Seeds that must hold: some that are always the same, some that are new each time.

use std::{
    collections::BTreeSet,
    time::{SystemTime, UNIX_EPOCH},
};

use simulation::{Settings, live, process::Planted};

const fn settings(seed: u64, trouble: u32) -> Settings {
    Settings { seed, orders: 20, trouble, planted: None }
}

#[test]
fn orders_live_through_a_world_in_which_nothing_goes_wrong() {
    for seed in 0..20 {
        live(settings(seed, 0)).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn orders_live_through_the_troubles_of_seeds_that_stay_the_same() {
    for seed in 0..30 {
        live(settings(seed, 1)).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// What became of the cash in these lives is worth checking only if there is some of every kind.
#[test]
fn cash_is_taken_refused_set_off_and_paid_out_in_these_lives() {
    let mut seen = BTreeSet::new();
    for seed in 0..30 {
        let world = live(settings(seed, 1)).unwrap_or_else(|failure| panic!("{failure}"));
        for order in world.orders.store.documents.values().map(|document| &document.state) {
            seen.extend(order.cash.iter().map(|instalment| format!("instalment {}", instalment.code)));
            let refunds = order.refunds.iter().filter(|_| order.is_cash());
            seen.extend(refunds.map(|refund| format!("{} {}", refund.state.as_str(), refund.set_off.is_some())));
            seen.extend(order.is_cash().then(|| order.status.as_str().to_owned()));
        }
    }
    let of_every_kind = [
        "instalment ",
        "instalment exceeds_due",
        "instalment not_cash",
        "instalment withdrawn",
        "set_off true",
        "made false",
        "made true",
        "cancelled",
        "refunded",
    ];
    let missing: Vec<_> = of_every_kind.into_iter().filter(|kind| !seen.contains(*kind)).collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
}

#[test]
fn orders_live_through_the_troubles_of_seeds_that_are_new_each_time() {
    let first = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
    for seed in first..first + 20 {
        live(settings(seed, 2)).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn the_same_seed_makes_the_same_history() {
    let [one, other] = [(); 2].map(|()| live(settings(7, 2)).unwrap_or_else(|failure| panic!("{failure}")));
    assert_eq!(one.around.broker.appended, other.around.broker.appended);
    assert_eq!(one.around.now, other.around.now);
}

#[test]
fn invoices_are_replaced_and_refused_for_every_reason_that_a_life_has() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..30 {
        let world = live(settings(seed, 1)).unwrap_or_else(|failure| panic!("{failure}"));
        let orders = world.orders.store.documents.values().map(|document| &document.state);
        let replacements = orders.flat_map(|order| &order.replacements);
        outcomes.extend(replacements.map(|one| format!("{} {}", one.state.as_str(), one.code)));
    }
    let refused =
        ["credited", "month_over", "not_in_force", "under_way", "withdrawn"].map(|why| format!("refused {why}"));
    let expected: BTreeSet<String> = refused.into_iter().chain(["made ".to_owned()]).collect();
    assert_eq!(outcomes, expected);
}

#[test]
fn each_planted_mistake_is_found() {
    let a_seed_that_finds = |planted| {
        let finds = |seed: &u64| live(Settings { planted: Some(planted), ..settings(*seed, 2) }).is_err();
        (0..300).find(finds)
    };
    for planted in [Planted::OffsetsFirst, Planted::BlindWrites, Planted::NoJournal, Planted::TrustedMemory] {
        let found = a_seed_that_finds(planted);
        eprintln!("{planted:?}: {found:?}");
        assert!(found.is_some(), "{planted:?}");
    }
}
