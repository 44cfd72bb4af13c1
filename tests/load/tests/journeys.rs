//! The journeys through a shop that only pretends: what they show of a good one, and of one that goes astray.

#![allow(clippy::unwrap_used, reason = "a test may panic, and so may what plays the shop for it")]

mod counter;

use std::path::PathBuf;

use clap::Parser;
use counter::{Counter, Temper};
use load::journeys::{Arguments, Screen, run};

/// Whether all journeys ended as planned, what was shown, and where the invoices went.
async fn travel(temper: Temper, options: &str) -> (bool, String, PathBuf) {
    let address = Counter::open(temper).await;
    let dir = std::env::temp_dir().join(format!("journeys-{}-{temper:?}", std::process::id()));
    let line = format!(
        "journeys --api {address} --stripe {address} --razorpay {address} --invoice-dir {} {options}",
        dir.display()
    );
    let mut shown = Vec::new();
    let arguments = Arguments::parse_from(line.split_whitespace());
    let passed = run(arguments, Screen::plain(&mut shown)).await.unwrap();
    (passed, String::from_utf8(shown).unwrap(), dir)
}

#[tokio::test]
async fn every_journey_through_a_good_shop_ends_as_planned() {
    let (passed, shown, dir) = travel(Temper::Good, "").await;
    assert!(passed, "{shown}");
    for line in ["20 ms  reserving", "OK  refunded as expected", "OK  rejected as expected", "all 6 journeys ended"] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    let invoices: Vec<_> = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    // Everybody gets one but those who are rejected or leave; the declined card is tried again.
    assert_eq!(invoices.len(), 4, "{invoices:?}");
    assert!(std::fs::read(&invoices[0]).unwrap().starts_with(b"%PDF-"));
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn a_sale_of_what_is_not_there_is_noticed() {
    let (passed, shown, dir) = travel(Temper::SellsEverything, "").await;
    assert!(!passed && shown.contains("1 of 6 journeys"), "{shown}");
    assert!(shown.contains("ended delivered instead of rejected (expected rejected;"), "{shown}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[tokio::test]
async fn an_invoice_that_is_no_pdf_is_noticed() {
    let (passed, shown, _) = travel(Temper::WritesLetters, "").await;
    assert!(!passed && shown.contains("the invoice is no PDF: it begins with \"Dear \""), "{shown}");
}

#[tokio::test]
async fn a_journey_that_does_not_end_says_where_it_stands() {
    let (passed, shown, _) = travel(Temper::DeliversNothing, "--limit 1").await;
    assert!(!passed && shown.contains("after 1 s the order is shipped, not yet delivered"), "{shown}");
}
