//! Every daemon starts with what the documentation says that staging and production must be told.

use e2e::{Setup, run};
use futures::join;

use super::given::given;

async fn starts(name: &'static str, environment: &str, besides: &[(&str, &str)]) {
    let all = given(environment);
    let told = all.iter().map(|(variable, value)| (variable.as_str(), value.as_str())).chain(besides.iter().copied());
    let setup = told.fold(Setup::new(name), |setup, (variable, value)| setup.set(variable, value));
    // Panics with the logs of whichever ends or does not become ready.
    drop(setup.start_daemons().await);
}

#[test]
fn every_daemon_becomes_ready_in_staging_and_in_production() {
    run(async {
        let test_keys = [
            ("SPAREPARTS_PAYMENTS__STRIPE_SECRET_KEY", "sk_test_9c41d7e2"),
            ("SPAREPARTS_PAYMENTS__RAZORPAY_KEY_ID", "rzp_test_9c41d7e2"),
        ];
        join!(starts("staging", "staging", &test_keys), starts("production", "production", &[]));
    });
}
