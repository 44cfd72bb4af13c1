//! A provider of SMS and e-mail over HTTP.
//!
//! It is no particular company's API but what a small gateway in front of any of them takes:
//! `POST <url>` with `Authorization: Bearer <token>`, `Idempotency-Key: <id>` and
//! `{"id": …, "channel": "sms" | "email", "to": …, "subject": …, "text": …}`. Any 2xx is taken; 429 and 5xx are asked again;
//! everything else is refused.

use std::time::Duration;

use futures::{FutureExt, future::BoxFuture};
use reqwest::{
    Client, StatusCode, Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use shared::id::MessageId;

use super::{Channel, Message, Messenger, NotSent};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// The provider.
pub struct HttpMessenger {
    client: Client,
    url: Url,
}

#[derive(Serialize)]
struct Body<'a> {
    id: MessageId,
    channel: Channel,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
}

impl HttpMessenger {
    /// The provider at this URL, called with a token.
    ///
    /// # Errors
    /// A text that names what is not valid.
    pub fn new(url: &str, token: &SecretString) -> Result<Self, String> {
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut authorization = HeaderValue::try_from(bearer).map_err(|_| "the token is no header's value")?;
        authorization.set_sensitive(true);
        let client = Client::builder()
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            // A token goes nowhere else.
            .redirect(Policy::none())
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, url: Url::parse(url).map_err(|error| error.to_string())? })
    }

    async fn post(&self, message: &Message) -> Result<(), NotSent> {
        let body = Body {
            id: message.id,
            channel: message.to.channel(),
            to: message.to.address(),
            subject: message.subject,
            text: message.text.expose_secret(),
        };
        let request = self.client.post(self.url.clone()).header(IDEMPOTENCY_KEY, message.id.to_string()).json(&body);
        // Without the URL's path: it may hold a key.
        let lost = |error: reqwest::Error| NotSent::NoAnswer(error.without_url().to_string());
        judge(request.send().await.map_err(lost)?.status())
    }
}

impl Messenger for HttpMessenger {
    fn send<'a>(&'a self, message: &'a Message) -> BoxFuture<'a, Result<(), NotSent>> {
        self.post(message).boxed()
    }
}

fn judge(status: StatusCode) -> Result<(), NotSent> {
    match status {
        status if status.is_success() => Ok(()),
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            Err(NotSent::NoAnswer(status.to_string()))
        }
        status => Err(NotSent::Refused(status.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::{Json, Router, extract::State, http, routing::post};
    use serde_json::{Value, json};

    use super::*;
    use crate::messages::Recipient;

    type Received = Arc<Mutex<Vec<(String, Value)>>>;

    async fn provider(answer: u16) -> (HttpMessenger, Received) {
        let received = Received::default();
        let take = async move |State(received): State<Received>, headers: http::HeaderMap, Json(body): Json<Value>| {
            let authorization = headers["authorization"].to_str().unwrap().to_owned();
            assert_eq!(headers["idempotency-key"].to_str().ok(), body["id"].as_str());
            received.lock().unwrap().push((authorization, body));
            http::StatusCode::from_u16(answer).unwrap()
        };
        let router = Router::new().route("/messages", post(take)).with_state(Arc::clone(&received));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/messages", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        (HttpMessenger::new(&url, &SecretString::from("a-token")).unwrap(), received)
    }

    fn message(to: Recipient) -> Message {
        Message { id: MessageId::generate(), to, subject: "Your code", text: SecretString::from("123456") }
    }

    #[tokio::test]
    async fn a_message_is_posted_as_documented() {
        let (messenger, received) = provider(202).await;
        for (to, channel, address) in [
            (Recipient::Phone("+919876543210".to_owned()), "sms", "+919876543210"),
            (Recipient::Email("asha@example.in".to_owned()), "email", "asha@example.in"),
        ] {
            let message = message(to);
            assert_eq!(messenger.send(&message).await, Ok(()));
            let (authorization, body) = received.lock().unwrap().pop().unwrap();
            assert_eq!(authorization, "Bearer a-token");
            let expected = json!({ "id": message.id, "channel": channel, "to": address, "subject": "Your code",
                "text": "123456" });
            assert_eq!(body, expected);
        }
    }

    #[tokio::test]
    async fn what_may_pass_is_told_from_what_will_not() {
        for (status, passes) in [(400, false), (401, false), (302, false), (429, true), (500, true), (503, true)] {
            let (messenger, _) = provider(status).await;
            let answer = messenger.send(&message(Recipient::Email("asha@example.in".to_owned()))).await;
            assert_eq!(matches!(answer, Err(NotSent::NoAnswer(_))), passes, "{status}: {answer:?}");
            assert!(answer.is_err());
        }
        let nobody = HttpMessenger::new("http://127.0.0.1:1/", &SecretString::from("t")).unwrap();
        let answer = nobody.send(&message(Recipient::Email(String::new()))).await;
        assert!(matches!(answer, Err(NotSent::NoAnswer(_))), "{answer:?}");
    }
}
