//! Between our client and localstripe: adds to an intent what Stripe documents and localstripe leaves out. Everything else
//! passes as it is.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Where the adapter in front of this server listens.
pub async fn before(server: &str) -> String {
    let app = Router::new().fallback(pass).with_state((Client::new(), server.to_owned()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

async fn pass(
    State((client, server)): State<(Client, String)>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut request = client.request(method, format!("{server}{uri}")).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        request = headers.get(&name).iter().fold(request, |request, value| request.header(&name, *value));
    }
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let mut object: Value = answer.json().await.unwrap();
    complete(&mut object);
    (status, Json(object)).into_response()
}

/// <https://docs.stripe.com/api/payment_intents/object#payment_intent_object-amount_received>
fn complete(intent: &mut Value) {
    if intent["object"] != "payment_intent" {
        return;
    }
    let charge = &intent["latest_charge"];
    let received =
        if charge["captured"] == true && charge["status"] == "succeeded" { charge["amount"].clone() } else { json!(0) };
    intent["amount_received"] = received;
}
