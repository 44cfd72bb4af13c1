//! What other daemons would have written.

use catalog_search::{Place, Writer};
use ingress::read_models::SharedCache;
use mongodb::bson::{Bson, Document, doc, serialize_to_document};
use schemas::{
    catalog::{Fitment, PutProduct},
    documents::{CreditNote, Invoice, Move, Order, Product},
    ids::{OrderId, ProductId, UserId},
    orders::{OrdersMessage, PlaceOrder},
    types::{Money, OrderStatus},
};
use serde_json::{Value, json};
use shared::{
    message::{Delivery, Position},
    time::Timestamp,
    versioned_cache::Ticket,
};

use crate::testing::{Bench, seller};

pub fn product(sku: &str, paise: i64) -> Product {
    let (make, model) = ("Maruti Suzuki".to_owned(), "Swift".to_owned());
    let put = PutProduct {
        slug: sku.to_lowercase(),
        name: format!("Part {sku}"),
        description: "A part.".to_owned(),
        category: "Brakes".to_owned(),
        brand: "Bosch".to_owned(),
        hsn: "87083000".to_owned(),
        gst_basis_points: Some(2_800),
        price: Money::inr(paise),
        weight_grams: 1_500,
        active: true,
        fitment: vec![Fitment { make, model, year_from: 2018, year_to: 2023, variant: None }],
        ..PutProduct::blank(ProductId::generate(), sku.parse().unwrap())
    };
    Product::new(put, Timestamp::from_millis(0))
}

/// Lets the app find these products.
pub fn serve(bench: &Bench, products: &[Product]) {
    let mut writer = Writer::open(&Place::Memory).unwrap();
    for product in products {
        writer.put(product).unwrap();
    }
    writer.commit("").unwrap();
    bench.app.search.serve(writer.index());
    bench.app.directory.take(products);
    bench.app.directory.complete();
}

fn document(id: String, version: i64, part: &str, content: Document) -> Document {
    doc! { "_id": id, "version": version, part: content }
}

pub async fn put_product(bench: &Bench, product: &Product) {
    let version = record_product(bench, product).await;
    tell_version(bench, product, version).await;
}

/// What the catalog worker writes, before anybody is told.
pub async fn record_product(bench: &Bench, product: &Product) -> i64 {
    let id = product.product_id.to_string();
    let products = bench.mongo.collection::<Document>("products");
    let before = products.find_one(doc! { "_id": &id }).await.unwrap();
    let version = before.map_or(0, |before| before.get_i64("version").unwrap()) + 1;
    let state = document(id.clone(), version, "state", serialize_to_document(product).unwrap());
    products.replace_one(doc! { "_id": id }, state).upsert(true).await.unwrap();
    version
}

/// What the catalog worker tells the cache then.
pub async fn tell_version(bench: &Bench, product: &Product, version: i64) {
    let entry = Product::cache_entry(product.product_id.to_string(), version);
    bench.product_versions.put(&[entry], &Ticket::default()).await.unwrap();
}

pub fn body(product: &Product, quantity: i64) -> Value {
    json!({
        "items": [{"product_id": product.product_id, "quantity": quantity}],
        "address": {"name": "Asha Kulkarni", "phone": "9876543210", "line1": "12 MG Road", "city": "Pune",
                    "state_code": "27", "pincode": "411001"},
        "payment_method": "cod",
    })
}

/// The orders that the broker was given, in order.
pub fn placed(bench: &Bench) -> Vec<Delivery<OrdersMessage>> {
    let place = Position { partition: 0, offset: 0 };
    let taken = bench.broker.taken.lock().unwrap();
    taken.iter().map(|sent| Delivery::decode(&sent.payload, place, Timestamp::now(), None).unwrap()).collect()
}

/// Places an order and gives what was sent to the orders worker.
pub async fn place(bench: &Bench, user: UserId) -> PlaceOrder {
    let part = product("BRK-PAD", 120_000);
    put_product(bench, &part).await;
    let (status, answer) = bench.asked_by(user, "POST", "/orders", &[], &body(&part, 2)).await;
    assert_eq!(status, 202, "{answer}");
    match placed(bench).pop().unwrap().message {
        OrdersMessage::PlaceOrder(place) => place,
        other => panic!("{other:?}"),
    }
}

