//! A listening shop and a listening simulator, for the tests of the HTTP surfaces.

use crate::faults::{Faults, Switches};
use crate::webhook::{Event, Outbox, Signer, Target};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One webhook as the shop received it.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Post {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("webhooks are JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("a readable header")
    }
}

#[derive(Default)]
struct Received {
    posts: Mutex<Vec<Post>>,
    refuse: Mutex<usize>,
}

/// A shop that keeps every webhook, after refusing as many as it was told to.
#[derive(Clone)]
pub(crate) struct Shop {
    received: Arc<Received>,
    url: String,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::refusing(0).await
    }

    /// A shop that answers 503 to this many webhooks before it takes any.
    pub(crate) async fn refusing(times: usize) -> Self {
        let received = Arc::new(Received { refuse: Mutex::new(times), ..Received::default() });
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&received));
        Self { received, url: format!("{}/hook", serve(router).await) }
    }

    pub(crate) fn deliver<E: Event>(&self, outbox: Arc<Outbox<E>>, signer: Signer) {
        let url = self.url.parse().expect("a URL");
        tokio::spawn(Target::new(url, signer).expect("a client").deliver(outbox));
    }

    /// The first `count` webhooks, waiting for them if need be.
    pub(crate) async fn posts(&self, count: usize) -> Vec<Post> {
        for _ in 0..500 {
            let posts = self.received.posts.lock().expect("not poisoned").clone();
            if posts.len() >= count {
                return posts;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} webhooks did not come: {:?}", self.received.posts.lock());
    }
}

async fn take(State(received): State<Arc<Received>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut refuse = received.refuse.lock().expect("not poisoned");
    if *refuse > 0 {
        *refuse -= 1;
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    received.posts.lock().expect("not poisoned").push(Post { headers, body });
    StatusCode::OK
}

/// Serves on a free port of the loopback and returns the base URL.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

pub(crate) fn switches(faults: Faults) -> Arc<Switches> {
    Arc::new(Switches::new(faults, 1))
}

/// The status and the JSON of an answer.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.expect("answers are JSON"))
}
