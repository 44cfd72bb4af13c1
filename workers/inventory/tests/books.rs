//! Whatever arrives, in whatever order and however often: the books balance.

mod shop;

use proptest::prelude::*;
use schemas::{
    ids::{OrderId, Sku},
    inventory::{CommitStock, InventoryMessage, ReceiveStock, ReleaseStock, ReserveStock, ReturnStock},
};
use shared::id::{MessageId, Uuid};
use shop::{Answer, Shop};

/// A message of a few orders about a few parts, or the repetition of one that was sent before.
#[derive(Debug, Clone)]
enum Event {
    New(InventoryMessage),
    Again(prop::sample::Index),
}

fn sku() -> impl Strategy<Value = Sku> {
    prop::sample::select(vec!["BRK-1", "OIL-2"]).prop_map(|text| text.parse().expect("a SKU"))
}

fn order() -> impl Strategy<Value = OrderId> {
    (1_u128..5).prop_map(|n| OrderId::from_uuid(Uuid::from_u128(n)))
}

fn message() -> impl Strategy<Value = InventoryMessage> {
    prop_oneof![
        2 => (sku(), -1_i64..8, 0..6).prop_map(|(sku, quantity, note)| {
            ReceiveStock { sku, quantity, receipt: format!("note-{note}"), answer_to: None }.into()
        }),
        4 => (order(), sku(), 0_i64..5).prop_map(|(order_id, sku, quantity)| {
            ReserveStock { order_id, sku, quantity, then: Vec::new() }.into()
        }),
        2 => (order(), sku()).prop_map(|(order_id, sku)| ReleaseStock { order_id, sku }.into()),
        2 => (order(), sku()).prop_map(|(order_id, sku)| CommitStock { order_id, sku }.into()),
        2 => (order(), sku(), 0..4, -1_i64..3, 0_i64..3).prop_map(|(order_id, sku, name, restock, write_off)| {
            ReturnStock { order_id, sku, return_id: format!("return-{name}"), restock, write_off }.into()
        }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => message().prop_map(Event::New),
        1 => any::<prop::sample::Index>().prop_map(Event::Again),
    ];
    prop::collection::vec(event, 1..80)
}

/// Gives every new message an id and replaces repetitions by what they repeat.
fn numbered(events: Vec<Event>) -> Vec<(MessageId, InventoryMessage)> {
    let mut sent: Vec<(MessageId, InventoryMessage)> = Vec::new();
    for (n, event) in events.into_iter().enumerate() {
        match event {
            Event::New(message) => sent.push((MessageId::of_fact(&n.to_string()), message)),
            Event::Again(which) if !sent.is_empty() => sent.push(which.get(&sent).clone()),
            Event::Again(_) => {}
        }
    }
    sent
}

proptest! {
    #[test]
    fn the_books_balance_after_every_message(events in events()) {
        let mut shop = Shop::default();
        for (id, message) in numbered(events) {
            shop.deliver(id, &message).ok();
            shop.assert_books_balance();
        }
    }

    #[test]
    fn a_message_that_comes_twice_in_a_row_moves_the_counters_once(events in events()) {
        let mut shop = Shop::default();
        for (id, message) in numbered(events) {
            let first = shop.deliver(id, &message);
            let counters = shop.counters();
            prop_assert_eq!(shop.deliver(id, &message), first);
            prop_assert_eq!(shop.counters(), counters);
        }
    }

    #[test]
    fn a_first_reserve_is_granted_exactly_when_it_fits(events in events()) {
        let mut shop = Shop::default();
        for (id, message) in numbered(events) {
            let before = shop.clone();
            let answers = shop.deliver(id, &message);
            if let (InventoryMessage::ReserveStock(asked), Ok(answers)) = (&message, answers)
                && !before.knows(asked.order_id, &asked.sku)
            {
                let available = before.available(&asked.sku);
                let right = if asked.quantity <= available { Answer::Reserved } else { Answer::Refused { available } };
                prop_assert_eq!(answers, vec![(asked.order_id, right)]);
            }
        }
    }

    #[test]
    fn no_more_comes_back_than_was_sold_and_a_return_counts_once_whoever_repeats_it(events in events()) {
        let mut shop = Shop::default();
        let mut counted = std::collections::HashMap::new();
        for (id, message) in numbered(events) {
            let before = shop.counters();
            let answers = shop.deliver(id, &message);
            let InventoryMessage::ReturnStock(back) = message else { continue };
            let name = (back.return_id.clone(), back.sku.clone());
            let of = |stock: &[inventory::stock::Stock]| stock.iter().find(|stock| stock.sku == back.sku).cloned();
            let (before, after) = (of(&before), of(&shop.counters()));
            if answers.is_ok() && !counted.contains_key(&name) {
                let (before, after) = (before.unwrap(), after.unwrap());
                prop_assert_eq!(before.sold - after.sold, back.restock + back.write_off);
                prop_assert_eq!(after.available - before.available, back.restock);
                counted.insert(name, back);
            } else {
                prop_assert_eq!(before, after, "a repetition or a refusal moves nothing");
                prop_assert!(answers.is_err() || counted[&name] == back);
            }
        }
    }

    #[test]
    fn an_order_that_released_is_never_granted_again(events in events()) {
        let mut shop = Shop::default();
        let mut released = std::collections::HashSet::new();
        for (id, message) in numbered(events) {
            let answers = shop.deliver(id, &message);
            match message {
                InventoryMessage::ReleaseStock(given_back) => {
                    released.insert((given_back.order_id, given_back.sku));
                }
                InventoryMessage::ReserveStock(asked) if released.contains(&(asked.order_id, asked.sku.clone())) => {
                    prop_assert!(answers.unwrap_or_default().iter().all(|(_, answer)| *answer != Answer::Reserved));
                }
                _ => {}
            }
        }
    }
}
