//! The life of a reservation, message by message.

mod shop;

use std::borrow::Cow;

use inventory::rows::{InventoryRow, Reservation, ReservationState};
use schemas::{
    ids::{OrderId, Sku},
    inventory::{
        CommitStock, ReceiveStock, RecountStock, ReleaseStock, ReserveStock, ReturnStock, UnitsByState, UnitsOfPart,
    },
};
use shared::{
    engine::Row,
    id::{MessageId, Uuid},
};
use shop::{Answer, Shop};

fn order(n: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(n))
}

fn sku() -> Sku {
    "BRK-1".parse().expect("a SKU")
}

fn shop_with(units: i64) -> Shop {
    let mut shop = Shop::default();
    receive(&mut shop, units, "note-1").expect("a first delivery");
    shop
}

type Outcome = Result<Vec<(OrderId, Answer)>, Cow<'static, str>>;

fn receive(shop: &mut Shop, quantity: i64, receipt: &str) -> Outcome {
    let message = ReceiveStock { sku: sku(), quantity, receipt: receipt.to_owned(), answer_to: None };
    shop.deliver(MessageId::generate(), &message.into())
}

fn reserve(shop: &mut Shop, n: u128, quantity: i64) -> Outcome {
    shop.deliver(
        MessageId::generate(),
        &ReserveStock { order_id: order(n), sku: sku(), quantity, then: Vec::new() }.into(),
    )
}

fn release(shop: &mut Shop, n: u128) -> Outcome {
    shop.deliver(MessageId::generate(), &ReleaseStock { order_id: order(n), sku: sku() }.into())
}

fn commit(shop: &mut Shop, n: u128) -> Outcome {
    shop.deliver(MessageId::generate(), &CommitStock { order_id: order(n), sku: sku() }.into())
}

#[test]
fn of_two_orders_that_want_the_last_unit_one_wins() {
    let mut shop = shop_with(1);
    assert_eq!(reserve(&mut shop, 1, 1), Ok(vec![(order(1), Answer::Reserved)]));
    assert_eq!(reserve(&mut shop, 2, 1), Ok(vec![(order(2), Answer::Refused { available: 0 })]));
}

#[test]
fn an_order_for_several_parts_is_passed_on_from_one_to_the_next_as_long_as_they_are_granted() {
    let mut shop = shop_with(1);
    let part = |name: &str, quantity| UnitsOfPart { sku: name.parse().expect("a SKU"), quantity };
    let asks = |n| ReserveStock { order_id: order(n), sku: sku(), quantity: 1, then: vec![part("C", 2), part("D", 3)] };
    let next = ReserveStock { sku: part("C", 2).sku, quantity: 2, then: vec![part("D", 3)], ..asks(1) };
    for time in ["once", "again"] {
        let answer = shop.deliver(MessageId::generate(), &asks(1).into());
        assert_eq!(answer, Ok(vec![(order(1), Answer::PassedOn(next.clone()))]), "{time}");
    }
    let refused = shop.deliver(MessageId::generate(), &asks(2).into());
    assert_eq!(refused, Ok(vec![(order(2), Answer::Refused { available: 0 })]));
}

#[test]
fn an_order_that_was_given_up_is_not_passed_on() {
    let mut shop = shop_with(1);
    release(&mut shop, 1).expect("nothing to release");
    let then = vec![UnitsOfPart { sku: "C".parse().expect("a SKU"), quantity: 1 }];
    let asks = ReserveStock { order_id: order(1), sku: sku(), quantity: 1, then };
    let answer = shop.deliver(MessageId::generate(), &asks.into());
    assert_eq!(answer, Ok(vec![(order(1), Answer::Refused { available: 1 })]));
}

#[test]
fn an_order_gets_all_it_asks_for_or_nothing() {
    let mut shop = shop_with(2);
    assert_eq!(reserve(&mut shop, 1, 3), Ok(vec![(order(1), Answer::Refused { available: 2 })]));
    assert_eq!(shop.available(&sku()), 2);
}

#[test]
fn a_refused_order_stays_refused_when_stock_arrives_later() {
    let mut shop = Shop::default();
    assert_eq!(reserve(&mut shop, 1, 1), Ok(vec![(order(1), Answer::Refused { available: 0 })]));
    receive(&mut shop, 5, "note-1").unwrap();
    assert_eq!(reserve(&mut shop, 1, 1), Ok(vec![(order(1), Answer::Refused { available: 0 })]));
}

