//! Limits on how often a client or an account may do something: over two processes, and while Redis is away.

use std::collections::BTreeMap;

use e2e::{
    Answer, Setup, Stack,
    catalog::PADS,
    client::{PASSWORD, unused_email},
    eventually,
    own_redis::OwnRedis,
    run,
};
use ingress::rates::Class;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

const BURST: usize = 6;

/// A shop with two processes behind one proxy, which the test plays, with narrow limits.
async fn shop(redis: &OwnRedis) -> (Stack, [String; 2]) {
    let narrow = Class::ALL.iter().fold(Setup::new("rates"), |setup, class| {
        let rate = format!("SPAREPARTS_INGRESS__RATES__{}", class.name().to_uppercase());
        setup.set(&format!("{rate}__BURST"), &BURST.to_string()).set(&format!("{rate}__PER_MINUTE"), "1")
    });
    let setup = narrow.set("SPAREPARTS_INGRESS__RATES__TRUSTED_PROXIES", "1");
    let shop = setup.set("SPAREPARTS_REDIS__URL", &redis.url()).start().await;
    let second = shop.add_ingress("ingress-2");
    shop.ready("ingress-2").await;
    let apis = [shop.api(), second];
    (shop, apis)
}

/// A request of a client that counts as this; of an account, whatever its client, where that is what counts.
fn counted(shop: &Stack, class: Class, api: &str, client: &str, token: &str) -> RequestBuilder {
    let post = |path: &str, body: Value| shop.http().post(format!("{api}{path}")).json(&body);
    let email = unused_email();
    let request = match class {
        Class::Login => post("/auth/login", json!({ "email": email, "password": "whatever it is" })),
        Class::Register => post("/auth/register", json!({ "email": email, "password": PASSWORD, "name": "Asha" })),
        Class::CodeSend => post("/auth/otp/send", json!({ "email": email })),
        Class::CodeVerify => post("/auth/otp/verify", json!({ "email": email, "code": "123456" })),
        Class::Refresh => post("/auth/refresh", json!({ "refresh_token": "none of ours" })),
        Class::GuestCart => post("/cart/items", json!({ "product_id": shop.catalog.product_id(PADS), "quantity": 1 })),
        Class::Account => {
            let rename = shop.http().patch(format!("{api}/users/me")).json(&json!({ "name": "Asha" }));
            return rename.bearer_auth(token).header("x-forwarded-for", unused_client());
        }
    };
    request.header("x-forwarded-for", client)
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

        let (many, customer, stranger) = (3 * BURST, shop.customer().await, shop.customer().await);
        for class in Class::ALL {
            let send =
                async |api: String| Answer::of(counted(&shop, class, &api, "203.0.113.1", &customer.token())).await;
            let answers = answers(&apis, many, send).await;
            let [(let_in, _), (429, _)] =
                answers.iter().map(|(status, times)| (*status, *times)).collect::<Vec<_>>()[..]
            else {
                panic!("{class:?}: {answers:?}");
            };
            assert!(let_in < 429 && answers == each(&[(let_in, BURST), (429, many - BURST)]), "{class:?}: {answers:?}");
            let other = counted(&shop, class, &format!("{}/api/v1", apis[0]), "203.0.113.2", &stranger.token());
            assert_eq!(Answer::of(other).await.status, let_in, "{class:?}: others are not kept out");
        }
        assert_eq!(guesses(2, "6.6.6.6, 203.0.113.1").await, each(&[(429, 2)]), "its own words change nothing");
        customer.get("/users/me").await.expect(200);

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
