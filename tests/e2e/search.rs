//! Parts are found as customers ask for them, within seconds of a change, and by an index that may be lost at any time.

use std::{env, fs, path::PathBuf, time::Duration};

use e2e::{
    Customer, Environment, Setup, Stack,
    catalog::{Catalog, OIL_FILTER, PADS},
    eventually,
    proxy::{Mode, Proxy},
    run,
};
use serde_json::{Value, json};

use crate::metrics::{number, numbers};

const DISC: &str = "E2E-DISC";

/// One more part than the demo's, with a number and a name of its own.
fn catalog() -> Catalog {
    let fits = json!([{ "make": "Skoda", "model": "Octavia", "year_from": 2015, "year_to": 2019, "variant": "Style" }]);
    Catalog::demo()
        .with(DISC, 5)
        .changed(DISC, "name", json!("Ventilated brake disc"))
        .changed(DISC, "oem_number", json!("1K0-698-151 A"))
        .changed(DISC, "fitment", fits)
}

async fn asked(customer: &Customer, query: &str) -> Value {
    customer.get(&format!("/products?limit=100&{query}")).await.expect(200).json()
}

async fn finds(customer: &Customer, query: &str, sku: &str) -> bool {
    let page = asked(customer, query).await;
    page["items"].as_array().unwrap().iter().any(|item| item["sku"] == sku)
}

/// Until then the index may even be missing: orders do not wait for it.
async fn becomes(customer: &Customer, query: &str, sku: &str, found: bool) {
    eventually(&format!("{sku} is found by {query}: {found}"), async || {
        if customer.get(&format!("/products?{query}")).await.status == 503 {
            return Err("the index is being made".to_owned());
        }
        if finds(customer, query, sku).await == found { Ok(()) } else { Err("not so yet".to_owned()) }
    })
    .await;
}

async fn load(shop: &Stack, catalog: &Catalog) {
    let file = shop.file("changed.json");
    catalog.write(&file);
    shop.command("load-catalog", &["--file", &file.display().to_string()]).await;
}

fn shelf() -> PathBuf {
    env::temp_dir().join(format!("spareparts-e2e-search-{}", std::process::id()))
}

/// The ways to ask for the disc.
const WAYS: [&str; 6] = [
    "q=braek%20disc%20ventilated",
    "q=1k0698151a",
    "q=1K0%20698.151%20A",
    "q=698151",
    "q=disc&vehicle=skoda/octavia/2017/style",
    "make=Skoda&model=Octavia&year=2016&sort=price&facets=true",
];

#[test]
fn a_part_is_found_in_every_way_and_changes_show_within_seconds_whatever_becomes_of_the_index() {
    run(async {
        let shop = Setup::new("search")
            .catalog(catalog())
            .set("SPAREPARTS_INGRESS__SEARCH_DIRECTORY", &shelf().display().to_string())
            .start()
            .await;
        let customer = shop.customer().await;
        for way in WAYS {
            becomes(&customer, way, DISC, true).await;
        }
        for other in ["q=disc&vehicle=skoda/octavia/2014", "q=disc&vehicle=skoda/octavia/2017/ambition", "q=1k0698152a"]
        {
            assert!(!finds(&customer, other, DISC).await, "{other}");
        }
        let pads = asked(&customer, "q=brake%20pads&facets=true").await;
        let counts = pads["facets"]["category"].as_array().unwrap();
        assert_eq!(counts[0]["value"], "Brakes");
        assert!(pads["total"].as_u64().unwrap() >= counts[0]["count"].as_u64().unwrap());

        load(&shop, &catalog().changed(PADS, "name", json!("Renamed stoppers"))).await;
        becomes(&customer, "q=stoper", PADS, true).await;
        load(&shop, &catalog().changed(DISC, "active", json!(false))).await;
        becomes(&customer, "q=1k0698151a", DISC, false).await;
        becomes(&customer, "q=stoper", PADS, false).await;
        load(&shop, &catalog()).await;
        becomes(&customer, "q=1k0698151a", DISC, true).await;

        // Killed, it goes on from what it kept; what changed meanwhile is found as well.
        shop.kill("ingress");
        load(&shop, &catalog().changed(OIL_FILTER, "tags", json!(["lubrication"]))).await;
        shop.start_again("ingress");
        shop.ready("ingress").await;
        assert!(finds(&customer, "q=1k0698151a", DISC).await, "a kept index answers at once");
        becomes(&customer, "q=lubricaton", OIL_FILTER, true).await;

        // Without what it kept, it is made anew.
        shop.kill("ingress");
        fs::remove_dir_all(shelf()).unwrap();
        shop.start_again("ingress");
        shop.ready("ingress").await;
        for way in WAYS {
            assert!(finds(&customer, way, DISC).await, "{way}");
        }
        fs::remove_dir_all(shelf()).unwrap();
    });
}

