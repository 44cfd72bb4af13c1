//! localstripe as a process, the customer's browser, and a listener for its webhooks.

use std::{env, net::TcpListener as Port, process::Stdio, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use e2e::eventually;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// It takes any key of this form.
pub const SECRET_KEY: &str = "sk_test_localstripe";

/// A running localstripe, ended when this is dropped.
pub struct LocalStripe {
    /// Where it is, without a slash at the end.
    pub url: String,
    _process: Child,
}

/// One webhook as it arrived.
#[derive(Debug)]
pub struct Post {
    pub signature: String,
    pub body: Bytes,
}

impl LocalStripe {
    pub async fn start() -> Self {
        let folder = env::var("LOCALSTRIPE_FOLDER").expect("run `cargo xtask test`: LOCALSTRIPE_FOLDER is not set");
        let port = Port::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("python3")
            .args(["-m", "localstripe", "--from-scratch", "--port", &port.to_string()])
            .env("PYTHONPATH", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        eventually("localstripe answers", async || {
            let asked = Client::new().get(format!("{url}/v1/customers")).bearer_auth(SECRET_KEY).send().await;
            asked.map(|_| ()).map_err(|error| error.to_string())
        })
        .await;
        Self { url, _process: process }
    }

    /// Its webhooks from now on, signed with this secret.
    pub async fn webhooks(&self, secret: &str) -> UnboundedReceiver<Post> {
        let (sender, receiver) = unbounded_channel();
        let app = Router::new().route("/hook", post(take)).with_state(sender);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let wish = json!({ "url": hook, "secret": secret, "events": ["payment_intent.succeeded"] });
        let asked = Client::new().post(format!("{}/_config/webhooks/test", self.url)).json(&wish);
        assert_eq!(asked.send().await.unwrap().status(), 200);
        receiver
    }
}

async fn take(State(posts): State<UnboundedSender<Post>>, headers: HeaderMap, body: Bytes) {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    let _ = posts.send(Post { signature, body });
}

/// What Stripe's form does in the customer's browser.
pub struct Browser {
    url: String,
    http: Client,
}

impl Browser {
    pub fn new(url: &str) -> Self {
        let http = Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { url: url.to_owned(), http }
    }

    /// The customer enters a card and pays; the status of the answer. A confirmation with the card in it, as Stripe takes it,
    /// localstripe does not know: the card is attached first.
    pub async fn pay(&self, intent: &str, number: &str) -> u16 {
        let card = [
            ("type", "card"),
            ("card[number]", number),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2040"),
            ("card[cvc]", "123"),
        ];
        let method: Value = self.post("payment_methods").form(&card).send().await.unwrap().json().await.unwrap();
        let method = method["id"].as_str().unwrap().to_owned();
        let attached = self.post(&format!("payment_intents/{intent}")).form(&[("payment_method", method)]).send().await;
        assert_eq!(attached.unwrap().status(), 200);
        self.post(&format!("payment_intents/{intent}/confirm")).send().await.unwrap().status().as_u16()
    }

    /// The customer's bank asks them, and they agree or not.
    pub async fn authenticate(&self, intent: &str, client_secret: &str, agrees: bool) {
        let answer = [("client_secret", client_secret), ("success", if agrees { "true" } else { "false" })];
        let asked = self.post(&format!("payment_intents/{intent}/_authenticate")).form(&answer).send().await;
        assert_eq!(asked.unwrap().status(), 200);
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}/v1/{path}", self.url)).bearer_auth(SECRET_KEY)
    }
}
