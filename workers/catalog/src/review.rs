//! What customers say of a product, and what that makes of its rating: each review counts once, as it is shown.

use schemas::{
    catalog::{ModerateReview, Moderation, Rating, Review, ReviewProduct, WithdrawReview},
    documents::Product,
    ids::{ProductId, UserId},
};
use shared::engine::{Refusal, RowKey};

use crate::{handler::Out, rows::CatalogRow};

/// Which document is this customer's review of this product.
#[must_use]
pub fn key(product: ProductId, user: UserId) -> RowKey {
    RowKey { collection: Review::COLLECTION, id: Review::document_id(product, user) }
}

/// A customer reviews the product, or says something else of it. What was hidden stays hidden until somebody looks at it.
///
/// # Errors
/// `unknown_product`, `invalid_stars`.
pub fn review(state: Option<Product>, command: &ReviewProduct, out: &mut Out<'_>) -> Result<Product, Refusal> {
    let product = known(state)?;
    if !ReviewProduct::STARS.contains(&command.stars) {
        return Err(Refusal::new("invalid_stars", format!("{} stars", command.stars)));
    }
    let before = found(out, command.product_id, command.user_id);
    if before.as_ref().is_some_and(|before| before.at >= command.reviewed_at) {
        return Ok(product); // a repetition, or older than what counts
    }
    let ReviewProduct { product_id, user_id, order_id, stars, title, text, reviewed_at: at } = command.clone();
    let (shown, moderation) = before.clone().map_or((true, None), |before| (before.shown, before.moderation));
    let withdrawn = false;
    let after = Review { product_id, user_id, order_id, stars, title, text, at, shown, withdrawn, moderation };
    Ok(counted(product, before.as_ref(), after, out))
}

/// A customer takes their review back: nothing of what they said is kept, only that they did, so that a repetition of what they
/// said before does not bring it back. Of a review and a withdrawal of the same moment the withdrawal counts.
pub fn withdraw(state: Option<Product>, command: &WithdrawReview, out: &mut Out<'_>) -> Option<Product> {
    let product = state?;
    let at = command.withdrawn_at;
    let is_new = |before: &Review| before.at < at || before.at == at && !before.withdrawn;
    let Some(before) = found(out, command.product_id, command.user_id).filter(is_new) else { return Some(product) };
    let (title, text) = (String::new(), String::new());
    let after = Review { stars: 0, title, text, at, withdrawn: true, ..before.clone() };
    Some(counted(product, Some(&before), after, out))
}

/// Somebody of the shop shows or hides a review.
///
/// # Errors
/// `unknown_product`, `unknown_review`.
pub fn moderate(state: Option<Product>, command: &ModerateReview, out: &mut Out<'_>) -> Result<Product, Refusal> {
    let product = known(state)?;
    let unknown = || Refusal::new("unknown_review", key(command.product_id, command.user_id).id);
    let before = found(out, command.product_id, command.user_id).ok_or_else(unknown)?;
    if before.moderation.as_ref().is_some_and(|last| last.at >= command.moderated_at) {
        return Ok(product);
    }
    let ModerateReview { admin_id: by, moderated_at: at, reason, shown, .. } = command.clone();
    let after = Review { shown, moderation: Some(Moderation { by, at, reason }), ..before.clone() };
    Ok(counted(product, Some(&before), after, out))
}

fn counted(product: Product, before: Option<&Review>, after: Review, out: &mut Out<'_>) -> Product {
    let rating = product.rating.with(before.map_or_else(Rating::default, Review::rating), after.rating());
    out.save(after.into());
    Product { rating, ..product }
}

fn known(state: Option<Product>) -> Result<Product, Refusal> {
    state.ok_or_else(|| Refusal::new("unknown_product", "nobody has put it"))
}