/// A way to MongoDB of its own, and the address of the record by it.
async fn own_way_to_the_record() -> (Proxy, String) {
    let uri = &Environment::get().mongo_uri;
    let authority = uri.trim_start_matches("mongodb://").split(['/', '?']).next().unwrap();
    let host = authority.rsplit('@').next().unwrap();
    let proxy = Proxy::start(host).await;
    let link = if uri.contains('?') { '&' } else { '?' };
    let by_proxy = format!("{}{link}directConnection=true", uri.replacen(host, &proxy.address(), 1));
    (proxy, by_proxy)
}

/// How many events the second ingress' index is behind, and since when, as it says itself once it has looked.
async fn lag(shop: &Stack) -> Result<(f64, f64), String> {
    let numbers = numbers(shop, "ingress-2").await;
    let of = |name: &str| number(&numbers, name).ok_or_else(|| format!("no {name} in\n{numbers}"));
    Ok((of("search_lag_records")?, of("search_lag_seconds")?))
}

async fn catches_up(shop: &Stack) {
    eventually("nothing is behind", async || {
        let lag = lag(shop).await?;
        if lag == (0.0, 0.0) { Ok(()) } else { Err(format!("{lag:?}")) }
    })
    .await;
}

#[test]
fn how_far_the_index_is_behind_grows_while_its_ingress_has_no_record_to_read_and_ends_with_that() {
    run(async {
        let shop = Setup::new("search-lag").catalog(catalog()).start().await;
        let (way, uri) = own_way_to_the_record().await;
        let api = shop.begin_another_ingress(&[("SPAREPARTS_MONGO__URI", &uri)]);
        shop.ready("ingress-2").await;
        let customer = shop.customer().await.at(&api);
        becomes(&customer, "q=1k0698151a", DISC, true).await;
        catches_up(&shop).await;

        way.set(Mode::Reset);
        load(&shop, &catalog().changed(DISC, "name", json!("Renamed stopper"))).await;
        eventually("it is known to be behind, and for how long", async || {
            let (records, seconds) = lag(&shop).await?;
            if records >= 1.0 && seconds >= 3.0 { Ok(()) } else { Err(format!("{records} for {seconds} s")) }
        })
        .await;

        way.set(Mode::Pass);
        becomes(&customer, "q=stoper", DISC, true).await;
        catches_up(&shop).await;
    });
}

#[test]
fn one_command_makes_the_index_anew_while_it_answers() {
    run(async {
        let shop = Setup::new("search-rebuild").catalog(catalog()).start().await;
        let customer = shop.customer().await;
        becomes(&customer, WAYS[0], DISC, true).await;
        let told = shop.command("rebuild-search", &[]).await;
        assert!(told.contains("search indexes") && told.contains(" 0 differ"), "{told}");

        // What no event announced: the index cannot know of it, and says so.
        let products = shop.store().database.collection::<mongodb::bson::Document>("products");
        let (id, raised) = (
            catalog().product_id(DISC),
            mongodb::bson::doc! {
                "$set": { "state.name": "Quietly renamed" }, "$inc": { "state.revision": 1_i64 }
            },
        );
        products.update_one(mongodb::bson::doc! { "_id": id }, raised).await.unwrap();
        let command = tokio::time::timeout(Duration::from_secs(60), shop.command("rebuild-search", &["--apply"]));
        let (told, still) = futures::join!(command, async {
            let mut still = true;
            for _ in 0..20 {
                still &= finds(&customer, "q=1k0698151a", DISC).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            still
        });
        let told = told.expect("in time");
        assert!(told.contains("search indexes") && told.contains(" 0 differ"), "{told}");
        assert!(still, "it is found all the while");
        assert!(finds(&customer, "q=quietly", DISC).await);
    });
}
