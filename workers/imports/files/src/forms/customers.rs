//! Customers' accounts.

use schemas::{
    imports::rows::{CustomerRow, RowCommand, RowProblem},
    texts,
};

use super::Problems;
use crate::{
    columns::spelled,
    form::{Checked, Form, Keys, Known, KnownAccount, Seen},
    lists::UNCHANGED,
    sheet::RawRow,
};

/// What must be known.
pub(crate) fn keys(form: &Form, row: &RawRow) -> Keys {
    let email = texts::email(form.cell(row, "email").unwrap_or_default());
    Keys { emails: email.into_iter().collect(), ..Keys::default() }
}

/// What a row asks for: nothing, where the account says so already.
pub(crate) fn check(form: &Form, row: &RawRow, known: &Known, seen: &mut Seen) -> Result<Checked, Vec<RowProblem>> {
    let mut problems = Problems::new(form, row, "email");
    let given = |name| form.cell(row, name).filter(|cell| !cell.is_empty() && *cell != UNCHANGED);
    let email = problems.value("email", texts::email(given("email").unwrap_or_default()));
    let name = given("name").and_then(|name| problems.value("name", texts::line(name, 1, 100)));
    let phone = given("phone").and_then(|phone| problems.value("phone", texts::phone(phone)));
    let price_list =
        given("price_list").and_then(|list| problems.value("price_list", spelled(list, "must be retail or wholesale")));
    let Some(email) = email else { return Err(problems.all()) };
    problems.once("email", format!("email:{email}"), seen);
    let account = known.accounts.get(&email);
    if account.is_some_and(|account| account.is_operators) {
        problems.add("email", "operators_account", "must be a customer's, not that of somebody who operates the shop");
    }
    if account.is_none() && given("name").is_none() {
        problems.add("name", "missing_for_new", "a new account has a name");
    }
    problems.none()?;
    let row = CustomerRow { email, name, phone, price_list };
    if account.is_some_and(|account| says(account, &row)) {
        return Ok(Checked::Unchanged);
    }
    Ok(Checked::Good { command: RowCommand::Customer(row), is_new: account.is_none() })
}

/// Whether an account says all that a row does.
fn says(account: &KnownAccount, row: &CustomerRow) -> bool {
    row.name.as_ref().is_none_or(|name| *name == account.name)
        && row.phone.as_ref().is_none_or(|phone| *phone == account.phone)
        && row.price_list.is_none_or(|list| list == account.price_list)
}
