use ingress::{
    auth::{Account, Role},
    settings::Settings,
};
use schemas::{
    catalog::{GstSlab, PriceTier},
    documents::Product,
    ids::UserId,
    pricing::carriage::{ShippingRule, Tariff},
    types::Money,
};
use serde_json::{Value, json};

use crate::{
    samples::{body, drop_record, place, placed, product, put_product},
    testing::{Bench, request, settings},
};

const EMAIL: &str = "garage@example.in";
const JSON: (&str, &str) = ("content-type", "application/json");

/// What a quote comes to for the bearer of a token, or for nobody.
async fn quote(bench: &Bench, token: Option<&str>, body: &Value) -> (u16, Value) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = [JSON].into_iter().chain(bearer.as_deref().map(|bearer| ("authorization", bearer))).collect();
    let (status, json) = bench.ask(request("POST", "/checkout/quote", &headers, body.to_string())).await;
    (status.as_u16(), json)
}

async fn total(bench: &Bench, token: Option<&str>, product: &Product, quantity: i64) -> i64 {
    let (status, quote) = quote(bench, token, &body(product, quantity)).await;
    assert_eq!(status, 200, "{quote}");
    quote["totals"]["grand_total"]["minor"].as_i64().unwrap()
}

async fn customer(bench: &Bench) -> UserId {
    let account = Account::new(EMAIL.to_owned(), "Garage".to_owned(), String::new(), String::new());
    bench.app.accounts.create(&account).await.unwrap();
    account.user_id
}

#[tokio::test]
async fn a_quote_is_what_the_order_then_comes_to_and_places_nothing() {
    let bench = Bench::on_record().await;
    let part = product("BRK-PAD", 120_000);
    put_product(&bench, &part).await;
    let (status, quote) = quote(&bench, None, &body(&part, 2)).await;
    assert_eq!((status, placed(&bench).len()), (200, 0));
    assert_eq!(quote["totals"]["grand_total"]["minor"], 318_200);
    let mut order = place(&bench, UserId::generate()).await;
    // `place` put another product under the same SKU, otherwise alike.
    order.lines[0].product_id = part.product_id;
    assert_eq!(quote, json!({ "lines": order.lines, "totals": order.totals }));
    drop_record(&bench).await;
}

#[tokio::test]
async fn carriage_and_the_kind_of_tax_are_those_of_the_place_to_which_it_goes() {
    let to = |first: &str, last: &str, base_paise| ShippingRule {
        first_pincode: Some(first.to_owned()),
        last_pincode: Some(last.to_owned()),
        tariff: Tariff { base_paise, per_kg_paise: 0, cod_fee_paise: 0, ..Tariff::default() },
        ..ShippingRule::default()
    };
    let south = ShippingRule { states: vec!["29".to_owned()], ..to("560001", "560099", 12_000) };
    let shipping_rules = vec![south, to("411001", "411020", 2_000)];
    let bench = Bench::on_record_with(Settings { shipping_rules, ..settings() }).await;
    let part = product("BRK-PAD", 120_000);
    put_product(&bench, &part).await;
    let charged = async |city: &str, state: &str, pincode: &str| {
        let mut wish = body(&part, 2);
        for (field, value) in [("city", city), ("state_code", state), ("pincode", pincode)] {
            wish["address"][field] = value.into();
        }
        let (status, quote) = quote(&bench, None, &wish).await;
        assert_eq!(status, 200, "{quote}");
        let (line, totals) = (&quote["lines"][0], &quote["totals"]);
        [&line["cgst"], &line["sgst"], &line["igst"], &totals["shipping"], &totals["grand_total"]]
            .map(|amount| amount["minor"].as_i64().unwrap())
    };
    // 28 % of Rs 2,400; the third is in a state of a rule and outside its pincodes, so it has the usual tariff.
    assert_eq!(charged("Pune", "27", "411001").await, [33_600, 33_600, 0, 2_000, 309_200]);
    assert_eq!(charged("Bengaluru", "29", "560001").await, [0, 0, 67_200, 12_000, 319_200]);
    assert_eq!(charged("Mysuru", "29", "570001").await, [0, 0, 67_200, 8_000, 318_200]);
    assert_eq!(charged("Nagpur", "27", "440001").await, [33_600, 33_600, 0, 8_000, 318_200]);
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_unknown_product_and_a_bad_token_are_refused() {
    let bench = Bench::on_record().await;
    let part = product("BRK-PAD", 120_000);
    let (status, problem) = quote(&bench, None, &body(&part, 2)).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("unknown_product")));
    put_product(&bench, &part).await;
    assert_eq!(quote(&bench, Some("x"), &body(&part, 2)).await.0, 401);
    drop_record(&bench).await;
}

