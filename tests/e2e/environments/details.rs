//! What clients are told of a failure that is none of theirs: its cause in development, and nothing elsewhere.

use e2e::{Answer, eventually, run, shop};
use serde_json::{Value, json};

use super::given::given;

/// Where no database is; the driver cites it when it gives up.
const NOBODY: &str = "127.0.0.1:1";

/// What an ingress without a database answers to a login.
async fn answer_without_a_database(environment: &str) -> Value {
    let (shop, name) = (shop().await, format!("ingress-{environment}-without-mongo"));
    let mut settings = given(environment);
    let uri = format!("mongodb://{NOBODY}/?serverSelectionTimeoutMS=200");
    settings.push(("SPAREPARTS_MONGO__URI".to_owned(), uri));
    let settings: Vec<_> = settings.iter().map(|(variable, value)| (variable.as_str(), value.as_str())).collect();
    let api = shop.add_ingress_with(&name, &settings);
    let login = || {
        let credentials = json!({ "email": "asha@example.in", "password": "correct horse battery" });
        shop.http().post(format!("{api}/api/v1/auth/login")).json(&credentials)
    };
    // It never says that it is ready.
    let listens = format!("{name} listens");
    let answer = eventually(&listens, async || Answer::try_of(login()).await.map_err(|error| error.to_string())).await;
    shop.remove(&name);
    answer.expect_problem(503, "store_unavailable");
    answer.json()
}

#[test]
fn the_cause_of_a_failure_is_told_in_development_and_nowhere_else() {
    run(async {
        let told = answer_without_a_database("development").await;
        let detail = told["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(NOBODY), "{told}");
        for environment in ["staging", "production"] {
            let told = answer_without_a_database(environment).await;
            assert_eq!(told.get("detail"), None, "{environment}: {told}");
            assert!(!told.to_string().contains(NOBODY), "{environment}: {told}");
        }
    });
}
