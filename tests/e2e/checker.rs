//! The checker on a real shop: it finds a sound run sound, and mistakes that are planted in the stores for what they are.

use std::{sync::Arc, time::Duration};

use e2e::{
    Basket, Setup, Stack,
    catalog::PADS,
    checker::{self, Facts, Outcome},
    facts::{Observed, at_rest, gather},
    kafka,
    life::{Life, catalog, live},
    run,
    sampling::StatusSampler,
    shop,
    store::blocking,
    wait::PATIENCE,
};
use mongodb::bson::{Document, doc};
use redis::AsyncCommands;
use schemas::types::OrderStatus::{Delivered, Packed};

const ORDERS: u32 = 40;

#[test]
fn a_quiet_run_holds_every_promise_and_mistakes_planted_in_its_stores_are_caught() {
    run(async {
        let setup = Setup::new("planted").catalog(catalog(ORDERS)).gateways(&["--auto-pay-ms", "100"]);
        let shop = Arc::new(setup.carrier(&["--step-delay-ms", "300"]).start().await);
        let life = Life { shop, seed: 7, orders: Some(ORDERS), every: Duration::from_millis(100) };
        let lived = live(&life, async {}).await;
        for verdict in checker::judge(&lived.facts) {
            let expected = if verdict.invariant == "I10" { Outcome::NotLookedAt } else { Outcome::Held };
            assert_eq!(verdict.outcome(), expected, "{verdict}\n{:#?}", verdict.violations);
            eprintln!("{verdict}");
        }
        let facts = lived.facts;
        let settlement = facts.settlement.as_ref().expect("settlements were compared");
        assert!(settlement.planted.len() >= 6, "three captures of each gateway: {settlement:?}");
        assert!(settlement.compared > settlement.planted.len(), "{settlement:?}");
        for (mistake, invariant, as_what) in MISTAKES {
            assert_caught(&life.shop, &facts, *mistake, invariant, as_what).await;
        }
        assert_that_a_record_that_makes_no_sense_is_a_dead_letter(&life.shop, facts).await;
    });
}

