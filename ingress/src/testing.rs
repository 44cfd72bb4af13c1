//! What tests share, those beside the code and those in `tests/`: settings of the demo, an app whose database is not
//! there, and one on the real database.

#![allow(dead_code, reason = "each of the two test binaries uses its part")]
#![allow(missing_docs, reason = "not part of the library")]

// Not by its name: where this file itself is included by its path, modules below it would be looked for elsewhere.
#[path = "testing/described.rs"]
pub mod described;

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use futures::future::BoxFuture;
use mongodb::{Client, Database, options::ClientOptions};
use schemas::{
    documents::Seller,
    ids::UserId,
    pricing::{
        RoundOff,
        carriage::{ChargesTax, Tariff},
    },
};
use secrecy::SecretString;
use serde_json::Value;
use shared::{
    config::Environment,
    engine::{DeadLetter, Resend},
    message::Outgoing,
    rate_limit::RateLimiter,
    time::Timestamp,
    versioned_cache::{CacheEntry, CacheError, Cached, Ticket, VersionedCache},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use ingress::{
    app::{App, Parts},
    auth::{Account, Bearer, Role, SessionId},
    inbox::{Append, Unacknowledged},
    messages::{Message, Messenger, NotSent},
    read_models::SharedCache,
    settings::{AdmissionSettings, Limits, RateSettings, Settings},
};

/// The demo's settings.
pub fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".to_owned(),
        jwt_secret: SecretString::from("development-only-secret-of-32-bytes!"),
        jwt_previous_secret: None,
        jwt_previous_valid_until: None,
        messages: None,
        google: None,
        cors_origins: Vec::new(),
        docs_password: None,
        stripe_webhook_secret: SecretString::from("whsec_demo"),
        stripe_previous_webhook_secret: None,
        stripe_previous_valid_until: None,
        razorpay_webhook_secret: SecretString::from("rzp_whsec_demo"),
        razorpay_previous_webhook_secret: None,
        razorpay_previous_valid_until: None,
        carrier_webhook_secret: SecretString::from("carrier_whsec_demo"),
        carrier_previous_webhook_secret: None,
        carrier_previous_valid_until: None,
        seller_state_code: "27".to_owned(),
        default_gst_basis_points: 1_800,
        shipping: Tariff::default(),
        shipping_rules: Vec::new(),
        charges_tax: ChargesTax::default(),
        round_off: RoundOff::default(),
        search_directory: None,
        limits: Limits::default(),
        admission: AdmissionSettings::default(),
        rates: RateSettings::wide(),
    }
}

/// The demo's seller.
pub fn seller() -> Seller {
    Seller {
        legal_name: "SpareParts Private Limited".to_owned(),
        gstin: "27AAACS1234A1Z2".to_owned(),
        address_lines: vec!["Plot 7, MIDC".to_owned(), "Pune 411019".to_owned()],
        state_code: "27".to_owned(),
        email: None,
        phone: None,
    }
}

/// A broker that remembers what it was given, or acknowledges nothing.
#[derive(Default)]
pub struct Broker {
    /// The dead letters that were sent again, by id.
    pub resent: Mutex<Vec<String>>,
    /// What was appended.
    pub taken: Mutex<Vec<Outgoing>>,
    /// Whether it is down.
    pub down: AtomicBool,
}

impl Append for Broker {
    fn append(&self, message: Outgoing) -> BoxFuture<'_, Result<(), Unacknowledged>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Unacknowledged("the broker is down".to_owned()));
            }
            self.taken.lock().unwrap().push(message);
            Ok(())
        })
    }
}

impl Resend for Broker {
    fn resend<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err("the broker is down".to_owned());
            }
            self.resent.lock().unwrap().push(letter.id.clone());
            Ok(())
        })
    }
}

/// Remembers what was to be sent to people.
#[derive(Default)]
pub struct Mailbag(pub Mutex<Vec<Message>>);

impl Messenger for Mailbag {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        self.0.lock().unwrap().push(message.clone());
        Box::pin(async { Ok(()) })
    }
}

/// A cache that holds what the test put in and, unless it is full, what the app puts back.
#[derive(Default)]
pub struct Cache {
    pub entries: Mutex<std::collections::HashMap<String, Cached>>,
    pub full: AtomicBool,
    /// Whether it does not answer.
    pub down: AtomicBool,
    /// How often it was asked.
    pub asked: AtomicUsize,
}

