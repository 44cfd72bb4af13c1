//! Limits on how often a client or an account may do something: over two processes, and while Redis is away.

use std::collections::BTreeMap;

use e2e::{Answer, Setup, Stack, client::unused_email, eventually, own_redis::OwnRedis, run};
use serde_json::json;

const BURST: usize = 6;

/// A shop with two processes behind one proxy, which the test plays, with narrow limits.
async fn shop(redis: &OwnRedis) -> (Stack, [String; 2]) {
    let narrow = ["LOGIN", "ACCOUNT", "CODE_SEND"].into_iter().fold(Setup::new("rates"), |setup, class| {
        let rate = format!("SPAREPARTS_INGRESS__RATES__{class}");
        setup.set(&format!("{rate}__BURST"), &BURST.to_string()).set(&format!("{rate}__PER_MINUTE"), "1")
    });
    let setup = narrow.set("SPAREPARTS_INGRESS__RATES__TRUSTED_PROXIES", "1");
    let shop = setup.set("SPAREPARTS_REDIS__URL", &redis.url()).start().await;
    let second = shop.add_ingress("ingress-2");
    shop.ready("ingress-2").await;
    let apis = [shop.api(), second];
    (shop, apis)
}

/// How often a request that is sent so many times, to both processes in turn, was answered with which status.
async fn answers(apis: &[String; 2], times: usize, send: impl AsyncFn(String) -> Answer) -> BTreeMap<u16, usize> {
    let mut answers = BTreeMap::new();
    for n in 0..times {
        let answer = send(format!("{}/api/v1", apis[n % 2])).await;
        if answer.status == 429 {
            answer.expect_problem(429, "rate_limited");
            let seconds: u64 = answer.header("retry-after").parse().expect("a Retry-After in seconds");
            assert!((1..=60).contains(&seconds), "{seconds}");
        }
        *answers.entry(answer.status).or_default() += 1;
    }
    answers
}

fn each(pairs: &[(u16, usize)]) -> BTreeMap<u16, usize> {
    pairs.iter().copied().collect()
}

#[test]
fn limits_per_client_and_per_account_hold_over_processes_and_without_redis_within_each() {
    run(async {
        let redis = OwnRedis::start().await;
        let (shop, apis) = shop(&redis).await;
        let guess = async |api: String, client: &str| {
            let nobody = json!({ "email": unused_email(), "password": "whatever it is" });
            let request = shop.http().post(format!("{api}/auth/login")).header("x-forwarded-for", client);
            Answer::of(request.json(&nobody)).await
        };
        let guesses = async |times, client: &str| answers(&apis, times, async |api| guess(api, client).await).await;

        // A process on a busy machine may go by its own limits for a moment, until Redis has answered it in time.
        eventually("both processes have found Redis", async || {
            for (api, client) in apis.iter().zip(["203.0.113.98", "203.0.113.99"]) {
                guess(format!("{api}/api/v1"), client).await;
            }
            let keys: Vec<String> = redis.tell(&["KEYS", "*rate:login:203.0.113.9*"]).await;
            if keys.len() == 2 { Ok(()) } else { Err(format!("{keys:?}")) }
        })
        .await;

        let many = 3 * BURST;
        assert_eq!(guesses(many, "203.0.113.1").await, each(&[(401, BURST), (429, many - BURST)]));
        assert_eq!(guesses(2, "6.6.6.6, 203.0.113.1").await, each(&[(429, 2)]), "its own words change nothing");
        assert_eq!(guesses(2, "203.0.113.2").await, each(&[(401, 2)]), "nor does it keep others out");

        let ask_for_code = async |api: String| {
            let request = shop.http().post(format!("{api}/auth/otp/send")).header("x-forwarded-for", "203.0.113.1");
            Answer::of(request.json(&json!({ "email": unused_email() }))).await
        };
        let codes = answers(&apis, many, ask_for_code).await;
        assert_eq!(codes, each(&[(202, BURST), (429, many - BURST)]), "whomever they are sent to");

        let customer = shop.customer().await;
        let rename = async |api: String| {
            let request = shop.http().patch(format!("{api}/users/me")).bearer_auth(customer.token());
            Answer::of(request.header("x-forwarded-for", unused_client()).json(&json!({ "name": "Asha" }))).await
        };
        assert_eq!(answers(&apis, many, rename).await, each(&[(200, BURST), (429, many - BURST)]));
        customer.get("/users/me").await.expect(200);
        let other = shop.customer().await;
        Answer::of(other.request(reqwest::Method::PATCH, "/users/me").json(&json!({ "name": "Ravi" })))
            .await
            .expect(200);

        redis.kill();
        let without = guesses(5 * BURST, "203.0.113.3").await;
        assert_eq!(without.keys().copied().collect::<Vec<_>>(), [401, 429], "{without:?}");
        assert!((BURST..=2 * BURST).contains(&without[&401]), "each process lets its own in: {without:?}");
    });
}

/// Another address each time.
fn unused_client() -> String {
    use std::sync::atomic::{AtomicU8, Ordering};
    static NEXT: AtomicU8 = AtomicU8::new(1);
    format!("198.51.100.{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