#[test]
fn a_reserve_that_comes_after_its_release_gets_nothing() {
    let mut shop = shop_with(5);
    assert_eq!(release(&mut shop, 1), Ok(vec![]));
    assert_eq!(reserve(&mut shop, 1, 2), Ok(vec![(order(1), Answer::Refused { available: 5 })]));
    assert_eq!(shop.available(&sku()), 5);
}

#[test]
fn what_is_held_sold_and_returned_can_be_bought_again() {
    let mut shop = shop_with(2);
    reserve(&mut shop, 1, 2).unwrap();
    assert_eq!(commit(&mut shop, 1), Ok(vec![]));
    assert_eq!(shop.reservation(order(1), &sku()), Some(ReservationState::Sold));
    assert_eq!(release(&mut shop, 1), Ok(vec![]));
    assert_eq!(release(&mut shop, 1), Ok(vec![]));
    assert_eq!(shop.available(&sku()), 2);
    assert_eq!(reserve(&mut shop, 2, 2), Ok(vec![(order(2), Answer::Reserved)]));
}

#[test]
fn a_sold_reservation_is_confirmed_again_when_asked_again() {
    let mut shop = shop_with(2);
    reserve(&mut shop, 1, 1).unwrap();
    commit(&mut shop, 1).unwrap();
    assert_eq!(reserve(&mut shop, 1, 1), Ok(vec![(order(1), Answer::Reserved)]));
    assert_eq!(commit(&mut shop, 1), Ok(vec![]));
}

#[test]
fn selling_what_was_given_back_is_a_dead_letter() {
    let mut shop = shop_with(2);
    reserve(&mut shop, 1, 1).unwrap();
    release(&mut shop, 1).unwrap();
    assert_eq!(commit(&mut shop, 1), Err("commit_of_released".into()));
}

#[test]
fn selling_what_was_never_granted_is_a_dead_letter() {
    let mut shop = shop_with(1);
    assert_eq!(commit(&mut shop, 1), Err("commit_without_reservation".into()));
    reserve(&mut shop, 1, 9).unwrap();
    assert_eq!(commit(&mut shop, 1), Err("commit_without_reservation".into()));
}

#[test]
fn a_repeated_sale_after_the_return_is_known_for_what_it_is() {
    let mut shop = shop_with(1);
    reserve(&mut shop, 1, 1).unwrap();
    let (sale, message) = (MessageId::generate(), CommitStock { order_id: order(1), sku: sku() }.into());
    shop.deliver(sale, &message).unwrap();
    release(&mut shop, 1).unwrap();
    assert_eq!(shop.deliver(sale, &message), Ok(vec![]));
    assert_eq!(shop.available(&sku()), 1);
}

fn take_back(shop: &mut Shop, n: u128, name: &str, restock: i64, write_off: i64) -> Outcome {
    let back = ReturnStock { order_id: order(n), sku: sku(), return_id: name.to_owned(), restock, write_off };
    shop.deliver(MessageId::generate(), &back.into())
}

#[test]
fn what_a_customer_returns_is_sold_again_or_written_off_once_however_often_it_is_told() {
    let mut shop = shop_with(5);
    reserve(&mut shop, 1, 3).unwrap();
    commit(&mut shop, 1).unwrap();
    for _ in 0..3 {
        assert_eq!(take_back(&mut shop, 1, "r1", 1, 1), Ok(vec![]));
        let [stock] = shop.counters().try_into().unwrap();
        assert_eq!((stock.received, stock.available, stock.sold, stock.written_off), (5, 3, 1, 1));
        shop.assert_books_balance();
    }
    assert_eq!(take_back(&mut shop, 1, "r1", 2, 0), Err("return_quantity_changed".into()));
    assert_eq!(take_back(&mut shop, 1, "r2", 2, 0), Err("return_of_unsold".into()), "only one is left of it");
    assert_eq!(take_back(&mut shop, 1, "r2", 1, 0), Ok(vec![]));
    assert_eq!(release(&mut shop, 1), Ok(vec![]), "nothing is left to give back");
    assert_eq!(shop.available(&sku()), 4);
    shop.assert_books_balance();
}