/// What the orders worker makes of it.
pub fn order(place: &PlaceOrder, status: OrderStatus) -> Order {
    Order {
        order_id: place.order_id,
        user_id: place.user_id,
        status,
        lines: place.lines.clone(),
        totals: place.totals.clone(),
        address: place.address.clone(),
        payment_method: place.payment_method,
        placed_at: place.placed_at,
        buyer_gstin: place.buyer_gstin.clone(),
        coupon: None,
        lines_reserved: 0,
        payment: None,
        attempts: Vec::new(),
        invoice: None,
        replacements: Vec::new(),
        credit_note: None,
        credits: Vec::new(),
        to_credit: Vec::new(),
        shipment: None,
        history: vec![Move { status, at: place.placed_at, reason: String::new() }],
        cancellation: None,
        refunds: Vec::new(),
        cash: Vec::new(),
        refunded_elsewhere: 0,
        disputes: Vec::new(),
        returnable_until: None,
        returns: Vec::new(),
        deadline: None,
        stuck: false,
    }
}

pub async fn put_order(bench: &Bench, order: &Order, version: i64) {
    let id = order.order_id.to_string();
    let state = document(id.clone(), version, "state", serialize_to_document(order).unwrap());
    let orders = bench.mongo.collection::<Document>("orders");
    orders.replace_one(doc! { "_id": id }, state).upsert(true).await.unwrap();
}

/// The invoice that the invoicing worker makes of it, of September 2026.
pub fn invoice(place: &PlaceOrder) -> Invoice {
    Invoice {
        order_id: place.order_id,
        number: "INV2627-00000001".to_owned(),
        issued_at: Timestamp::from_millis(1_790_000_000_000),
        seller: seller(),
        lines: place.lines.clone(),
        totals: place.totals.clone(),
        address: place.address.clone(),
        payment_method: place.payment_method,
        payment_ref: String::new(),
        buyer_gstin: place.buyer_gstin.clone(),
        replaces: String::new(),
        void: None,
    }
}

pub async fn put_invoice(bench: &Bench, place: &PlaceOrder) {
    keep_invoice(bench, &invoice(place)).await;
}

pub async fn keep_invoice(bench: &Bench, invoice: &Invoice) {
    let mut row = serialize_to_document(invoice).unwrap();
    row.insert("kind", "invoice");
    let id = invoice.document_id();
    let invoices = bench.mongo.collection::<Document>(Invoice::COLLECTION);
    let row = document(id.clone(), 1, "row", row);
    invoices.replace_one(doc! { "_id": id }, row).upsert(true).await.unwrap();
}

pub async fn put_credit_note(bench: &Bench, place: &PlaceOrder) {
    let note = CreditNote {
        order_id: place.order_id,
        number: "CRN2627-00000001".to_owned(),
        issued_at: Timestamp::from_millis(1_790_000_000_000),
        invoice_number: "INV2627-00000001".to_owned(),
        invoice_issued_at: Timestamp::from_millis(1_790_000_000_000),
        seller: seller(),
        lines: place.lines.clone(),
        totals: place.totals.clone(),
        address: place.address.clone(),
        payment_method: place.payment_method,
        payment_ref: String::new(),
        buyer_gstin: place.buyer_gstin.clone(),
        earlier: 0,
        reason: String::new(),
        invoice_total: Some(place.totals.grand_total),
    };
    let mut row = serialize_to_document(&note).unwrap();
    row.insert("kind", "credit_note");
    let notes = bench.mongo.collection::<Document>(CreditNote::COLLECTION);
    notes.insert_one(document(place.order_id.to_string(), 1, "row", row)).await.unwrap();
}

pub async fn put_reference(bench: &Bench, collection: &str, order: OrderId, name: &str, value: impl Into<Bson>) {
    let content = doc! { name: value.into() };
    let named = document(order.to_string(), 1, "state", content);
    bench.mongo.collection::<Document>(collection).insert_one(named).await.unwrap();
}

pub async fn drop_record(bench: &Bench) {
    bench.mongo.drop().await.unwrap();
}
