//! Coupons that tests make.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Customer, eventually};

/// Makes a coupon of ten per cent that is good for ever, with these limits or terms besides, and waits until it is there.
///
/// # Panics
/// When the shop does not take it.
pub async fn make(admin: &Customer, code: &str, terms: &Value) {
    let mut form = json!({
        "percent": { "basis_points": 1_000 },
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2100-01-01T00:00:00Z",
    });
    for (field, value) in terms.as_object().into_iter().flatten() {
        form[field] = value.clone();
    }
    let path = format!("/admin/coupons/{code}");
    Answer::of(admin.request(Method::PUT, &path).json(&form)).await.expect(202);
    eventually("the coupon is there", async || {
        let answer = admin.get(&path).await;
        if answer.status == 200 { Ok(()) } else { Err(answer.text()) }
    })
    .await;
}

/// How many orders use a coupon.
///
/// # Panics
/// When the shop does not say.
pub async fn used(admin: &Customer, code: &str) -> i64 {
    let answer = admin.get(&format!("/admin/coupons/{code}")).await;
    answer.expect(200);
    answer.json()["used"].as_i64().unwrap_or_default()
}
