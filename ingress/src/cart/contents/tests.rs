use std::collections::HashSet;

use proptest::{prelude::*, test_runner::TestCaseError};
use schemas::types::OrderLine;
use shared::id::Uuid;

use super::*;

#[derive(Debug, Clone)]
enum Change {
    Add(u8, u32, Option<u8>),
    Set(u8, u32),
    Remove(u8),
    TakeIn(u8, Vec<(u8, u32)>),
    SpendAll,
    Clear,
}

fn product(number: u8) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

fn item(number: u8, quantity: u32) -> CartItem {
    CartItem { product_id: product(number), quantity, seen_price: Money::inr(100) }
}

fn named(key: u8, body: &str) -> Option<Done> {
    Some(Done { key: key.to_string(), body: body.to_owned() })
}

fn cart() -> Cart {
    Cart::empty(CartId::of_user(UserId::from_uuid(Uuid::nil())))
}

fn line(number: u8, quantity: i32) -> OrderLine {
    let nothing = Money::inr(0);
    OrderLine {
        product_id: product(number),
        sku: "BRK-PAD".parse().unwrap(),
        name: String::new(),
        hsn: String::new(),
        quantity,
        unit_price: nothing,
        gst_basis_points: 0,
        weight_grams: 0,
        taxable: nothing,
        cgst: nothing,
        sgst: nothing,
        igst: nothing,
        total: nothing,
        discount: nothing,
        tax_inclusive: false,
        price_list: schemas::types::PriceList::Retail,
        cess_basis_points: 0,
        cess: nothing,
        non_returnable: false,
    }
}

fn units() -> impl Strategy<Value = u32> {
    prop_oneof![1u32..5, 0u32..=MOST_UNITS + 1]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let guests = proptest::collection::vec((0u8..70, 1u32..=MOST_UNITS), 0..30);
    let change = prop_oneof![
        6 => (0u8..70, units(), proptest::option::of(0u8..50)).prop_map(|(p, q, k)| Change::Add(p, q, k)),
        2 => (0u8..70, units()).prop_map(|(p, q)| Change::Set(p, q)),
        1 => (0u8..70).prop_map(Change::Remove),
        1 => (0u8..20, guests).prop_map(|(guest, items)| Change::TakeIn(guest, items)),
        1 => Just(Change::SpendAll),
        1 => Just(Change::Clear),
    ];
    proptest::collection::vec(change, 0..120)
}

fn guest(name: u8, items: &[(u8, u32)]) -> Cart {
    let mut guest = Cart::empty(CartId::of_guest(&name.to_string()));
    for (number, quantity) in items {
        let _ = guest.add(item(*number, *quantity), None);
    }
    guest
}

fn apply(cart: &mut Cart, change: &Change) {
    match change {
        Change::Add(number, quantity, key) => {
            let _ = cart.add(item(*number, *quantity), key.and_then(|key| named(key, "x")));
        }
        Change::Set(number, quantity) => drop(cart.set(item(*number, *quantity))),
        Change::Remove(number) => drop(cart.remove(product(*number))),
        Change::TakeIn(name, items) => drop(cart.take_in(&guest(*name, items))),
        Change::SpendAll => {
            let lines: Vec<_> = (0..70).map(|number| line(number, cart.quantity_of(product(number)) as i32)).collect();
            cart.spend(cart.generation, &lines);
        }
        Change::Clear => cart.clear().unwrap(),
    }
}

fn is_a_good_order(cart: &Cart) -> Result<(), TestCaseError> {
    let products: HashSet<_> = cart.items.iter().map(|item| item.product_id).collect();
    prop_assert_eq!(products.len(), cart.items.len());
    prop_assert!(cart.items.len() <= MOST_ITEMS);
    prop_assert!(cart.items.iter().all(|item| (1..=MOST_UNITS).contains(&item.quantity)));
    prop_assert!(cart.done.len() <= MOST_DONE && cart.taken_in.len() <= MOST_TAKEN_IN);
    Ok(())
}

fn units_in(cart: &Cart) -> u32 {
    cart.items.iter().map(|item| item.quantity).sum()
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_cart_it_can_be_ordered_and_stays_small(changes in changes()) {
        let mut cart = cart();
        for change in &changes {
            apply(&mut cart, change);
            is_a_good_order(&cart)?;
        }
    }

    #[test]
    fn a_request_with_a_key_puts_in_once_and_its_key_is_no_other_requests(changes in changes(), quantity in 1u32..9) {
        let mut cart = cart();
        changes.iter().for_each(|change| apply(&mut cart, change));
        let first = cart.add(item(1, quantity), named(200, "a"));
        let then = cart.clone();
        if first.is_ok() {
            prop_assert_eq!(cart.add(item(1, quantity), named(200, "a")), Ok(()));
            prop_assert_eq!(cart.add(item(2, 1), named(200, "b")), Err(CartFault::KeyReused));
        }
        prop_assert_eq!(cart, then);
    }

    #[test]
    fn a_guests_cart_is_taken_in_once_and_nothing_of_it_is_lost(changes in changes(), guests in changes()) {
        let (mut cart, mut other) = (cart(), guest(250, &[]));
        changes.iter().for_each(|change| apply(&mut cart, change));
        guests.iter().for_each(|change| apply(&mut other, change));
        let before = units_in(&cart);
        let left_out: u32 = cart.take_in(&other).iter().map(|left| left.quantity).sum();
        prop_assert_eq!(units_in(&cart) + left_out, before + units_in(&other));
        is_a_good_order(&cart)?;
        let then = cart.clone();
        prop_assert_eq!(cart.take_in(&other), Vec::new());
        prop_assert_eq!(cart, then);
    }

    #[test]
    fn an_order_spends_what_it_has_once_and_what_came_since_stays(changes in changes(), later in 1u32..9, since in 0u8..70) {
        let mut cart = cart();
        changes.iter().for_each(|change| apply(&mut cart, change));
        let ordered: Vec<_> = (0..70).map(|number| line(number, cart.quantity_of(product(number)) as i32)).collect();
        let spending = cart.spending();
        cart.ordering = true;
        let came = if cart.add(item(since, later), None).is_ok() { later } else { 0 };
        cart.spend(spending.generation, &ordered);
        prop_assert_eq!(units_in(&cart), came);
        prop_assert!(!cart.ordering && cart.spending() != spending);
        let then = cart.clone();
        cart.spend(spending.generation, &ordered);
        prop_assert_eq!(cart, then);
    }
}

#[test]
fn a_cart_that_was_given_away_takes_no_changes_and_goes_to_nobody_else() {
    let mut guests = guest(1, &[(1, 2)]);
    let (one, other) = (UserId::generate(), UserId::generate());
    guests.give_to(one).unwrap();
    guests.give_to(one).unwrap();
    assert_eq!(guests.give_to(other), Err(CartFault::TakenIn));
    assert_eq!(guests.add(item(2, 1), None), Err(CartFault::TakenIn));
    assert_eq!(guests.set(item(1, 1)), Err(CartFault::TakenIn));
    assert_eq!(guests.remove(product(1)), Err(CartFault::TakenIn));
    assert_eq!(guests.clear(), Err(CartFault::TakenIn));
    assert_eq!(units_in(&guests), 2);
}
