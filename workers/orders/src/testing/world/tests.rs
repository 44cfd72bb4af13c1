//! Worlds of a few orders, as chance will have them.

use proptest::{collection::vec, prelude::*};
use schemas::{
    ids::OrderId,
    orders::PlaceOrder,
    types::{OrderStatus, PaymentMethod},
};
use shared::id::Uuid;

use super::{Chance, Stock, World};
use crate::testing::{applied, line, place_parts};

const PARTS: [&str; 4] = ["AXLE", "BELT", "CLUTCH", "DISC"];

fn order(number: usize, method: PaymentMethod, parts: &[(usize, i32)]) -> PlaceOrder {
    let lines = parts.iter().map(|(part, quantity)| line(PARTS[*part], *quantity)).collect();
    place_parts(OrderId::from_uuid(Uuid::from_u128(number as u128 + 1)), method, lines)
}

fn cart() -> impl Strategy<Value = Vec<(usize, i32)>> {
    let methods = proptest::sample::subsequence(vec![0, 1, 2, 3], 1..=4).prop_shuffle();
    methods.prop_flat_map(|parts| {
        let count = parts.len();
        (Just(parts), vec(1..3i32, count)).prop_map(|(parts, quantities)| parts.into_iter().zip(quantities).collect())
    })
}

fn method() -> impl Strategy<Value = PaymentMethod> {
    prop_oneof![2 => Just(PaymentMethod::Stripe), 1 => Just(PaymentMethod::Razorpay), 1 => Just(PaymentMethod::Cod)]
}

fn with_coupons(limit: usize, orders: Vec<PlaceOrder>, choices: Vec<u16>) -> World {
    let stock: Vec<_> = PARTS.into_iter().map(|part| (part, 5)).collect();
    let mut world = World::new(Stock::of(&stock), Chance::new(choices), true);
    world.desk.limit = limit;
    orders.into_iter().for_each(|order| world.place(order));
    world.run();
    world
}

fn world(stock: &[i64], orders: Vec<(PaymentMethod, Vec<(usize, i32)>)>, choices: Vec<u16>, troubled: bool) -> World {
    let stock: Vec<_> = PARTS.into_iter().zip(stock.iter().copied()).collect();
    let mut world = World::new(Stock::of(&stock), Chance::new(choices), troubled);
    for (number, (method, parts)) in orders.into_iter().enumerate() {
        world.place(order(number, method, &parts));
    }
    world.run();
    world
}

#[test]
fn an_order_alone_in_a_calm_world_is_delivered() {
    let world = world(&[1, 1, 1, 1], vec![(PaymentMethod::Stripe, vec![(0, 1), (3, 1)])], vec![], false);
    world.adds_up();
    assert_eq!(world.delivered(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn in_a_troubled_world_every_order_ends_and_everything_adds_up(
        stock in vec(0..6i64, 4),
        orders in vec((method(), cart()), 1..6),
        choices in vec(any::<u16>(), 0..600),
    ) {
        world(&stock, orders, choices, true).adds_up();
    }

    #[test]
    fn of_orders_that_want_the_same_last_units_as_many_win_as_there_are_units(
        units in 0..4i64,
        wanting in 1..6usize,
        choices in vec(any::<u16>(), 0..300),
    ) {
        let cart = |number: usize| if number.is_multiple_of(2) { vec![(0, 1), (1, 1)] } else { vec![(1, 1), (0, 1)] };
        let orders = (0..wanting).map(|number| (PaymentMethod::Stripe, cart(number))).collect();
        let world = world(&[units, units, 0, 0], orders, choices, false);
        // Nothing comes free again here unless the carrier gives a parcel back, after the contest is decided.
        let won = world.orders.values().filter(|order| order.status != OrderStatus::Rejected).count();
        prop_assert_eq!(i64::try_from(won).unwrap(), units.min(i64::try_from(wanting).unwrap()));
        world.adds_up();
    }

    #[test]
    fn no_more_orders_use_a_coupon_than_may_and_every_other_gives_it_back(
        limit in 0..3usize,
        orders in vec((method(), cart(), any::<bool>()), 1..6),
        choices in vec(any::<u16>(), 0..600),
    ) {
        let orders = orders.iter().enumerate().map(|(number, (method, parts, coupon))| {
            let coupon = coupon.then(|| applied("MONSOON"));
            PlaceOrder { coupon, ..order(number, *method, parts) }
        });
        with_coupons(limit, orders.collect(), choices).adds_up();
    }

    #[test]
    fn nobody_is_refused_while_there_is_enough_for_all(
        orders in vec((method(), cart()), 1..6),
        choices in vec(any::<u16>(), 0..300),
    ) {
        let world = world(&[10, 10, 10, 10], orders, choices, false);
        prop_assert!(world.orders.values().all(|order| order.status != OrderStatus::Rejected));
        prop_assert!(PARTS.iter().all(|part| world.stock.available(part) >= 0));
        world.adds_up();
    }
}
