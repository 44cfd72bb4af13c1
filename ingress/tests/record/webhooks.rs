use ingress::webhooks::signature::digest;
use mongodb::bson::doc;
use schemas::ids::OrderId;
use serde_json::json;

use crate::{
    samples::{drop_record, put_reference},
    testing::{Bench, request},
};

#[tokio::test]
async fn an_event_without_our_order_id_is_matched_by_the_gateways_name_for_the_payment() {
    let bench = Bench::on_record().await;
    let order = OrderId::generate();
    put_reference(&bench, "payments", order, "gateway_ref", "order_1").await;
    let superseded = OrderId::generate();
    put_reference(&bench, "payments", superseded, "strays", vec![doc! { "gateway_ref": "order_0" }]).await;
    for (gateway_ref, appended) in [("order_1", 1), ("order_of_somebody_else", 1), ("order_0", 2)] {
        let body = json!({"event": "payment.captured", "payload": {"payment": {"entity": {
            "id": "pay_1", "order_id": gateway_ref, "amount": 100, "currency": "INR", "status": "captured", "notes": [],
        }}}})
        .to_string();
        let signature = hex::encode(digest(b"rzp_whsec_demo", &[body.as_bytes()]));
        let hook = request("POST", "/webhooks/razorpay", &[("x-razorpay-signature", &signature)], body);
        assert_eq!(bench.ask(hook).await.0, 200);
        assert_eq!(bench.appended(), appended, "{gateway_ref}");
    }
    let keys: Vec<_> = bench.broker.taken.lock().unwrap().iter().map(|taken| taken.key.clone()).collect();
    assert_eq!(keys, [order.to_string(), superseded.to_string()]);
    drop_record(&bench).await;
}
