//! Every customer's route that takes an id answers a stranger as if there were nothing of that name.

use axum::{body::Body, http::Request};
use ingress::auth::SessionId;
use schemas::{
    attempts::PaymentAttempt,
    ids::{OrderId, UserId},
    types::{OrderStatus, PaymentMethod},
};
use serde_json::{Value, json};

use crate::{
    codes::registered,
    samples::{drop_record, order, place, put_credit_note, put_invoice, put_order},
    testing::{Bench, request},
};

/// What a customer has, by the names that paths take.
struct Belongings {
    owner: String,
    order: String,
    payment: String,
    address: String,
    session: String,
}

impl Belongings {
    async fn of_somebody(bench: &Bench) -> Self {
        let owner = registered(bench, "asha@example.in").await;
        let user: UserId = owner["user_id"].as_str().unwrap().parse().unwrap();
        let place = place(bench, user).await;
        let mut order = order(&place, OrderStatus::Delivered);
        let attempt = PaymentAttempt::first(order.order_id, PaymentMethod::Stripe, order.placed_at);
        let payment = attempt.attempt_id.clone();
        order.attempts = vec![attempt];
        put_order(bench, &order, 3).await;
        put_invoice(bench, &place).await;
        put_credit_note(bench, &place).await;
        let owner = format!("Bearer {}", owner["access_token"].as_str().unwrap());
        let address = json!({"name": "Asha Rao", "phone": "98765 43210", "line1": "12 MG Road", "city": "Pune",
            "state_code": "27", "pincode": "411001"});
        let kept = asked(bench, &owner, "POST", "/users/me/addresses", &address).await.1;
        let sessions = asked(bench, &owner, "GET", "/users/me/sessions", &Value::Null).await.1;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (address, session) = (text(&kept["address_id"]), text(&sessions["items"][0]["session_id"]));
        Self { owner, order: order.order_id.to_string(), payment, address, session }
    }

    /// What nobody has.
    fn of_nobody() -> Self {
        let order = OrderId::generate().to_string();
        let payment = format!("{order}-1");
        let any = || SessionId::generate().to_string();
        Self { owner: String::new(), payment, address: any(), session: any(), order }
    }

    fn path(&self, template: &str) -> String {
        let id = match template {
            path if path.starts_with("/payments/") => &self.payment,
            path if path.starts_with("/users/me/addresses/") => &self.address,
            path if path.starts_with("/users/me/sessions/") => &self.session,
            _ => &self.order,
        };
        template.replace("{id}", id).replace("{number}", "CRN2627-00000001").replace("{return_id}", "R-1")
    }
}

async fn asked(bench: &Bench, bearer: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let headers = [("authorization", bearer), ("content-type", "application/json"), ("idempotency-key", "k-1")];
    let (status, mut answer) = bench.ask(request(method, path, &headers, body.to_string())).await;
    if let Some(answer) = answer.as_object_mut() {
        answer.remove("request_id");
    }
    (status.as_u16(), answer)
}

/// A body that the route would take.
fn body(template: &str) -> Value {
    match template {
        path if path.ends_with("/payments") => json!({ "payment_method": "razorpay" }),
        path if path.ends_with("/returns") => {
            json!({ "items": [{ "sku": "BRK-PAD", "quantity": 1 }], "reason": "damaged" })
        }
        path if path.contains("/addresses/") => json!({"name": "Asha Rao", "phone": "98765 43210",
            "line1": "12 MG Road", "city": "Pune", "state_code": "27", "pincode": "411001"}),
        _ => json!({}),
    }
}

/// Method and template of every route that takes an id of a customer's.
async fn routes(bench: &Bench) -> Vec<(String, String)> {
    let description = bench.ask(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.1;
    let paths = description["paths"].as_object().unwrap().iter();
    let routes = paths.filter_map(|(path, methods)| Some((path.strip_prefix("/api/v1")?, methods.as_object()?)));
    // What a cart has is named after products, which are nobody's.
    let open = ["/admin/", "/webhooks/", "/products/", "/cart/items/"];
    let routes = routes.filter(|(path, _)| path.contains('{') && !open.iter().any(|open| path.starts_with(open)));
    let each = |(path, methods): (&str, &serde_json::Map<String, Value>)| {
        methods.keys().map(|method| (method.to_uppercase(), path.to_owned())).collect::<Vec<_>>()
    };
    routes.flat_map(each).collect()
}

#[tokio::test]
async fn on_every_route_that_takes_an_id_what_is_anothers_is_answered_like_nothing() {
    let bench = Bench::on_record().await;
    let (somebodys, nobodys) = (Belongings::of_somebody(&bench).await, Belongings::of_nobody());
    let stranger = registered(&bench, "ravi@example.in").await;
    let stranger = format!("Bearer {}", stranger["access_token"].as_str().unwrap());
    let sent = bench.appended();
    let routes = routes(&bench).await;
    assert!(routes.len() >= 18, "{routes:?}");
    for (method, template) in &routes {
        let ask = async |of: &Belongings, bearer: &str| {
            asked(&bench, bearer, method, &of.path(template), &body(template)).await
        };
        let (foreign, missing) = (ask(&somebodys, &stranger).await, ask(&nobodys, &stranger).await);
        assert_eq!(foreign.0, 404, "{method} {template}: {foreign:?}");
        assert_eq!(foreign, missing, "{method} {template}");
    }
    assert_eq!(bench.appended(), sent, "nothing was asked of a worker");
    // The names are right: their owner finds all of it still.
    for (_, template) in routes.iter().filter(|(method, path)| method == "GET" && !path.ends_with("/events")) {
        let printed = ["/invoice", "/{number}"].iter().any(|end| template.ends_with(end));
        if template.contains("{return_id}") || printed {
            continue;
        }
        let own = asked(&bench, &somebodys.owner, "GET", &somebodys.path(template), &Value::Null).await;
        assert_eq!(own.0, 200, "{template}: {own:?}");
    }
    let sessions = asked(&bench, &somebodys.owner, "GET", "/users/me/sessions", &Value::Null).await.1;
    assert_eq!(sessions["items"][0]["session_id"], somebodys.session);
    drop_record(&bench).await;
}