impl SharedCache for Cache {
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = match self.down.load(Ordering::Relaxed) {
            true => Err(VersionedCache::connect("", "").err().unwrap()),
            false => Ok(self.entries.lock().unwrap().get(id).filter(|kept| !kept.body.is_empty()).cloned()),
        };
        Box::pin(async move { found })
    }

    fn get_many<'a>(&'a self, ids: &'a [&'a str]) -> BoxFuture<'a, Result<Vec<Option<Cached>>, CacheError>> {
        Box::pin(async move {
            let found = ids.iter().map(|id| self.get(id));
            futures::future::try_join_all(found).await
        })
    }

    fn ticket(&self) -> Ticket {
        Ticket::default()
    }

    fn put<'a>(&'a self, entries: &'a [CacheEntry], _: &'a Ticket) -> BoxFuture<'a, Result<(), CacheError>> {
        if self.down.load(Ordering::Relaxed) {
            return Box::pin(async { Err(VersionedCache::connect("", "").err().unwrap()) });
        }
        if !self.full.load(Ordering::Relaxed) {
            let mut kept = self.entries.lock().unwrap();
            for entry in entries {
                let has_body_now = |kept: &Cached| kept.version == entry.version && kept.body.is_empty();
                if kept.get(&entry.id).is_none_or(|kept| kept.version < entry.version || has_body_now(kept)) {
                    let cached = Cached { version: entry.version, body: entry.body.clone() };
                    kept.insert(entry.id.clone(), cached);
                }
            }
        }
        Box::pin(async { Ok(()) })
    }
}

/// What processes of one shop have in common: what is known of products' versions, and of carts.
type Shared = (Arc<Cache>, Arc<Cache>);

/// An app whose database is not there.
pub struct Bench {
    /// The app.
    pub app: Arc<App>,
    /// Its broker.
    pub broker: Arc<Broker>,
    /// Its cache.
    pub cache: Arc<Cache>,
    /// What all its processes know of products' versions.
    pub product_versions: Arc<Cache>,
    /// The carts that all its processes keep at hand.
    pub carts: Arc<Cache>,
    /// What it sent to people.
    pub mailbag: Arc<Mailbag>,
    /// Its database.
    pub mongo: Database,
    router: Router,
}

impl Bench {
    /// An app in development.
    pub async fn new() -> Self {
        Self::with(settings(), Environment::Development).await
    }

    /// An app with these settings.
    pub async fn with(settings: Settings, environment: Environment) -> Self {
        let mut options = ClientOptions::parse("mongodb://127.0.0.1:1/").await.unwrap();
        options.server_selection_timeout = Some(Duration::from_millis(50));
        let mongo = Client::with_options(options).unwrap().database("absent");
        Self::on(mongo, settings, environment, Shared::default())
    }

    /// An app on an empty database of its own, in the MongoDB of this test run.
    ///
    /// # Panics
    /// Without one, with the line that says what to do.
    pub async fn on_record() -> Self {
        Self::on_record_with(settings()).await
    }

    /// The same with these settings.
    ///
    /// # Panics
    /// Without a MongoDB, with the line that says what to do.
    pub async fn on_record_with(settings: Settings) -> Self {
        let uri = std::env::var("SPAREPARTS_MONGO__URI");
        let uri = uri.expect("run `cargo xtask test`: SPAREPARTS_MONGO__URI is not set");
        let name = format!("ingress-{}", UserId::generate());
        let mongo = Client::with_uri_str(uri).await.unwrap().database(&name);
        let bench = Self::on(mongo, settings, Environment::Development, Shared::default());
        bench.app.create_indexes().await.unwrap();
        bench
    }

    /// Another process of the same shop.
    pub fn beside(&self) -> Self {
        let shared = (self.product_versions.clone(), self.carts.clone());
        Self::on(self.mongo.clone(), settings(), Environment::Development, shared)
    }

