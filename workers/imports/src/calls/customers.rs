//! A chunk of customers is carried out: accounts are opened and changed.

use mongodb::error::Error;
use schemas::{
    accounts::{Account, Role},
    ids::{ImportId, UserId},
    imports::{
        CustomersApplied, ImportsMessage, RefusedCustomer,
        rows::{CheckedRow, CustomerRow, RowCommand},
    },
};
use shared::{engine::Unanswered, id::Uuid};

use super::{
    record::{Customer, Record},
    unanswered,
};

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Changed,
    Unchanged,
    OfAnOperator,
}

/// Carries a chunk out. Each row is one conditional write, so the same chunk again changes nothing more.
pub async fn carry_out(
    record: &Record,
    (import_id, check, chunk): (ImportId, &str, i32),
) -> Result<ImportsMessage, Unanswered> {
    let mut answer = CustomersApplied { import_id, chunk, unchanged: 0, refused: Vec::new() };
    let stored = record.chunk(import_id, check, chunk).await.map_err(unanswered)?;
    let stored = stored.ok_or_else(|| unanswered(format!("chunk {chunk} of {import_id} is not stored")))?;
    for CheckedRow { row, command } in stored.rows {
        let RowCommand::Customer(customer) = command else { continue };
        match carry_out_one(record, import_id, &customer).await.map_err(unanswered)? {
            Outcome::Changed => {}
            Outcome::Unchanged => answer.unchanged += 1,
            Outcome::OfAnOperator => answer.refused.push(of_an_operator(row)),
        }
    }
    Ok(answer.into())
}

async fn carry_out_one(record: &Record, import_id: ImportId, row: &CustomerRow) -> Result<Outcome, Error> {
    loop {
        let (is_done, ended) = match record.customer(&row.email).await? {
            None => (record.open(&new_account(import_id, row)).await?, Outcome::Changed),
            Some(known) if known.role.is_operators() => (true, Outcome::OfAnOperator),
            Some(known) => match changed(&known, row) {
                None => (true, Outcome::Unchanged),
                Some(after) => (record.change(&known, &after).await?, Outcome::Changed),
            },
        };
        // Else somebody was faster: look again.
        if is_done {
            return Ok(ended);
        }
    }
}

/// The account after the row, if that is another: what the row does not say stays.
fn changed(known: &Customer, row: &CustomerRow) -> Option<Customer> {
    let after = Customer {
        name: row.name.clone().unwrap_or_else(|| known.name.clone()),
        phone: row.phone.clone().unwrap_or_else(|| known.phone.clone()),
        role: row.price_list.map_or(known.role, Role::of_customer),
        ..known.clone()
    };
    (after != *known).then_some(after)
}

/// An account without a password: its owner logs in by a code.
fn new_account(import_id: ImportId, row: &CustomerRow) -> Account<String> {
    let (name, phone) = (row.name.clone().unwrap_or_default(), row.phone.clone().unwrap_or_default());
    let account = Account::new(row.email.clone(), name, phone, String::new());
    let user_id = UserId::from_uuid(Uuid::new_v5(&import_id.as_uuid(), row.email.as_bytes()));
    let role = row.price_list.map_or(Role::Customer, Role::of_customer);
    Account { user_id, role, ..account }
}

fn of_an_operator(row: u32) -> RefusedCustomer {
    let detail = "must be a customer's account, not that of somebody who operates the shop".to_owned();
    RefusedCustomer { row: row.into(), code: "operators_account".to_owned(), detail }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::types::PriceList;

    use super::*;

    fn prices() -> impl Strategy<Value = PriceList> {
        prop_oneof![Just(PriceList::Retail), Just(PriceList::Wholesale)]
    }

    proptest! {
        #[test]
        fn an_account_becomes_what_the_row_says_keeps_the_rest_and_the_same_row_again_changes_nothing(
            name in "[ab]", phone in "[01]?", before in prices(),
            row_name in proptest::option::of("[ab]"), row_phone in proptest::option::of("[01]"),
            price_list in proptest::option::of(prices()),
        ) {
            let user_id = UserId::from_uuid(Uuid::nil());
            let known = Customer { user_id, name, phone, role: Role::of_customer(before) };
            let row = CustomerRow { email: "a@b.in".to_owned(), name: row_name, phone: row_phone, price_list };
            let after = changed(&known, &row).unwrap_or_else(|| known.clone());
            prop_assert_eq!(changed(&after, &row), None);
            prop_assert_eq!(&after.name, row.name.as_ref().unwrap_or(&known.name));
            prop_assert_eq!(&after.phone, row.phone.as_ref().unwrap_or(&known.phone));
            prop_assert_eq!(after.role.prices(), price_list.unwrap_or(before));
        }
    }
}
