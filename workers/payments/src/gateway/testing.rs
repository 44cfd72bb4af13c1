//! A server that notes what it is asked and answers what it was told.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use schemas::{ids::OrderId, types::Money};
use serde_json::Value;
use shared::id::MessageId;
use tokio::net::TcpListener;

use super::{Answer, Gateway, call};
use crate::effect::{Ask, GatewayEffect, Target};

pub const TIMEOUT: Duration = Duration::from_millis(300);
pub const AMOUNT: Money = Money::inr(318_200);

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    /// `POST /v1/orders`
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn form(&self) -> HashMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the server does with the next request.
pub enum Reply {
    Json(u16, Value),
    Text(u16, &'static str),
    /// Takes the request and never answers.
    Silence,
}

#[derive(Clone, Default)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

pub struct Fake {
    pub url: String,
    shared: Shared,
}

impl Fake {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let shared = Shared::default();
        shared.replies.lock().unwrap().extend(replies);
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

async fn answer(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).unwrap();
    shared.seen.lock().unwrap().push(Seen { line: format!("{method} {uri}"), headers, body });
    let reply = shared.replies.lock().unwrap().pop_front();
    match reply {
        Some(Reply::Json(status, value)) => (StatusCode::from_u16(status).unwrap(), axum::Json(value)).into_response(),
        Some(Reply::Text(status, text)) => (StatusCode::from_u16(status).unwrap(), text).into_response(),
        Some(Reply::Silence) => std::future::pending().await,
        None => (StatusCode::NOT_IMPLEMENTED, "nothing left to say").into_response(),
    }
}

/// The address of a server that hangs up on everybody.
pub async fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(connection);
        }
    });
    url
}

/// A call as the engine makes it, with its key.
pub async fn make(gateway: &impl Gateway, order_id: OrderId, ask: Ask) -> (MessageId, Answer) {
    let key = MessageId::generate();
    let effect = GatewayEffect { order_id, gateway: schemas::types::GatewayName::Stripe, ask };
    (key, call::make(gateway, key, &effect).await)
}

pub fn target(gateway_ref: &str, payment_ref: &str) -> Target {
    Target { gateway_ref: gateway_ref.to_owned(), payment_ref: payment_ref.to_owned() }
}