/// A field of one document, and what it is changed by or to.
#[derive(Clone, Copy)]
enum Mistake {
    /// The first document of this collection is lost.
    Lost(&'static str),
    /// A number in the first document of this collection is one more than it should be.
    OneMore(&'static str, &'static str),
    /// A text in the first document of this collection is another.
    Becomes(&'static str, &'static str, &'static str),
}

const MISTAKES: &[(Mistake, &str, &str)] = &[
    (Mistake::Lost("orders"), "I1", "acknowledged and does not exist"),
    (Mistake::Lost("orders"), "I9", "neither done nor a dead letter"),
    (Mistake::Becomes("orders", "state.status", "shipped"), "I2", "it rests at shipped"),
    (Mistake::OneMore("coupons", "state.used"), "I11", "by the counter"),
    (Mistake::OneMore("coupon_users", "row.used"), "I11", "by the counter of"),
    (Mistake::Lost("coupon_redemptions"), "I9", "neither done nor a dead letter"),
    (Mistake::OneMore("stock", "state.available"), "I3", "do not add up"),
    (Mistake::Lost("stock_ledger"), "I3", "by the ledger"),
    (Mistake::Lost("reservations"), "I9", "neither done nor a dead letter"),
    (Mistake::Becomes("stock_ledger", "row.cause", "unheard of"), "I3", "which is no message of its inbox"),
    (Mistake::Lost("money_ledger"), "I4", "the gateway moved"),
    (Mistake::OneMore("money_ledger", "row.amount.minor"), "I4", "the gateway moved"),
    (Mistake::OneMore("orders", "state.payment.captured.minor"), "I4", "the order says"),
    (Mistake::Lost("invoices"), "I5", "holes below"),
    (Mistake::Lost("payments"), "I9", "neither done nor a dead letter"),
];

async fn assert_caught(shop: &Stack, before: &Facts, mistake: Mistake, invariant: &str, as_what: &str) {
    let (collection, mut filter) = match mistake {
        Mistake::Lost(collection) | Mistake::Becomes(collection, ..) => (collection, doc! {}),
        Mistake::OneMore(collection, field) => (collection, doc! { field: { "$exists": true } }),
    };
    if collection == "money_ledger" {
        // What disputes and settlements move is looked at apart, and told in other words.
        filter.insert("row.occasion", doc! { "$in": ["captured", "refunded"] });
    }
    let documents = shop.store().database.collection::<Document>(collection);
    let sound = documents.find_one(filter).sort(doc! { "_id": 1 }).await.unwrap().unwrap();
    let which = doc! { "_id": sound.get("_id").unwrap() };
    match mistake {
        Mistake::Lost(_) => documents.delete_one(which.clone()).await.map(|_| ()),
        Mistake::OneMore(_, field) => documents.update_one(which.clone(), inc(field)).await.map(|_| ()),
        Mistake::Becomes(_, field, text) => documents.update_one(which.clone(), set(field, text)).await.map(|_| ()),
    }
    .unwrap();
    let found = checker::check(&gather(shop, before.requests.clone(), Observed::default()).await);
    let caught = found.iter().any(|violation| violation.invariant == invariant && violation.found.contains(as_what));
    assert!(caught, "not caught as {as_what:?}: {found:#?}");
    documents.replace_one(which, sound).upsert(true).await.unwrap();
}

fn inc(field: &str) -> Document {
    doc! { "$inc": { field: 1_i64 } }
}

fn set(field: &str, text: &str) -> Document {
    doc! { "$set": { field: text } }
}

async fn assert_that_a_record_that_makes_no_sense_is_a_dead_letter(shop: &Stack, before: Facts) {
    let topic = format!("{}orders.inbox", shop.prefix);
    blocking(move || kafka::append(&topic, "nobody", b"no message of ours")).await;
    at_rest(shop, PATIENCE).await;
    let facts = gather(shop, before.requests, Observed::default()).await;
    assert_eq!(checker::check(&facts), []);
    let letters: Vec<_> = facts.conservation.iter().flat_map(|all| &all.inboxes).flat_map(|one| &one.letters).collect();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!((letters[0].key.as_str(), letters[0].code.as_str()), ("nobody", "undecodable"));
}

/// A plain SET of an old version under the key of the living server: what nobody does who keeps to the cache's rules. An
/// ingress that has just been started has shown nothing yet and believes it; whoever reads all the time does not.
#[test]
fn an_old_status_in_the_cache_of_a_new_ingress_is_caught_by_the_readers() {
    run(async {
        let shop = Setup::new("old-status").start().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        let sampler = StatusSampler::start(3);
        sampler.followed().follow(order.clone());
        order.reaches(Packed).await;
        let old = shop.store().status_entry(&order).await;
        shop.gateways().deliver(&order.id).await;
        order.reaches(Delivered).await;
        sampler.read_on(&order).await;
        shop.kill("ingress");
        let mut cache = shop.store().cache().await;
        let _: () = cache.set(shop.store().status_key(&order.id).await, old).await.unwrap();
        shop.start_again("ingress");
        shop.ready("ingress").await;
        sampler.read_on(&order).await;
        let reads = sampler.stop().await;
        let found = checker::check(&Facts { reads, ..Facts::default() });
        assert!(found.iter().any(|violation| violation.found.contains("later version")), "{found:?}");
    });
}

#[test]
fn the_readers_of_an_order_see_it_go_forwards() {
    run(async {
        let shop = shop().await;
        let order = shop.customer().await.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await;
        let sampler = StatusSampler::start(3);
        sampler.followed().follow(order.clone());
        order.reaches(Packed).await;
        shop.gateways().deliver(&order.id).await;
        order.reaches(Delivered).await;
        sampler.read_on(&order).await;
        let reads = sampler.stop().await;
        assert_eq!(checker::check(&Facts { reads, ..Facts::default() }), []);
    });
}
