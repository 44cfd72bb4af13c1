//! Each target for some seconds: what once failed, then inputs that are the same at every run, then fresh ones.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuzz::{
    run::{Bound, replay, run},
    targets,
};

const FIXED: u64 = 1;
const EXECUTIONS: u64 = 300;
const FRESH: Duration = Duration::from_secs(2);

fn tried(name: &str) {
    let target = targets::named(name).expect("a target");
    replay(&target).unwrap_or_else(|failure| panic!("fails again: {failure}"));
    let fresh = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    for (seed, bound) in [(FIXED, Bound::Executions(EXECUTIONS)), (fresh, Bound::Time(FRESH))] {
        match run(&target, seed, bound) {
            Ok(report) => eprintln!("{report}  seed {seed}"),
            Err(failure) => panic!("{failure}"),
        }
    }
}

macro_rules! targets {
    ($($test:ident: $name:literal,)+) => {
        $(#[test]
        fn $test() {
            tried($name);
        })+

        #[test]
        fn no_target_is_left_out() {
            let tested = [$($name),+];
            assert!(targets::all().iter().all(|target| tested.contains(&target.name)));
        }
    };
}

targets! {
    no_token_but_ours_is_believed: "token",
    any_record_is_understood_or_refused: "avro-record",
    any_body_is_understood_or_refused: "avro-body",
    any_catalog_file_is_understood_or_refused: "catalog-file",
    any_imported_file_is_understood_or_refused: "import-file",
    any_request_like_one_that_is_described_gets_an_answer: "described",
    any_order_form_gets_an_answer: "order-form",
    any_product_form_gets_an_answer: "product-form",
    any_registration_gets_an_answer: "register",
    any_login_gets_an_answer: "login",
    any_token_or_code_gets_an_answer: "tokens-and-codes",
    any_change_of_an_account_gets_an_answer: "account",
    any_query_gets_an_answer: "query",
    any_stripe_event_gets_an_answer: "stripe",
    any_razorpay_event_gets_an_answer: "razorpay",
    any_carrier_event_gets_an_answer: "carrier",
    any_head_of_a_request_gets_an_answer: "request-head",
}