#[tokio::test]
async fn wholesale_prices_are_for_approved_customers_as_long_as_they_are() {
    let bench = Bench::on_record().await;
    let mut part = product("BRK-PAD", 120_000);
    part.terms.wholesale = vec![PriceTier { from_quantity: 2, price: Money::inr(100_000) }];
    put_product(&bench, &part).await;
    let (admin, user) = (bench.admin().await, customer(&bench).await);
    let path = format!("/admin/customers/{EMAIL}/price-list");
    let approve = async |list: &str| {
        let answer = bench.asked_by_admin(admin, "PUT", &path, &json!({ "price_list": list })).await;
        assert_eq!(answer, (200, json!({ "price_list": list })));
    };
    let (before, after) = (bench.token(user), bench.token_of(user, Role::Wholesale));
    let (retail, wholesale) = (318_200, 267_000);
    assert_eq!(total(&bench, Some(&after), &part, 2).await, retail, "the token alone does not suffice");
    approve("wholesale").await;
    assert_eq!(total(&bench, Some(&after), &part, 2).await, wholesale);
    assert_eq!(total(&bench, Some(&before), &part, 2).await, retail, "from the next login on");
    assert_eq!(total(&bench, None, &part, 2).await, retail);
    approve("retail").await;
    assert_eq!(total(&bench, Some(&after), &part, 2).await, retail, "at once");
    let nobody = "/admin/customers/nobody@example.in/price-list";
    let wish = json!({ "price_list": "wholesale" });
    assert_eq!(bench.asked_by_admin(admin, "PUT", nobody, &wish).await.1["code"], "customer_not_found");
    drop_record(&bench).await;
}

#[tokio::test]
async fn an_admin_does_not_become_a_customer_by_mistake() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    customer(&bench).await;
    assert!(bench.app.accounts.set_role(EMAIL, Role::Admin).await.unwrap().is_some());
    let path = format!("/admin/customers/{EMAIL}/price-list");
    let answer = bench.asked_by_admin(admin, "PUT", &path, &json!({ "price_list": "retail" })).await;
    assert_eq!((answer.0, answer.1["code"].as_str()), (404, Some("customer_not_found")));
    drop_record(&bench).await;
}

#[tokio::test]
async fn slabs_of_an_hsn_code_count_before_the_products_rate_until_they_are_removed() {
    let bench = Bench::on_record().await;
    let (part, admin) = (product("BRK-PAD", 100_000), bench.admin().await);
    put_product(&bench, &part).await;
    let rate = async || quote(&bench, None, &body(&part, 1)).await.1["lines"][0]["gst_basis_points"].clone();
    assert_eq!(rate().await, 2_800);
    let slabs = json!({ "slabs": [
        { "up_to": { "minor": 99_999, "currency": "INR" }, "gst_basis_points": 500 },
        { "gst_basis_points": 1_800 },
    ] });
    let (status, put) = bench.asked_by_admin(admin, "PUT", "/admin/tax-slabs/8708", &slabs).await;
    assert_eq!((status, put["hsn"].as_str()), (200, Some("8708")));
    assert_eq!(rate().await, 1_800);
    let (_, list) = bench.asked_by_admin(admin, "GET", "/admin/tax-slabs", &Value::Null).await;
    assert_eq!(list["items"], json!([put]));
    assert_eq!(bench.asked_by_admin(admin, "DELETE", "/admin/tax-slabs/8708", &Value::Null).await.0, 204);
    assert_eq!(rate().await, 2_800);
    for (path, bad) in [
        ("/admin/tax-slabs/870", slabs.clone()),
        ("/admin/tax-slabs/8708", json!({ "slabs": [] })),
        ("/admin/tax-slabs/8708", json!({ "slabs": [{ "gst_basis_points": 28 }] })),
    ] {
        let (status, problem) = bench.asked_by_admin(admin, "PUT", path, &bad).await;
        assert_eq!((status, problem["code"].as_str()), (422, Some("validation_failed")), "{path} {bad}");
    }
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_product_shows_its_tiers_and_not_its_wholesale_prices() {
    let bench = Bench::on_record().await;
    let mut part = product("BULB", 24_000);
    part.gst_basis_points = None;
    part.terms.tax_inclusive = true;
    part.terms.retail_tiers = vec![PriceTier { from_quantity: 10, price: Money::inr(22_500) }];
    part.terms.wholesale = vec![PriceTier { from_quantity: 100, price: Money::inr(12_345) }];
    part.terms.gst_slabs = vec![GstSlab { up_to: None, gst_basis_points: 1_800 }];
    put_product(&bench, &part).await;
    let (_, shown) = bench.ask(request("GET", "/products/bulb", &[], "")).await;
    assert_eq!((&shown["tax_inclusive"], &shown["gst_basis_points"]), (&json!(true), &Value::Null));
    assert_eq!(shown["tiers"], json!([{ "from_quantity": 10, "price": { "minor": 22_500, "currency": "INR" } }]));
    assert!(!shown.to_string().contains("12345"), "{shown}");
    drop_record(&bench).await;
}
