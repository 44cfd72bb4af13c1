//! A product is as somebody says who looked at it.

use schemas::{catalog::ChangeProduct, documents::Product, types::Timestamp};
use shared::engine::Refusal;

use crate::{
    answer,
    handler::Out,
    history,
    put::{amended, settle},
};

/// Changes a product, if nobody changed it since it was looked at. What cannot be done stands among the product's changes,
/// so that who asked for it sees why. The same change again is none. A row of a file is told how it ended.
///
/// # Errors
/// Those of [`crate::put::put`] and `revision_changed`, for a product that does not exist: it has no changes yet.
pub fn change(
    before: Option<Product>,
    command: &ChangeProduct,
    at: Timestamp,
    out: &mut Out<'_>,
) -> Result<Option<Product>, Refusal> {
    let row = command.answer_to;
    if let Some(known) = history::known(command.product.product_id, &command.change_id, out) {
        answer::told_again(row, &known, out);
        return Ok(before);
    }
    match (decide(before.as_ref(), command, at, out), before) {
        (Ok(after), before) => {
            let change = history::made(before.as_ref(), &after, command, at);
            let is_new = before.as_ref() != Some(&after);
            answer::carried_out(row, is_new, out);
            if is_new {
                return Ok(Some(settle(before.as_ref(), after, change, out)));
            }
            out.save(change.into());
            Ok(before)
        }
        (Err(refusal), Some(before)) => {
            out.save(history::refused(&before, command, &refusal, at).into());
            answer::refused(row, &refusal, out);
            Ok(Some(before))
        }
        (Err(refusal), None) => answer::refused_or_aside(row, refusal, out),
    }
}

