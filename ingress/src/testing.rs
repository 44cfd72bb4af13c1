//! What tests share: settings of the demo, and an app whose stores are not there.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use futures::future::BoxFuture;
use mongodb::{Client, options::ClientOptions};
use schemas::ids::UserId;
use secrecy::SecretString;
use serde_json::Value;
use shared::{
    config::Environment,
    message::Outgoing,
    time::Timestamp,
    versioned_cache::{CacheError, Cached},
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    app::{App, Parts},
    inbox::{Append, Unacknowledged},
    pricing::Fees,
    read_models::StatusCache,
    settings::{Limits, Seller, Settings},
};

/// The demo's settings.
pub fn settings() -> Settings {
    Settings {
        listen: "127.0.0.1:0".to_owned(),
        jwt_secret: SecretString::from("development-only-secret-of-32-bytes!"),
        cors_origins: Vec::new(),
        docs_password: None,
        stripe_webhook_secret: SecretString::from("whsec_demo"),
        stripe_previous_webhook_secret: None,
        razorpay_webhook_secret: SecretString::from("rzp_whsec_demo"),
        razorpay_previous_webhook_secret: None,
        carrier_webhook_secret: SecretString::from("carrier_whsec_demo"),
        carrier_previous_webhook_secret: None,
        seller: Seller {
            legal_name: "SpareParts Private Limited".to_owned(),
            gstin: "27AAACS1234A1Z5".to_owned(),
            address_lines: vec!["Plot 7, MIDC".to_owned(), "Pune 411019".to_owned()],
            state_code: "27".to_owned(),
            email: None,
            phone: None,
        },
        shipping: Fees::default(),
        limits: Limits::default(),
    }
}

/// A broker that remembers what it was given, or acknowledges nothing.
#[derive(Default)]
pub struct Broker {
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

/// A cache that holds what the test put in.
#[derive(Default)]
pub struct Cache(pub Mutex<std::collections::HashMap<String, Cached>>);

impl StatusCache for Cache {
    fn get<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Cached>, CacheError>> {
        let found = self.0.lock().unwrap().get(id).cloned();
        Box::pin(async move { Ok(found) })
    }
}

/// An app whose database is not there.
pub struct Bench {
    /// The app.
    pub app: Arc<App>,
    /// Its broker.
    pub broker: Arc<Broker>,
    /// Its cache.
    pub cache: Arc<Cache>,
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
        let (broker, cache) = (Arc::new(Broker::default()), Arc::new(Cache::default()));
        let parts = Parts {
            mongo: Client::with_options(options).unwrap().database("absent"),
            cache: cache.clone(),
            broker: broker.clone(),
            shutdown: CancellationToken::new(),
        };
        let app = App::new(settings, environment, parts).unwrap();
        let router = crate::router(&app).unwrap();
        Self { app, broker, cache, router }
    }

    /// A request's raw answer.
    pub async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// A request's answer as status and JSON; checks that every failure is a problem.
    pub async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
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
        }
        (status, json)
    }

    /// The code of a request's problem.
    pub async fn code(&self, request: Request<Body>) -> (u16, String) {
        let (status, json) = self.ask(request).await;
        (status.as_u16(), json["code"].as_str().unwrap_or_default().to_owned())
    }

    /// An access token.
    pub fn token(&self, user: UserId) -> String {
        self.app.tokens.issue(user, Timestamp::now()).unwrap()
    }

    /// How many records the broker was given.
    pub fn appended(&self) -> usize {
        self.broker.taken.lock().unwrap().len()
    }
}

/// A request under `/api/v1`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let builder = Request::builder().method(method).uri(format!("/api/v1{path}"));
    headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value)).body(body.into()).unwrap()
}
