//! A product fits a vehicle, or does not any more.

use schemas::{
    catalog::{FitProduct, Fitment, rules},
    documents::Product,
    types::Timestamp,
};
use shared::engine::Refusal;

use crate::{answer, handler::Out, history, put::settle};

/// Adds a vehicle to those that a product fits, or takes it away. It needs no revision: vehicles are a set, so whatever else
/// changes meanwhile does not matter, nor the order in which vehicles come. The same change again is none. A row of a file is
/// told how it ended.
///
/// # Errors
/// `unknown_product`, where no row waits for the answer.
pub fn fit(
    before: Option<Product>,
    command: &FitProduct,
    at: Timestamp,
    out: &mut Out<'_>,
) -> Result<Option<Product>, Refusal> {
    let row = command.answer_to;
    if let Some(known) = history::known(command.product_id, &command.change_id, out) {
        answer::told_again(row, &known, out);
        return Ok(before);
    }
    let Some(before) = before else {
        let detail = format!("there is no product {}", command.product_id);
        return answer::refused_or_aside(row, Refusal::new("unknown_product", detail), out);
    };
    match fitted(&before, command) {
        Ok(None) => {
            out.save(history::fitted(&before, command, Ok(false), at).into());
            answer::carried_out(row, false, out);
            Ok(Some(before))
        }
        Ok(Some(fitment)) => {
            let after = Product { fitment, revision: before.revision + 1, ..before.clone() };
            answer::carried_out(row, true, out);
            let change = history::fitted(&after, command, Ok(true), at);
            Ok(Some(settle(Some(&before), after, change, out)))
        }
        Err(refusal) => {
            out.save(history::fitted(&before, command, Err(&refusal), at).into());
            answer::refused(row, &refusal, out);
            Ok(Some(before))
        }
    }
}

/// The vehicles from now on; `None` if they are those already.
fn fitted(before: &Product, command: &FitProduct) -> Result<Option<Vec<Fitment>>, Refusal> {
    let FitProduct { fitment, remove, .. } = command;
    if before.fitment.contains(fitment) != *remove {
        return Ok(None);
    }
    let mut after = before.fitment.clone();
    if *remove {
        after.retain(|known| known != fitment);
    } else {
        after.push(fitment.clone());
    }
    rules::fitment(before.kind, &after).map_err(|invalid| Refusal::new(invalid.code, invalid.to_string()))?;
    Ok(Some(after))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;
    use schemas::{
        catalog::{PartKind, PutProduct},
        ids::UserId,
    };
    use shared::id::Uuid;

    use super::*;
    use crate::testing::{Desk, Told, a_row, brake_pads};

    fn vehicle(number: u8) -> Fitment {
        let (make, model) = ("Maruti Suzuki".to_owned(), format!("Model {number}"));
        Fitment { make, model, year_from: 2018, year_to: 2023, variant: None }
    }

    fn fits(change: u8, number: u8, remove: bool) -> FitProduct {
        FitProduct {
            product_id: brake_pads().product_id,
            change_id: change.to_string(),
            admin_id: UserId::from_uuid(Uuid::from_u128(7)),
            fitment: vehicle(number),
            remove,
            answer_to: Some(a_row(change)),
        }
    }

    fn listed(kind: PartKind) -> Desk {
        let (oem_number, fitment) = ("55810M74L00".to_owned(), vec![vehicle(0)]);
        let mut desk = Desk::default();
        desk.deliver(PutProduct { kind, oem_number, fitment, ..brake_pads() }).unwrap();
        desk
    }

    #[test]
    fn a_product_that_is_not_there_fits_nothing_and_the_row_hears_of_it() {
        let told = Desk::default().deliver(fits(1, 1, false)).unwrap().told;
        assert_eq!(told, [(a_row(1), Told::Refused("unknown_product".to_owned()))]);
        let unasked = FitProduct { answer_to: None, ..fits(1, 1, false) };
        assert_eq!(Desk::default().deliver(unasked).unwrap_err(), "unknown_product");
    }

    #[test]
    fn an_oem_part_keeps_its_last_vehicle_and_its_history_names_the_vehicle_alone() {
        let mut desk = listed(PartKind::Oem);
        let refused = [(a_row(1), Told::Refused("invalid_fitment".to_owned()))];
        assert_eq!(desk.deliver(fits(1, 0, true)).unwrap().told, refused);
        let added = desk.deliver(fits(2, 1, false)).unwrap();
        assert_eq!((added.told, added.announced), (vec![(a_row(2), Told::Applied { changed: true })], vec![2]));
        assert_eq!(desk.deliver(fits(3, 0, true)).unwrap().announced, [3]);
        assert_eq!(desk.product().fitment, [vehicle(1)]);
        let [of_two] = &desk.change("2").fields[..] else { panic!("{:?}", desk.change("2")) };
        assert_eq!((of_two.field.as_str(), of_two.before.is_null()), ("fits", true));
        assert_eq!(of_two.after["model"], "Model 1");
        assert_eq!(desk.change("1").refused.unwrap().code, "invalid_fitment");
    }

    proptest! {
        #[test]
        fn vehicles_are_a_set_and_each_change_counts_once(
            sent in proptest::collection::vec((0..12_u8, 0..4_u8, any::<bool>()), 1..40),
        ) {
            let mut desk = listed(PartKind::Aftermarket);
            let (mut model, mut told) = (BTreeSet::from([0]), HashMap::new());
            for (change, number, remove) in sent {
                let outcome = desk.deliver(fits(change, number, remove)).unwrap();
                if let Some(before) = told.get(&change) {
                    prop_assert_eq!(&outcome.told, before);
                    prop_assert!(outcome.announced.is_empty());
                    continue;
                }
                let changed = if remove { model.remove(&number) } else { model.insert(number) };
                prop_assert_eq!(&outcome.told, &vec![(a_row(change), Told::Applied { changed })]);
                prop_assert_eq!(outcome.announced.len(), usize::from(changed));
                told.insert(change, outcome.told);
                let now: BTreeSet<String> = desk.product().fitment.iter().map(|fit| fit.model.clone()).collect();
                prop_assert_eq!(now, model.iter().map(|number| vehicle(*number).model).collect::<BTreeSet<_>>());
            }
        }
    }
}