fn found(out: &Out<'_>, product: ProductId, user: UserId) -> Option<Review> {
    match out.row(&key(product, user))? {
        CatalogRow::Review(review) => Some(review.clone()),
        CatalogRow::Change(_) | CatalogRow::Categories(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{catalog::CatalogMessage, ids::OrderId, types::Timestamp};
    use shared::id::Uuid;

    use super::*;
    use crate::testing::{Desk, brake_pads};

    fn user(number: u8) -> UserId {
        UserId::from_uuid(Uuid::from_u128(u128::from(number)))
    }

    fn says(number: u8, stars: i32, at: i64) -> CatalogMessage {
        let (product_id, order_id) = (brake_pads().product_id, OrderId::from_uuid(Uuid::nil()));
        let (title, text, reviewed_at) = ("Fits".to_owned(), String::new(), Timestamp::from_millis(at));
        ReviewProduct { product_id, user_id: user(number), order_id, stars, title, text, reviewed_at }.into()
    }

    fn takes_back(number: u8, at: i64) -> CatalogMessage {
        let (product_id, withdrawn_at) = (brake_pads().product_id, Timestamp::from_millis(at));
        WithdrawReview { product_id, user_id: user(number), withdrawn_at }.into()
    }

    fn rules(number: u8, shown: bool, at: i64) -> CatalogMessage {
        let (product_id, moderated_at) = (brake_pads().product_id, Timestamp::from_millis(at));
        ModerateReview {
            product_id,
            user_id: user(number),
            shown,
            reason: String::new(),
            admin_id: user(99),
            moderated_at,
        }
        .into()
    }

    fn desk() -> Desk {
        let mut desk = Desk::default();
        desk.deliver(brake_pads()).unwrap();
        desk
    }

    #[test]
    fn a_review_counts_as_the_customer_said_last_and_only_while_it_is_shown() {
        let mut desk = desk();
        desk.deliver(says(1, 5, 10)).unwrap();
        desk.deliver(says(2, 4, 10)).unwrap();
        desk.deliver(says(1, 2, 20)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 2, stars: 6 });
        desk.deliver(rules(1, false, 30)).unwrap();
        desk.deliver(says(1, 1, 40)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 1, stars: 4 });
        desk.deliver(rules(1, true, 50)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 2, stars: 5 });
        assert_eq!(desk.product().revision, 1);
    }

    #[test]
    fn what_is_taken_back_counts_no_more_and_leaves_nothing_of_what_was_said() {
        let mut desk = desk();
        desk.deliver(says(1, 5, 10)).unwrap();
        desk.deliver(says(2, 4, 10)).unwrap();
        desk.deliver(takes_back(1, 20)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 1, stars: 4 });
        let taken_back = desk.reviews().into_iter().find(|review| review.withdrawn).unwrap();
        assert_eq!((taken_back.user_id, taken_back.stars, taken_back.title.as_str()), (user(1), 0, ""));
        desk.deliver(says(1, 5, 10)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 1, stars: 4 });
        desk.deliver(says(1, 2, 30)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 2, stars: 6 });
        desk.deliver(takes_back(1, 25)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 2, stars: 6 });
    }

    #[test]
    fn what_was_hidden_stays_hidden_when_it_is_taken_back_and_written_again() {
        let mut desk = desk();
        for message in [says(1, 1, 10), rules(1, false, 20), takes_back(1, 30), says(1, 1, 40)] {
            desk.deliver(message).unwrap();
            let counts = desk.product().rating.count;
            assert!(counts == 0 || desk.reviews()[0].moderation.is_none());
        }
        desk.deliver(rules(1, true, 50)).unwrap();
        assert_eq!(desk.product().rating, Rating { count: 1, stars: 1 });
    }

    #[test]
    fn what_nobody_said_cannot_be_taken_back_and_nothing_happens() {
        assert_eq!(Desk::default().deliver(takes_back(1, 10)).unwrap().product, None);
        let mut desk = desk();
        desk.deliver(takes_back(1, 10)).unwrap();
        assert_eq!((desk.product().rating, desk.reviews().len()), (Rating::default(), 0));
    }

    #[test]
    fn nobody_reviews_what_is_not_there_or_with_more_stars_than_there_are() {
        assert_eq!(Desk::default().deliver(says(1, 5, 10)).unwrap_err(), "unknown_product");
        assert_eq!(desk().deliver(says(1, 6, 10)).unwrap_err(), "invalid_stars");
        assert_eq!(desk().deliver(rules(1, false, 10)).unwrap_err(), "unknown_review");
    }

    #[test]
    fn a_change_of_the_product_keeps_its_rating() {
        let mut desk = desk();
        desk.deliver(says(1, 5, 10)).unwrap();
        desk.deliver(schemas::catalog::PutProduct { name: "Pads".to_owned(), ..brake_pads() }).unwrap();
        assert_eq!((desk.product().rating, desk.product().revision), (Rating { count: 1, stars: 5 }, 2));
    }

    /// What may happen to a review.
    #[derive(Debug, Clone, Copy)]
    enum Act {
        Says(i32),
        TakesBack,
        Rules(bool),
    }

    fn acts() -> impl Strategy<Value = Vec<(u8, Act, i64)>> {
        let act = prop_oneof![(1..6_i32).prop_map(Act::Says), Just(Act::TakesBack), any::<bool>().prop_map(Act::Rules)];
        proptest::collection::vec((0..3_u8, act, 0..20_i64), 0..40)
    }

    proptest! {
        #[test]
        fn the_rating_is_that_of_the_reviews_that_stand_whatever_comes_again_and_in_whatever_order(sent in acts()) {
            let mut desk = desk();
            for (number, act, at) in sent {
                let _ = desk.deliver(match act {
                    Act::Says(stars) => says(number, stars, at),
                    Act::TakesBack => takes_back(number, at),
                    Act::Rules(shown) => rules(number, shown, at),
                });
                let stand: Vec<Review> =
                    desk.reviews().into_iter().filter(|review| review.shown && !review.withdrawn).collect();
                let sum = Rating {
                    count: i64::try_from(stand.len()).unwrap(),
                    stars: stand.iter().map(|review| i64::from(review.stars)).sum(),
                };
                prop_assert_eq!(desk.product().rating, sum);
            }
        }

        #[test]
        fn whether_a_review_stands_depends_on_what_its_author_did_last_alone(
            mut sent in proptest::collection::vec((0..10_i64, proptest::option::of(1..6_i32)), 1..20),
        ) {
            let mut desk = desk();
            // Nobody takes back what they have not said yet.
            desk.deliver(says(1, 5, -1)).unwrap();
            for (at, said) in &sent {
                desk.deliver(said.map_or_else(|| takes_back(1, *at), |stars| says(1, stars, *at))).unwrap();
            }
            sent.sort_by_key(|(at, _)| *at);
            let last = sent.last().unwrap().0;
            let mut of_last = sent.iter().filter(|(at, _)| *at == last);
            let stands = of_last.all(|(_, said)| said.is_some());
            prop_assert_eq!(desk.product().rating.count, i64::from(stands));
        }
    }
}