#[test]
fn what_was_never_sold_to_an_order_does_not_come_back_from_it() {
    let mut shop = shop_with(5);
    assert_eq!(take_back(&mut shop, 1, "r1", 1, 0), Err("return_of_unsold".into()));
    reserve(&mut shop, 1, 2).unwrap();
    assert_eq!(take_back(&mut shop, 1, "r1", 1, 0), Err("return_of_unsold".into()), "it is held, not sold");
    commit(&mut shop, 1).unwrap();
    for (restock, write_off) in [(0, 0), (-1, 2), (2, -1), (i64::MAX, 1)] {
        assert_eq!(take_back(&mut shop, 1, "r1", restock, write_off), Err("quantity_out_of_range".into()));
    }
    take_back(&mut shop, 1, "r1", 0, 1).unwrap();
    assert_eq!(release(&mut shop, 1), Ok(vec![]));
    assert_eq!(shop.available(&sku()), 4);
    assert_eq!(take_back(&mut shop, 1, "r2", 1, 0), Err("return_of_unsold".into()), "it was given back");
    shop.assert_books_balance();
}

#[test]
fn a_delivery_note_counts_once() {
    let mut shop = shop_with(4);
    assert_eq!(receive(&mut shop, 4, "note-1"), Ok(vec![]));
    assert_eq!(shop.available(&sku()), 4);
    receive(&mut shop, 3, "note-2").unwrap();
    assert_eq!(shop.available(&sku()), 7);
}

#[test]
fn messages_that_contradict_the_books_are_refused_by_name() {
    let mut shop = shop_with(4);
    reserve(&mut shop, 1, 2).unwrap();
    assert_eq!(receive(&mut shop, 5, "note-1"), Err("receipt_quantity_changed".into()));
    assert_eq!(receive(&mut shop, 5, ""), Err("receipt_without_name".into()));
    assert_eq!(receive(&mut shop, 0, "note-2"), Err("quantity_out_of_range".into()));
    assert_eq!(receive(&mut shop, i64::MAX, "note-2"), Err("stock_overflow".into()));
    assert_eq!(reserve(&mut shop, 1, 3), Err("reservation_quantity_changed".into()));
    assert_eq!(reserve(&mut shop, 2, -1), Err("quantity_out_of_range".into()));
    assert_eq!(reserve(&mut shop, 2, i64::MAX), Ok(vec![(order(2), Answer::Refused { available: 2 })]));
}

#[test]
fn a_row_is_stored_under_its_kind_and_reads_back() {
    let row = InventoryRow::Reservation(Reservation {
        order_id: order(1),
        sku: sku(),
        quantity: 2,
        state: ReservationState::Held,
        available_at_refusal: None,
        sold_by: None,
        returned: 0,
        at: schemas::types::Timestamp::from_millis(7),
    });
    let document = serde_json::to_value(&row).unwrap();
    assert_eq!(document["kind"], "reservation");
    assert_eq!(document["state"], "held");
    assert_eq!(row.key().id, format!("{}:BRK-1", order(1)));
    assert_eq!(serde_json::from_value::<InventoryRow>(document).unwrap(), row);
}

#[test]
fn a_recount_puts_the_counters_right_once_and_stands_in_the_ledger() {
    let mut shop = Shop::default();
    let sku: Sku = "BRK-1".parse().unwrap();
    let receive = ReceiveStock { sku: sku.clone(), quantity: 5, receipt: "note".to_owned(), answer_to: None };
    shop.deliver(MessageId::generate(), &receive.into()).unwrap();
    let units = |units: i64| UnitsByState { received: units, available: units, ..UnitsByState::default() };
    let recount = |recounts, by| RecountStock { sku: sku.clone(), recounts, counters: units(by), ledger: units(by) };
    for _ in 0..3 {
        // Sent again under another id too: a difference is put right once.
        shop.deliver(MessageId::generate(), &recount(0, 2).into()).unwrap();
    }
    assert_eq!(shop.available(&sku), 7);
    assert_eq!(shop.deliver(MessageId::generate(), &recount(1, -8).into()).unwrap_err(), "stock_out_of_balance");
    shop.deliver(MessageId::generate(), &recount(1, -2).into()).unwrap();
    shop.assert_books_balance();
}