/// What becomes of the product.
fn decide(before: Option<&Product>, command: &ChangeProduct, at: Timestamp, out: &Out<'_>) -> Result<Product, Refusal> {
    let revision = before.map_or(0, |before| before.revision);
    if revision != command.revision {
        let detail = format!("revision {} was looked at, and it is {revision} by now", command.revision);
        return Err(Refusal::new("revision_changed", detail));
    }
    amended(before, &command.product, at, out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{catalog::PutProduct, ids::UserId, types::Money};

    use super::*;
    use crate::testing::{Desk, LATER, Told, a_row, brake_pads};

    fn changed(id: &str, revision: i64, paise: i64) -> ChangeProduct {
        let product = PutProduct { price: Money::inr(paise), ..brake_pads() };
        ChangeProduct { change_id: id.to_owned(), admin_id: admin(), revision, product, answer_to: None }
    }

    fn admin() -> UserId {
        UserId::from_uuid(shared::id::Uuid::from_u128(7))
    }

    #[test]
    fn a_change_of_the_revision_that_was_looked_at_is_made_and_says_whose_it_is() {
        let mut desk = Desk::default();
        desk.deliver(changed("a", 0, 100)).unwrap();
        desk.deliver(changed("b", 1, 200)).unwrap();
        assert_eq!((desk.product().revision, desk.product().price), (2, Money::inr(200)));
        let change = desk.change("b");
        assert_eq!((change.by, change.at, change.revision, &change.refused), (Some(admin()), LATER, 2, &None));
        let [price] = &change.fields[..] else { panic!("{change:?}") };
        assert_eq!((price.before["minor"].as_i64(), price.after["minor"].as_i64()), (Some(100), Some(200)));
    }

    #[test]
    fn of_two_changes_of_one_revision_the_second_is_refused_where_its_author_sees_it() {
        let mut desk = Desk::default();
        desk.deliver(changed("a", 0, 100)).unwrap();
        desk.deliver(changed("b", 1, 200)).unwrap();
        assert_eq!(desk.deliver(changed("c", 1, 300)).unwrap().announced, [0_i64; 0]);
        assert_eq!(desk.product().price, Money::inr(200));
        let refused = desk.change("c").refused.unwrap();
        assert_eq!((refused.code.as_str(), desk.change("c").revision), ("revision_changed", 2));
    }

    #[test]
    fn what_breaks_a_rule_is_refused_where_its_author_sees_it() {
        let mut desk = Desk::default();
        desk.deliver(changed("a", 0, 100)).unwrap();
        desk.deliver(changed("b", 1, 0)).unwrap();
        assert_eq!(desk.change("b").refused.unwrap().code, "invalid_price");
        assert_eq!(desk.product().revision, 1);
    }

    #[test]
    fn a_change_of_a_product_that_is_not_there_goes_aside() {
        assert_eq!(Desk::default().deliver(changed("a", 4, 100)).unwrap_err(), "revision_changed");
    }

    #[test]
    fn a_row_of_a_file_is_told_what_came_of_it_even_where_there_is_no_product() {
        let mut desk = Desk::default();
        let mut of_row = |id: &str, revision, paise| {
            let change = ChangeProduct { answer_to: Some(a_row(2)), ..changed(id, revision, paise) };
            desk.deliver(change).unwrap().told
        };
        let refused = |code: &str| vec![(a_row(2), Told::Refused(code.to_owned()))];
        assert_eq!(of_row("a", 4, 100), refused("revision_changed"));
        assert_eq!(of_row("b", 0, 0), refused("invalid_price"));
        assert_eq!(of_row("c", 0, 100), [(a_row(2), Told::Applied { changed: true })]);
        assert_eq!(of_row("d", 1, 100), [(a_row(2), Told::Applied { changed: false })]);
        assert_eq!(of_row("e", 3, 200), refused("revision_changed"));
    }

    #[test]
    fn a_name_that_another_product_has_is_refused_where_its_author_sees_it_and_what_has_another_is_not() {
        let mut desk = Desk::default();
        desk.take("state.slug", "taken");
        let named = |id: &str, revision, slug: &str| {
            let change = changed(id, revision, 100);
            let product = PutProduct { slug: slug.to_owned(), ..change.product };
            ChangeProduct { product, answer_to: Some(a_row(2)), ..change }
        };
        let refused = [(a_row(2), Told::Refused("slug_taken".to_owned()))];
        let made = desk.deliver(named("a", 0, "taken")).unwrap();
        assert_eq!((made.product, &made.told[..]), (None, &refused[..]));
        assert_eq!(desk.deliver(named("b", 0, "free")).unwrap().announced, [1]);
        assert_eq!(desk.deliver(named("c", 1, "taken")).unwrap().told, refused);
        assert_eq!(
            (desk.change("c").refused.unwrap().code.as_str(), desk.product().slug.as_str()),
            ("slug_taken", "free")
        );
        desk.take("state.sku", "BRK-1");
        let unasked = ChangeProduct { answer_to: None, ..named("d", 1, "other") };
        desk.deliver(unasked).unwrap();
        assert_eq!(desk.change("d").refused.unwrap().code, "sku_taken");
    }

    proptest! {
        #[test]
        fn a_row_that_comes_again_is_told_the_same_and_changes_nothing(
            sent in proptest::collection::vec((0..6_u8, 0..3_i64, 0..3_i64), 1..24),
        ) {
            let mut desk = Desk::default();
            desk.deliver(changed("first", 0, 100)).unwrap();
            let mut told = std::collections::HashMap::new();
            for (id, revision, paise) in sent {
                let known = told.get(&id).cloned();
                let before = desk.state();
                let change = ChangeProduct { answer_to: Some(a_row(id)), ..changed(&id.to_string(), revision, paise) };
                let now = desk.deliver(change).unwrap().told;
                prop_assert_eq!(now.len(), 1);
                if let Some(known) = known {
                    prop_assert_eq!(&now, &known);
                    prop_assert_eq!(desk.state(), before);
                }
                told.insert(id, now);
            }
        }

        #[test]
        fn whatever_comes_again_each_change_counts_once_and_revisions_count_what_was_announced(
            sent in proptest::collection::vec((0..6_u8, 0..4_i64, 1..4_i64), 1..24),
        ) {
            let (mut desk, mut announced) = (Desk::default(), Vec::new());
            for (id, revision, paise) in sent {
                let known = desk.knows(&id.to_string());
                let before = desk.state();
                if let Ok(outcome) = desk.deliver(changed(&id.to_string(), revision, paise)) {
                    announced.extend(outcome.announced);
                }
                if known {
                    prop_assert_eq!(desk.state(), before);
                }
            }
            let last = desk.state().map_or(0, |product| product.revision);
            prop_assert_eq!(announced, (1..=last).collect::<Vec<_>>());
        }
    }
}
