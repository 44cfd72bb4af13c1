//! The generator against a shop that fails on purpose: a measure is evidence only once it has caught what it is for.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may what plays the shop for it")]

mod shop;

use std::{sync::atomic::Ordering, time::Duration};

use clap::Parser;
use load::generator::{Arguments, Read, Report, run};
use shop::{Manners, Shop};

async fn load(address: &str, options: &str) -> Report {
    let line = format!("load --api {address} --users 3 --rate 200 --orders 100 {options}");
    run(&Arguments::parse_from(line.split_whitespace())).await.unwrap()
}

#[tokio::test]
async fn every_order_of_a_good_shop_is_confirmed_and_timed() {
    let (address, shop) = Shop::open(Manners { confirms_after: Duration::from_millis(40), ..Manners::default() }).await;
    let report = load(&address, "--status-rate 100").await;
    assert!(report.has_passed(), "{report}");
    assert_eq!((report.placed, report.accepted, report.confirmed), (100, 100, 100));
    assert_eq!(shop.waits.load(Ordering::Relaxed), 100);
    assert!(report.place_to_confirmed.p50_ms >= 40.0, "{report}");
    assert!(report.reads[0].kind == Read::Status && report.reads[0].answered.count > 10, "{report}");
    assert!(report.processes.iter().any(|process| process.cpu_seconds >= 0.0 && process.alive));
}

#[tokio::test]
async fn an_order_that_the_shop_forgets_is_lost_by_name() {
    let (address, _shop) = Shop::open(Manners { forgets_every: Some(50), ..Manners::default() }).await;
    let report = load(&address, "--confirm-timeout 1").await;
    assert_eq!(report.lost.len(), 2, "{report}");
    assert!(!report.has_passed() && report.to_string().contains(&report.lost[0].order_id.to_string()), "{report}");
}

#[tokio::test]
async fn an_order_that_ends_without_a_sale_is_no_success() {
    let (address, _shop) = Shop::open(Manners { rejects_every: Some(25), ..Manners::default() }).await;
    let report = load(&address, "").await;
    assert_eq!((report.ended_otherwise.len(), report.confirmed), (4, 96), "{report}");
    assert!(!report.has_passed());
}

#[tokio::test]
async fn turning_orders_away_is_a_fault_unless_overload_is_meant() {
    let manners = Manners { turns_away_every: Some(10), ..Manners::default() };
    let (address, _shop) = Shop::open(manners).await;
    let report = load(&address, "").await;
    assert_eq!((report.turned_away, report.errors["order: 503 overloaded"]), (10, 10));
    assert!(!report.has_passed());
}

#[tokio::test]
async fn an_overload_has_three_phases_and_is_judged_by_how_it_is_borne() {
    let manners = Manners { turns_away_every: Some(10), tells_when_to_come_again: true, ..Manners::default() };
    let (address, _shop) = Shop::open(manners).await;
    let options = "--overload --rate 50 --orders 500 --warm-up 0";
    let report = load(&address, options).await;
    let phases = &report.overload.as_ref().unwrap().phases;
    let names: Vec<_> = phases.iter().map(|phase| (phase.name, phase.offered)).collect();
    assert_eq!(names, [("peak", 100), ("overload", 300), ("after", 100)]);
    assert_eq!(phases.iter().map(|phase| phase.refused).sum::<u64>(), 50);
    assert!(report.has_passed(), "{report}");
    assert!(!report.overload.as_ref().unwrap().memory.is_empty());

    let (address, _shop) = Shop::open(Manners { tells_when_to_come_again: false, ..manners }).await;
    let report = load(&address, options).await;
    assert!(report.faults.iter().all(|fault| fault.contains("without Retry-After")), "{report}");
    assert_eq!(report.faults.len(), 3);
}

#[tokio::test]
async fn a_shop_without_a_waiting_room_is_polled() {
    let manners = Manners { has_no_waiting_room: true, ..Manners::default() };
    let (address, _shop) = Shop::open(manners).await;
    let report = load(&address, "").await;
    assert!(report.has_passed(), "{report}");
    assert_eq!(report.errors["confirmation: 503 overloaded"], 100);
}

#[tokio::test]
async fn orders_that_wait_for_a_stalled_shop_are_late_and_say_so() {
    let manners = Manners { sleeps_in: Duration::from_millis(400), ..Manners::default() };
    let (address, _shop) = Shop::open(manners).await;
    // One order at a time: a closed loop would have sent one slow order and measured one slow order.
    let report = load(&address, "--in-flight 1 --warm-up 0").await;
    assert!(report.has_passed(), "{report}");
    assert!(report.post.p50_ms > 100.0, "{report}");
    assert!(report.lateness.max_ms > 100.0, "{report}");
}

#[tokio::test]
async fn customers_log_in_again_before_their_tokens_expire() {
    let (address, shop) = Shop::open(Manners { token_seconds: 1, ..Manners::default() }).await;
    let report = load(&address, "--rate 100").await;
    assert!(report.has_passed(), "{report}");
    assert!(shop.log_ins.load(Ordering::Relaxed) >= 3);
}

#[tokio::test]
async fn reads_are_told_by_kind_with_what_was_refused_and_what_failed() {
    let (address, shop) = Shop::open(Manners::default()).await;
    let rates = "--status-rate 50 --product-rate 100 --list-rate 40 --cart-rate 30";
    let report = load(&address, &format!("{rates} --quiet 1 --warm-up 0")).await;
    assert!(report.has_passed(), "{report}");
    let told: Vec<_> = report.reads.iter().map(|of| (of.kind, of.answered.count, of.refused, of.failed)).collect();
    // One product in four has no page, and carts are too many.
    let expected =
        [(Read::Status, 50, 0, 0), (Read::Product, 75, 0, 25), (Read::List, 40, 0, 0), (Read::Cart, 0, 30, 0)];
    assert_eq!(told, expected, "{report}");
    assert_eq!((report.errors["product read: 404"], report.errors["cart read: 503 overloaded"]), (25, 30));
    assert_eq!(shop.in_carts.load(Ordering::Relaxed), 6, "one, two and three for three customers");
    let quiet = report.quiet.as_ref().unwrap();
    assert!(quiet.processes.iter().any(|process| process.alive), "{report}");
    assert!(report.to_string().contains("while there were reads"), "{report}");
}
