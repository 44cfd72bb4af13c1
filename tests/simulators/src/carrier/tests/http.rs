//! The HTTP surface, by a client and a listening shop.

use crate::carrier::{Carrier, SIGNATURE_HEADER, Setup, router};
use crate::control::Simulator;
use crate::faults::Faults;
use crate::testing::{Shop, answer, serve, switches};
use crate::webhook::Signer;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

struct Desk {
    carrier: Arc<Carrier>,
    url: String,
    shop: Shop,
}

async fn desk(step_delay: Option<Duration>, faults: Faults) -> Desk {
    let shop = Shop::open().await;
    let setup = Setup { token: "carrier_demo_token".into(), step_delay, base_url: "http://carrier".into() };
    let carrier = Carrier::new(setup, switches(faults), false);
    shop.deliver(carrier.outbox(), Signer::timestamped(SIGNATURE_HEADER, "carrier_whsec_demo").expect("a key"));
    let url = serve(router(Arc::clone(&carrier))).await;
    Desk { carrier, url, shop }
}

fn booking(pincode: &str) -> Value {
    json!({
        "reference": "order-1",
        "to": { "name": "Asha Rao", "phone": "+919000000000", "line1": "12 MG Road", "city": "Pune",
                "state": "Maharashtra", "pincode": pincode },
        "weight_grams": 1_200,
    })
}

impl Desk {
    fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        Client::new().post(format!("{}{path}", self.url)).bearer_auth("carrier_demo_token").json(body)
    }

    async fn book(&self) -> String {
        let (status, shipment) = answer(self.post("/v1/shipments", &booking("411001"))).await;
        assert_eq!((status, &shipment["status"]), (201, &json!("booked")), "{shipment}");
        shipment["id"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test]
async fn a_shipment_moves_by_itself_and_tells_every_step() {
    let desk = desk(Some(Duration::from_millis(20)), Faults::default()).await;
    let id = desk.book().await;
    let posts = desk.shop.posts(4).await;
    let mut kinds: Vec<String> =
        posts.iter().map(|post| post.json()["type"].as_str().expect("a type").into()).collect();
    kinds.sort();
    let expected = ["shipment.delivered", "shipment.in_transit", "shipment.out_for_delivery", "shipment.picked_up"];
    assert_eq!(kinds, expected);
    assert!(posts.iter().all(|post| post.json()["data"]["shipment_id"] == json!(id)));
    assert!(posts.iter().all(|post| post.json()["data"]["reference"] == "order-1"));
    let signer = Signer::timestamped(SIGNATURE_HEADER, "carrier_whsec_demo").expect("a key");
    for post in posts {
        let signature = post.header(SIGNATURE_HEADER).to_owned();
        let time = signature.strip_prefix("t=").and_then(|rest| rest.split_once(',')).expect("a time").0;
        assert_eq!(signer.sign(&post.body, time.parse().expect("seconds")).value, signature);
    }
}

#[tokio::test]
async fn one_key_books_one_shipment() {
    let desk = desk(None, Faults::default()).await;
    let keyed = |body: &Value| answer(desk.post("/v1/shipments", body).header("Idempotency-Key", "order-1/ship"));
    let (first, second) = (keyed(&booking("411001")).await, keyed(&booking("411001")).await);
    assert_eq!(first, second);
    assert_eq!(keyed(&booking("560001")).await.0, 422);
    let ledger = serde_json::to_value(desk.carrier.ledger()).expect("JSON");
    assert_eq!(ledger["shipments"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_shipment_can_be_canceled_until_it_is_picked_up() {
    let desk = desk(None, Faults::default()).await;
    let (kept, gone) = (desk.book().await, desk.book().await);
    let cancel = |id: &str| answer(desk.post(&format!("/v1/shipments/{id}/cancel"), &json!({})));
    assert_eq!(cancel(&kept).await.1["status"], "cancelled");
    let (_, moved) = answer(desk.post(&format!("/_sim/shipments/{gone}/advance"), &json!({}))).await;
    assert_eq!(moved["status"], "picked_up");
    assert_eq!(cancel(&gone).await.0, 409);
}

#[tokio::test]
async fn a_booking_left_hanging_has_happened_and_its_key_tells_so() {
    let faults = Faults { timeout_after_success_rate: 1.0, timeout_hold_ms: 20, ..Faults::default() };
    let desk = desk(None, faults).await;
    let keyed = || desk.post("/v1/shipments", &booking("411001")).header("Idempotency-Key", "k");
    assert!(keyed().send().await.is_err());
    assert_eq!(answer(keyed()).await.0, 201);
}

#[tokio::test]
async fn wrong_calls_answer_clearly() {
    let desk = desk(None, Faults::default()).await;
    let stranger = Client::new().post(format!("{}/v1/shipments", desk.url)).json(&booking("411001"));
    assert_eq!(answer(stranger).await.0, 401);
    let (status, body) = answer(desk.post("/v1/shipments", &booking("000123"))).await;
    assert_eq!((status, &body["error"]["code"]), (422, &json!("unserviceable")));
    assert_eq!(answer(desk.post("/v1/shipments", &json!({ "reference": 1 }))).await.0, 400);
    assert_eq!(answer(desk.post("/v1/shipments/shp_none/cancel", &json!({}))).await.0, 404);
}

#[tokio::test]
async fn fault_switches_are_set_at_run_time_and_checked() {
    let desk = desk(None, Faults::default()).await;
    let put = |body: Value| answer(Client::new().put(format!("{}/_sim/faults", desk.url)).json(&body));
    assert_eq!(put(json!({ "decline_rate": 1.0 })).await.1["decline_rate"], 1.0);
    assert_eq!(answer(desk.post("/v1/shipments", &booking("411001"))).await.0, 503);
    assert_eq!(put(json!({ "decline_rate": 2.0 })).await.0, 422);
    assert_eq!(put(json!({ "decline": 1.0 })).await.0, 422);
    assert_eq!(put(json!({})).await.1["decline_rate"], 0.0);
    desk.book().await;
}
