//! An issuer of id tokens with keys of its own, for tests.

#![allow(dead_code, reason = "each of the two test binaries uses its part")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::sign,
    jwk::{AlgorithmParameters, Jwk},
};
use serde_json::{Value, json};

/// How it calls itself.
pub const ISSUER: &str = "https://accounts.google.com";
/// The shop's app.
pub const CLIENT: &str = "shop.apps.googleusercontent.com";
/// Two keys that open nothing.
const KEYS: [(&str, &[u8]); 2] = [
    ("1", include_bytes!("../../../tests/keys/issuer-1.der")),
    ("2", include_bytes!("../../../tests/keys/issuer-2.der")),
];

/// The issuer; its keys are served over HTTP.
pub struct Issuer {
    url: String,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    published: Mutex<Vec<&'static str>>,
    down: AtomicBool,
    asked: AtomicUsize,
}

impl Issuer {
    /// One that has published its first key.
    pub async fn start() -> Self {
        let desk = Arc::new(Desk::default());
        let router = Router::new().route("/keys", get(keys)).with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        let issuer = Self { url, desk };
        issuer.publish(&["1"]);
        issuer
    }

    /// Where its keys are.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Publishes these keys and no others.
    pub fn publish(&self, kids: &[&'static str]) {
        *self.desk.published.lock().unwrap() = kids.to_vec();
    }

    /// Whether its keys are not to be had.
    pub fn is_down(&self, down: bool) {
        self.desk.down.store(down, Ordering::Relaxed);
    }

    /// How often it was asked for its keys.
    pub fn asked(&self) -> usize {
        self.desk.asked.load(Ordering::Relaxed)
    }

    /// A token of its own under this key.
    pub fn token(&self, kid: &str, claims: &Value) -> String {
        self.signed(kid, &json!({ "alg": "RS256", "kid": kid, "typ": "JWT" }), claims)
    }

    /// Something that is signed with this key, whatever its header says.
    pub fn signed(&self, kid: &str, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let signature = sign(message.as_bytes(), &private(kid), Algorithm::RS256).unwrap();
        format!("{message}.{signature}")
    }

    /// A token whose secret is this key's public half.
    pub fn signed_with_the_public_key(&self, kid: &str, claims: &Value) -> String {
        let AlgorithmParameters::RSA(public) = public(kid).algorithm else { panic!("no RSA key") };
        let message = message(&json!({ "alg": "HS256", "kid": kid, "typ": "JWT" }), claims);
        let secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(public.n).unwrap());
        let signature = sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        format!("{message}.{signature}")
    }

    /// The public half of a key.
    pub fn jwk(&self, kid: &str) -> Value {
        serde_json::to_value(public(kid)).unwrap()
    }
}

/// What a good token says.
pub fn claims() -> Value {
    let now = shared::time::Timestamp::now().as_millis() / 1000;
    json!({
        "iss": ISSUER, "azp": CLIENT, "aud": CLIENT, "sub": "10769150350006150715113082367", "iat": now,
        "exp": now + 3_600, "email": "Asha@Example.in", "email_verified": true, "name": "Asha Rao",
        "picture": "https://example.in/asha.jpg", "given_name": "Asha",
    })
}

/// Something that nobody signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", message(header, claims))
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn private(kid: &str) -> EncodingKey {
    let (_, der) = KEYS.iter().find(|(known, _)| *known == kid).unwrap();
    EncodingKey::from_rsa_der(der)
}

fn public(kid: &str) -> Jwk {
    let mut jwk = Jwk::from_encoding_key(&private(kid), Algorithm::RS256).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    jwk
}

async fn keys(State(desk): State<Arc<Desk>>) -> axum::response::Response {
    desk.asked.fetch_add(1, Ordering::Relaxed);
    if desk.down.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    // Keys of other kinds stand beside them, and those that nobody understands.
    let others =
        [json!({ "kty": "EC", "kid": "ec" }), json!({ "kty": "oct", "kid": "oct", "k": "c2VjcmV0" }), json!(7)];
    let rsa =
        desk.published.lock().unwrap().iter().map(|kid| serde_json::to_value(public(kid)).unwrap()).collect::<Vec<_>>();
    let all: Vec<Value> = others.into_iter().chain(rsa).collect();
    ([("cache-control", "public, max-age=19000")], Json(json!({ "keys": all }))).into_response()
}
