//! Development, staging and production: what differs, seen from outside of the real ingress in each.

use e2e::{Answer, run, shop};
use reqwest::Method;
use serde_json::Value;

const ORIGIN: &str = "https://shop.example";

/// What every environment but development must be told; none of it is a demo secret.
const OWN_SECRETS: [(&str, &str); 8] = [
    ("SPAREPARTS_INGRESS__JWT_SECRET", "f3b1c0a94d5e47c6b8a2917e6d0c5f48"),
    ("SPAREPARTS_INGRESS__STRIPE_WEBHOOK_SECRET", "whsec_9c41d7e2"),
    ("SPAREPARTS_INGRESS__RAZORPAY_WEBHOOK_SECRET", "rzp_9c41d7e2"),
    ("SPAREPARTS_INGRESS__CARRIER_WEBHOOK_SECRET", "carrier_9c41d7e2"),
    ("SPAREPARTS_INGRESS__SELLER_STATE_CODE", "27"),
    ("SPAREPARTS_INGRESS__CORS_ORIGINS", r#"["https://shop.example"]"#),
    ("SPAREPARTS_INGRESS__MESSAGES__TOKEN", "9c41d7e2f3b1c0a9"),
    // One broker and not three.
    ("SPAREPARTS_KAFKA__REPLICATION", "1"),
];

/// An ingress of the shop in an environment.
struct Seen {
    http: reqwest::Client,
    api: String,
    ops: String,
}

impl Seen {
    async fn of(environment: &str, more: &[(&str, &str)]) -> Self {
        let (shop, name) = (shop().await, format!("ingress-{environment}"));
        let mut settings = OWN_SECRETS.to_vec();
        settings.push(("SPAREPARTS_ENV", environment));
        settings.extend_from_slice(more);
        let api = shop.add_ingress_with(&name, &settings);
        shop.ready(&name).await;
        Self { http: shop.http().clone(), api, ops: shop.url(&name) }
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.api)).header("origin", ORIGIN)).await
    }

    /// What a preflight of a browser says to an origin.
    async fn allowed(&self, origin: &str) -> String {
        let preflight = self.http.request(Method::OPTIONS, format!("{}/api/v1/products", self.api));
        let preflight = preflight.header("origin", origin).header("access-control-request-method", "GET");
        Answer::of(preflight).await.header("access-control-allow-origin").to_owned()
    }

    /// What a client learns of the cause when it sends what a store cannot be asked for.
    async fn told_of_a_failure(&self) -> Value {
        let webhook = self.http.post(format!("{}/api/v1/webhooks/stripe", self.api)).body("{}");
        Answer::of(webhook.header("stripe-signature", "t=1,v1=00")).await.json()
    }

    /// What holds everywhere.
    async fn is_sound(&self) {
        let answer = self.get("/api/v1/products").await;
        answer.expect(200);
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(header), value);
        }
        assert_eq!(answer.header("access-control-allow-origin"), ORIGIN);
        assert_eq!(self.allowed(ORIGIN).await, ORIGIN);
        assert_eq!(self.allowed("https://evil.example").await, "");
        for internal in ["/metrics", "/healthz", "/readyz"] {
            self.get(internal).await.expect_problem(404, "not_found");
            Answer::of(self.http.get(format!("{}{internal}", self.ops))).await.expect(200);
        }
        assert_eq!(self.told_of_a_failure().await["code"], "invalid_signature");
    }
}

#[test]
fn development_shows_its_documentation_to_all() {
    run(async {
        let seen = Seen::of("development", &[]).await;
        seen.is_sound().await;
        let page = seen.get("/docs/").await;
        assert!(page.expect(200).text().contains("swagger"), "{}", page.text());
        let description = seen.get("/openapi.json").await.expect(200).json();
        assert!(
            description["paths"].is_object() && description["openapi"].as_str().is_some_and(|of| of.starts_with("3.1"))
        );
        assert_eq!(page.header("strict-transport-security"), "");
    });
}

#[test]
fn staging_shows_its_documentation_to_those_with_the_password() {
    run(async {
        let seen = Seen::of("staging", &[("SPAREPARTS_INGRESS__DOCS_PASSWORD", "open sesame 9c41")]).await;
        seen.is_sound().await;
        for path in ["/docs/", "/openapi.json"] {
            let locked = seen.get(path).await;
            locked.expect_problem(401, "docs_password");
            assert!(locked.header("www-authenticate").starts_with("Basic"), "{path}");
            let login = |password| seen.http.get(format!("{}{path}", seen.api)).basic_auth("docs", Some(password));
            Answer::of(login("open sesame 9c42")).await.expect(401);
            Answer::of(login("open sesame 9c41")).await.expect(200);
        }
    });
}

#[test]
fn production_has_no_documentation_and_insists_on_tls() {
    run(async {
        let seen = Seen::of("production", &[]).await;
        seen.is_sound().await;
        for path in ["/docs", "/docs/", "/docs/index.html", "/openapi.json"] {
            seen.get(path).await.expect_problem(404, "not_found");
        }
        let answer = seen.get("/api/v1/products").await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
    });
}

#[test]
fn neither_staging_nor_production_starts_with_a_secret_that_is_missing_or_the_demos() {
    run(async {
        for environment in ["staging", "production"] {
            for (missing, key) in [(0, "jwt_secret"), (1, "stripe_webhook_secret"), (3, "carrier_webhook_secret")] {
                let mut command = e2e::stack::plain_command("ingress");
                let given = OWN_SECRETS.iter().enumerate().filter(|(index, _)| *index != missing);
                command.envs(given.map(|(_, setting)| *setting)).env("SPAREPARTS_ENV", environment);
                command.env("SPAREPARTS_INGRESS__DOCS_PASSWORD", "open sesame 9c41");
                refuses(&mut command, key);
            }
        }
        let mut demo = e2e::stack::plain_command("ingress");
        demo.envs(OWN_SECRETS).env("SPAREPARTS_ENV", "production");
        refuses(demo.env("SPAREPARTS_INGRESS__STRIPE_WEBHOOK_SECRET", "whsec_demo"), "stripe_webhook_secret");
        let mut open = e2e::stack::plain_command("ingress");
        refuses(open.envs(OWN_SECRETS).env("SPAREPARTS_ENV", "staging"), "docs_password");
    });
}

/// A last line that names the key, and no start.
fn refuses(command: &mut std::process::Command, key: &str) {
    command
        .env("SPAREPARTS_OPS__LISTEN", "127.0.0.1:0")
        .env("SPAREPARTS_INGRESS__MESSAGES__URL", "https://sms.invalid/");
    let ended = command.output().expect("it starts");
    let text = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(!ended.status.success(), "it runs without {key}");
    let last = text.trim_end().lines().last().unwrap_or_default();
    assert!(last.contains(key), "its last line does not name {key}: {text}");
}
