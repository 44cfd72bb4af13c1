//! The numbers that operators are told of are there to be looked at.

use std::fs;

use e2e::{Answer, Basket, Stack, catalog::PADS, environment, eventually, gateways::Bank, run, shop, stack::DAEMONS};
use schemas::types::OrderStatus::Packed;

/// Counted by the codes of refusals, of which there are as many as there are reasons: none is there before its first event.
/// That anything went aside at all is in `engine_records_total{outcome="dead"}`, from the start on.
const ONCE_THERE_IS_ONE: &str = "engine_dead_letters_total";

/// All numbers of a daemon.
pub async fn numbers(shop: &Stack, daemon: &str) -> String {
    Answer::of(shop.http().get(format!("{}/metrics", shop.url(daemon)))).await.expect(200).text()
}

/// A number that has no labels.
pub fn number(numbers: &str, name: &str) -> Option<f64> {
    let mut found = numbers.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.next()?.trim().parse().ok()
}

/// What README's table names, each with its labels.
fn told() -> Vec<(String, Vec<String>)> {
    let readme = fs::read_to_string(environment::root().join("README.md")).unwrap();
    let rows = readme.lines().skip_while(|line| *line != "| metric | tells |").skip(2);
    let cells = rows.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let named = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let parsed = named.map(|named| {
        let (name, labels) = named.split_once('{').unwrap_or((named, ""));
        let labels = labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty());
        (name.to_owned(), labels.map(str::to_owned).collect())
    });
    parsed.collect()
}

/// Whether a line shows this number, by all of its labels. How often something took how long is several numbers.
fn shows(line: &str, name: &str, labels: &[String]) -> bool {
    let Some(rest) = line.strip_prefix(name) else { return false };
    let rest = rest.strip_prefix("_count").unwrap_or(rest);
    rest.starts_with(['{', ' ']) && labels.iter().all(|label| rest.contains(&format!("{label}=\"")))
}

#[test]
fn every_number_that_operators_are_told_of_is_shown_by_some_daemon() {
    run(async {
        let shop = shop().await;
        let told = told();
        assert!(told.len() > 20, "README's table was not found: {told:?}");
        let customer = shop.customer().await;
        for method in ["stripe", "razorpay"] {
            let order = customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by(method)).await;
            shop.gateways().pay(&order.payment_prompt().await, Bank::Approves).await;
            order.reaches(Packed).await;
        }
        eventually("all of them are there", async || {
            customer.get("/products?q=brake").await;
            let mut shown = String::new();
            for daemon in DAEMONS {
                shown.push_str(&numbers(&shop, daemon).await);
            }
            let is_shown = |(name, labels): &&(String, Vec<String>)| {
                name == ONCE_THERE_IS_ONE || shown.lines().any(|line| shows(line, name, labels))
            };
            let missing: Vec<_> = told.iter().filter(|number| !is_shown(number)).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?}")) }
        })
        .await;
    });
}