    fn on(mongo: Database, settings: Settings, environment: Environment, shared: Shared) -> Self {
        let (product_versions, carts) = shared;
        let (broker, cache) = (Arc::new(Broker::default()), Arc::new(Cache::default()));
        let mailbag = Arc::new(Mailbag::default());
        let parts = Parts {
            mongo: mongo.clone(),
            cache: cache.clone(),
            product_versions: product_versions.clone(),
            carts: carts.clone(),
            broker: broker.clone(),
            rates: RateLimiter::of_this_process(),
            messenger: mailbag.clone(),
            shutdown: CancellationToken::new(),
        };
        let app = App::new(settings, environment, parts).unwrap();
        let router = ingress::router(&app).unwrap();
        Self { app, broker, cache, product_versions, carts, mailbag, mongo, router }
    }

    /// A request's raw answer.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request's answer as status and JSON; checks that every failure is a problem.
    pub async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.send(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_client_error() || status.is_server_error() {
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json", "{status}");
            assert_eq!(json["status"], status.as_u16());
            assert_eq!(json["request_id"].as_str(), headers["x-request-id"].to_str().ok());
            for member in ["type", "title", "code"] {
                assert!(json[member].is_string(), "{member} of {json}");
            }
            self.is_described(&method, &path, status, json["code"].as_str().unwrap());
        }
        (status, json)
    }

    /// Checks that the description names this error where it came.
    fn is_described(&self, method: &Method, path: &str, status: StatusCode, code: &str) {
        static DESCRIPTION: OnceLock<Value> = OnceLock::new();
        let description = DESCRIPTION.get_or_init(|| self.description());
        // `get` is not `GET`.
        let method = match method.as_str() {
            known @ ("GET" | "PUT" | "POST" | "DELETE" | "PATCH") => known.to_lowercase(),
            _ => return,
        };
        let paths = description["paths"].as_object().unwrap().iter();
        let known = paths.filter(|(template, item)| leads_to(template, path) && item[&method].is_object());
        // `/products/suggest` is no slug.
        let Some((template, item)) = known.min_by_key(|(template, _)| template.matches('{').count()) else { return };
        let answer = &item[&method]["responses"][status.as_str()]["content"]["application/problem+json"];
        assert!(answer["examples"][code].is_object(), "{method} {template} does not tell of {status} {code}");
    }

    /// What the API says of itself.
    pub fn description(&self) -> Value {
        serde_json::to_value(ingress::api(&self.app).1).unwrap()
    }

    /// The code of a request's problem.
    pub async fn code(&self, request: Request<Body>) -> (u16, String) {
        let (status, json) = self.ask(request).await;
        (status.as_u16(), json["code"].as_str().unwrap_or_default().to_owned())
    }

    /// An access token.
    pub fn token(&self, user: UserId) -> String {
        self.token_of(user, Role::Customer)
    }

    /// An access token of somebody with this role.
    pub fn token_of(&self, user: UserId, role: Role) -> String {
        let bearer = Bearer { user, role, session: SessionId::generate(), epoch: 0 };
        self.app.tokens.issue(bearer, Timestamp::now()).unwrap()
    }

    /// An admin's account in the record.
    pub async fn admin(&self) -> UserId {
        let email = format!("{}@spareparts.example", UserId::generate());
        let account = Account::new(email, "Admin".to_owned(), String::new(), String::new());
        let account = Account { role: Role::Admin, ..account };
        self.app.accounts.create(&account).await.unwrap();
        account.user_id
    }

    /// A request of an admin, as status and JSON.
    pub async fn asked_by_admin(&self, admin: UserId, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token_of(admin, Role::Admin));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let (status, json) = self.ask(request(method, path, &headers, body.to_string())).await;
        (status.as_u16(), json)
    }

    /// A request of this customer, as status and JSON.
    pub async fn asked_by(
        &self,
        user: UserId,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token(user));
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend_from_slice(more);
        let (status, json) = self.ask(request(method, path, &headers, body.to_string())).await;
        (status.as_u16(), json)
    }

    /// How many records the broker was given.
    pub fn appended(&self) -> usize {
        self.broker.taken.lock().unwrap().len()
    }
}

/// Whether a path is one of these. What stands for something is never empty.
fn leads_to(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(wanted, is): (&&str, &&str)| wanted == is || wanted.starts_with('{') && !is.is_empty();
    template.len() == path.len() && template.iter().zip(&path).all(same)
}

/// A request under `/api/v1`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let builder = Request::builder().method(method).uri(format!("/api/v1{path}"));
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value)).body(body.into()).unwrap()
}
