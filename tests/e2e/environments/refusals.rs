//! What no daemon starts with: real processes that must end at once, with one line that names the key.

use std::time::Duration;

use e2e::{
    run,
    stack::{DAEMONS, plain_command},
};
use tokio::{process::Command, time::timeout};

use super::given::{SECRETS, given, variable};

const PATIENCE: Duration = Duration::from_secs(30);
const STRICT: [&str; 2] = ["staging", "production"];

/// One line that names the culprit, and no start.
pub async fn assert_refused(program: &str, settings: &[(&str, &str)], culprit: &str) {
    let mut command = Command::from(plain_command(program));
    command.envs(settings.iter().copied()).env("SPAREPARTS_OPS__LISTEN", "127.0.0.1:0").kill_on_drop(true);
    let ended = timeout(PATIENCE, command.output()).await;
    let ended = ended.unwrap_or_else(|_| panic!("{program} runs with {settings:?}")).expect("it starts");
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success(), "{program} ends well with {settings:?}");
    assert_eq!((told.lines().count(), ended.stdout.len()), (1, 0), "{program} with {settings:?}:\n{told}");
    assert!(told.to_lowercase().contains(&culprit.to_lowercase()), "{program} does not name {culprit}: {told}");
}

/// The same of a daemon that is given what the environment must be told, but for these: another value, or none at all.
async fn assert_refused_in(environment: &str, daemon: &str, changes: &[(&str, Option<&str>)], culprit: &str) {
    let mut all = given(environment);
    for (key, value) in changes {
        let changed = if key.contains("SPAREPARTS_") { (*key).to_owned() } else { variable(daemon, key) };
        all.retain(|(variable, _)| *variable != changed);
        all.extend(value.map(|value| (changed, value.to_owned())));
    }
    let all: Vec<_> = all.iter().map(|(variable, value)| (variable.as_str(), value.as_str())).collect();
    assert_refused(daemon, &all, culprit).await;
}

#[test]
fn neither_staging_nor_production_starts_without_one_of_its_secrets() {
    run(async {
        for environment in STRICT {
            for secret in SECRETS {
                // Of a key in a table of its own the table is named, too: `[ingress] … messages`.
                let name = secret.key.rsplit('.').next().unwrap_or_default();
                assert_refused_in(environment, secret.daemon, &[(secret.key, None)], name).await;
            }
        }
        assert_refused_in("staging", "ingress", &[("docs_password", None)], "ingress.docs_password").await;
    });
}

#[test]
fn production_starts_with_no_secret_of_the_demo() {
    run(async {
        for secret in SECRETS {
            let key = format!("{}.{}", secret.daemon, secret.key);
            assert_refused_in("production", secret.daemon, &[(secret.key, Some(secret.demo))], &key).await;
        }
        let until = Some("2099-01-01T00:00:00Z");
        for (daemon, previous, demo, end) in [
            ("ingress", "jwt_previous_secret", SECRETS[0].demo, "jwt_previous_valid_until"),
            ("ingress", "stripe_previous_webhook_secret", "whsec_demo", "stripe_previous_valid_until"),
            ("payments", "stripe_previous_secret_key", "sk_test_9c41", "stripe_previous_valid_until"),
        ] {
            let changes = [(previous, Some(demo)), (end, until)];
            assert_refused_in("production", daemon, &changes, &format!("{daemon}.{previous}")).await;
        }
    });
}

#[test]
fn production_reaches_no_outside_party_in_clear() {
    run(async {
        for (daemon, key) in [
            ("ingress", "messages.url"),
            ("payments", "stripe_url"),
            ("payments", "razorpay_url"),
            ("shipping", "carrier_url"),
        ] {
            let plain = [(key, Some("http://gateway.example/"))];
            assert_refused_in("production", daemon, &plain, &format!("{daemon}.{key}")).await;
        }
        let google = [
            ("google.client_ids", Some(r#"["shop.apps.googleusercontent.com"]"#)),
            ("google.keys_url", Some("http://keys.example/")),
        ];
        assert_refused_in("production", "ingress", &google, "ingress.google.keys_url").await;
    });
}

#[test]
fn faults_are_refused_outside_development() {
    run(async {
        for environment in STRICT {
            for daemon in DAEMONS {
                let faults = [("SPAREPARTS_FAULTS__POINTS", Some("write.after=error:0.1"))];
                assert_refused_in(environment, daemon, &faults, "faults.points").await;
            }
            let clock = [("SPAREPARTS_FAULTS__CLOCK_FILE", Some("/tmp/clock"))];
            assert_refused_in(environment, "orders", &clock, "faults.clock_file").await;
        }
    });
}

#[test]
fn a_previous_secret_without_its_end_is_refused_and_so_is_an_end_of_nothing() {
    run(async {
        let until = Some("2099-01-01T00:00:00Z");
        for (daemon, previous, end) in [
            ("ingress", &["jwt_previous_secret"][..], "jwt_previous_valid_until"),
            ("ingress", &["stripe_previous_webhook_secret"], "stripe_previous_valid_until"),
            ("ingress", &["razorpay_previous_webhook_secret"], "razorpay_previous_valid_until"),
            ("ingress", &["carrier_previous_webhook_secret"], "carrier_previous_valid_until"),
            ("payments", &["stripe_previous_secret_key"], "stripe_previous_valid_until"),
            (
                "payments",
                &["razorpay_previous_key_id", "razorpay_previous_key_secret"],
                "razorpay_previous_valid_until",
            ),
        ] {
            let endless: Vec<_> = previous.iter().map(|key| (*key, Some("9c41d7e2f3b1c0a9"))).collect();
            assert_refused_in("production", daemon, &endless, end).await;
            assert_refused_in("production", daemon, &[(end, until)], previous[0]).await;
        }
    });
}

#[test]
fn prices_of_one_state_and_invoices_of_another_are_refused_by_both_who_make_them() {
    run(async {
        let elsewhere = [("SPAREPARTS_INGRESS__SELLER_STATE_CODE", "29")];
        for daemon in ["ingress", "invoicing"] {
            for culprit in ["ingress.seller_state_code", "invoicing.seller.state_code"] {
                assert_refused(daemon, &elsewhere, culprit).await;
            }
        }
    });
}

#[test]
fn what_a_daemon_itself_makes_no_sense_of_is_refused_before_it_says_that_it_starts() {
    run(async {
        for (daemon, key, nonsense) in [
            ("ingress", "jwt_secret", "short"),
            ("ingress", "messages.url", "nowhere"),
            ("ingress", "cors_origins", r#"["*"]"#),
            ("imports", "spool_directory", "/no/such/folder"),
            ("invoicing", "seller.gstin", "27AAACS1234A1Z3"),
            ("orders", "payment_window_seconds", "0"),
            ("payments", "retry_seconds", "0"),
            ("shipping", "carrier_url", "nowhere"),
        ] {
            let culprit = format!("{daemon}.{key}");
            assert_refused(daemon, &[(&variable(daemon, key), nonsense)], &culprit).await;
        }
        for daemon in DAEMONS {
            assert_refused(daemon, &[("SPAREPARTS_MONGO__URI", "nowhere")], "mongo.uri").await;
            assert_refused(daemon, &[("SPAREPARTS_REDIS__URL", "nowhere")], "redis.url").await;
        }
    });
}
