//! What a credit note over a part of an invoice says: a pure function of the invoice, the credit notes it has, and what
//! is asked for.
//!
//! Every part is a share of what is left, and who takes the rest takes what is left to the paisa. So an invoice's credit
//! notes can never come to more than it, on no line and in no kind of tax, and all of them together come to it exactly.

mod charge;

use schemas::{
    documents::{CreditNote, Invoice},
    invoicing::{CreditInvoice, CreditedLine},
    types::{Money, OrderLine, Totals},
};
use shared::{engine::Refusal, money::MoneyError};

use charge::Charge;

/// What of an invoice is not yet credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The lines, each with the units and amounts that are left.
    pub lines: Vec<OrderLine>,
    /// What is left of carriage.
    shipping: Charge,
    /// What is left of the fee for paying in cash.
    cod_fee: Charge,
    /// What rounding added or took away, until somebody takes all that is left.
    round_off: Money,
}

impl Left {
    /// The invoice without what its credit notes took back.
    ///
    /// # Errors
    /// `lines_do_not_add_up` when they come to more than the invoice.
    pub fn of<'a>(invoice: &Invoice, notes: impl IntoIterator<Item = &'a CreditNote>) -> Result<Self, Refusal> {
        let mut left = Self::whole(invoice.lines.clone(), &invoice.totals);
        for note in notes {
            left.take(&note.lines, &note.totals)?;
        }
        Ok(left)
    }

    fn whole(lines: Vec<OrderLine>, totals: &Totals) -> Self {
        Self {
            lines,
            shipping: Charge::new(totals.shipping, totals.shipping_tax.as_deref()),
            cod_fee: Charge::new(totals.cod_fee, totals.cod_fee_tax.as_deref()),
            round_off: totals.round_off,
        }
    }

    fn take(&mut self, lines: &[OrderLine], totals: &Totals) -> Result<(), Refusal> {
        for line in lines {
            self.take_line(line)?;
        }
        self.shipping = self.shipping.less(&Charge::new(totals.shipping, totals.shipping_tax.as_deref()))?;
        self.cod_fee = self.cod_fee.less(&Charge::new(totals.cod_fee, totals.cod_fee_tax.as_deref()))?;
        self.round_off = self.round_off.minus(totals.round_off).map_err(|error| does_not_add_up(&error))?;
        Ok(())
    }

    fn take_line(&mut self, taken: &OrderLine) -> Result<(), Refusal> {
        let line = self.line(taken.sku.as_str())?;
        line.quantity -= taken.quantity;
        for (left, amount) in amounts_mut(line).into_iter().zip(amounts(taken)) {
            *left = less(*left, amount)?;
        }
        if line.quantity < 0 { Err(more_than_left(line.sku.as_str())) } else { Ok(()) }
    }

    fn line(&mut self, sku: &str) -> Result<&mut OrderLine, Refusal> {
        let found = self.lines.iter_mut().find(|line| line.sku.as_str() == sku);
        found.ok_or_else(|| Refusal::new("unknown_line", format!("the invoice has no {sku}")))
    }

    /// All that is left together.
    ///
    /// # Errors
    /// On overflow.
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.unrounded()?.plus(self.round_off)
    }

    fn unrounded(&self) -> Result<Money, MoneyError> {
        let charges = [self.shipping.total()?, self.cod_fee.total()?];
        Money::sum(self.lines.iter().map(|line| line.total).chain(charges))
    }
}

/// The lines and totals of the credit note that is asked for.
///
/// # Errors
/// `unknown_line`, `more_than_left`, `nothing_to_credit`, `lines_and_amount`, `lines_do_not_add_up`.
pub fn credit(mut left: Left, wanted: &CreditInvoice) -> Result<(Vec<OrderLine>, Totals), Refusal> {
    let part = match (wanted.lines.as_slice(), wanted.amount.minor) {
        ([], amount) => spread(&left, amount)?,
        (lines, 0) => {
            let lines = lines.iter().map(|line| one(&mut left, line)).collect::<Result<_, _>>()?;
            let none = Charge::none(wanted.amount);
            Left { lines, shipping: none.clone(), cod_fee: none, round_off: wanted.amount.zero() }
        }
        _ => return Err(Refusal::new("lines_and_amount", "an amount is credited, or lines are; not both")),
    };
    let totals = totals(&part).map_err(|error| does_not_add_up(&error))?;
    if totals.grand_total.minor <= 0 {
        return Err(Refusal::new("nothing_to_credit", "what is asked for comes to nothing"));
    }
    Ok((part.lines, totals))
}

/// The part of one line, which is then no longer left.
fn one(left: &mut Left, wanted: &CreditedLine) -> Result<OrderLine, Refusal> {
    let line = left.line(wanted.sku.as_str())?;
    let part = match (wanted.quantity, wanted.amount.minor) {
        (0, amount) => reduction(line, amount)?,
        (quantity, 0) => units(line, quantity)?,
        (quantity, amount) => units_at(line, quantity, amount)?,
    };
    left.take_line(&part)?;
    Ok(part)
}

/// So many units of a line, with their share of what is left of it.
fn units(line: &OrderLine, quantity: i32) -> Result<OrderLine, Refusal> {
    if quantity < 0 || quantity > line.quantity {
        return Err(more_than_left(line.sku.as_str()));
    }
    let mut part = OrderLine { quantity, ..line.clone() };
    for amount in amounts_mut(&mut part) {
        amount.minor = share(amount.minor, i64::from(quantity), i64::from(line.quantity));
    }
    part.total = total(&part).map_err(|error| does_not_add_up(&error))?;
    Ok(part)
}

/// So many units of a line at what was paid back for them: of that, a share is tax as in what is left of the line.
fn units_at(line: &OrderLine, quantity: i32, amount: i64) -> Result<OrderLine, Refusal> {
    if quantity < 0 || quantity > line.quantity {
        return Err(more_than_left(line.sku.as_str()));
    }
    Ok(OrderLine { quantity, ..reduction(line, amount)? })
}

/// A lower price for a line: `amount`, its tax included, of what is left. No units come back.
fn reduction(line: &OrderLine, amount: i64) -> Result<OrderLine, Refusal> {
    let whole = line.total.minor;
    if amount < 0 || amount > whole {
        return Err(more_than_left(line.sku.as_str()));
    }
    let mut part = OrderLine { quantity: 0, discount: line.discount.zero(), ..line.clone() };
    let left = [line.taxable, line.igst, line.cgst, line.sgst, line.cess].map(|money| money.minor);
    let [taxable, igst, cgst, sgst, cess] = share_of_taxed(left, amount);
    (part.igst.minor, part.cgst.minor, part.sgst.minor, part.cess.minor) = (igst, cgst, sgst, cess);
    part.taxable.minor = taxable;
    part.total.minor = amount;
    Ok(part)
}

/// `amount` out of a taxable value, its IGST, CGST, SGST and cess: from each its share. CGST and SGST stay equal, except
/// where so little is left of the value that a last paisa cannot be halved.
fn share_of_taxed(left: [i64; 5], amount: i64) -> [i64; 5] {
    let [taxable, igst, cgst, sgst, cess] = left.map(shares(amount, left.iter().sum()));
    let halves = |half: i64| [taxable + cgst + sgst - 2 * half, igst, half, half, cess];
    let fits = |part: &[i64; 5]| part.iter().zip(left).all(|(part, left)| (0..=left).contains(part));
    let even = [cgst.max(sgst), cgst.min(sgst)].map(halves).into_iter().find(fits);
    even.unwrap_or([taxable, igst, cgst, sgst, cess])
}

/// Shares of `part` out of amounts that are `whole` together, told one after another. They are rounded together, so that no
/// paisa is lost or given twice, and each is a paisa from exact at most, so that none is more than there is.
fn shares(part: i64, whole: i64) -> impl FnMut(i64) -> i64 {
    let mut before = 0;
    move |amount| {
        let first = share(part, before, whole);
        before += amount;
        share(part, before, whole) - first
    }
}

/// An amount, tax included, out of all that is left: from each line and charge its share. Rounding stays until all is
/// taken; where it had added to the total, the last paise may be of it alone.
fn spread(left: &Left, amount: i64) -> Result<Left, Refusal> {
    let broken = |error| does_not_add_up(&error);
    let (all, whole) = (left.total().map_err(broken)?.minor, left.unrounded().map_err(broken)?.minor);
    if amount < 0 || amount > all {
        return Err(more_than_left("the invoice"));
    }
    if amount == all {
        let lines = left.lines.iter().filter(|line| line.total.minor > 0 || line.quantity > 0).cloned().collect();
        return Ok(Left { lines, ..left.clone() });
    }
    let taken = amount.min(whole);
    let mut next = shares(taken, whole);
    let of_lines: Vec<_> = left.lines.iter().map(|line| (line, next(line.total.minor))).collect();
    let shipping = left.shipping.part(next(left.shipping.total().map_err(broken)?.minor));
    let cod_fee = left.cod_fee.part(next(left.cod_fee.total().map_err(broken)?.minor));
    let parts = of_lines.into_iter().filter(|(_, part)| *part > 0).map(|(line, part)| {
        // The last of a line takes its units along, for nothing is left to credit them by.
        if part == line.total.minor { units(line, line.quantity) } else { reduction(line, part) }
    });
    let round_off = Money { minor: amount - taken, ..left.round_off };
    Ok(Left { lines: parts.collect::<Result<_, _>>()?, shipping, cod_fee, round_off })
}

/// `amount * part / whole`, rounded half up; all of it where the part is the whole.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    // Between nothing and the amount, since the part is none or some of the whole.
    i64::try_from((2 * amount * part + whole) / (2 * whole)).unwrap_or(i64::MAX)
}

/// Every amount of a line that is credited in parts, its total among them.
const fn amounts(line: &OrderLine) -> [Money; 7] {
    [line.taxable, line.cgst, line.sgst, line.igst, line.cess, line.discount, line.total]
}

const fn amounts_mut(line: &mut OrderLine) -> [&mut Money; 7] {
    [
        &mut line.taxable,
        &mut line.cgst,
        &mut line.sgst,
        &mut line.igst,
        &mut line.cess,
        &mut line.discount,
        &mut line.total,
    ]
}

fn total(line: &OrderLine) -> Result<Money, MoneyError> {
    Money::sum([line.taxable, line.cgst, line.sgst, line.igst, line.cess])
}

fn totals(part: &Left) -> Result<Totals, MoneyError> {
    let sum = |amount: fn(&OrderLine) -> Money| match part.lines.as_slice() {
        [] => Ok(part.round_off.zero()),
        lines => Money::sum(lines.iter().map(amount)),
    };
    Ok(Totals {
        taxable: sum(|line| line.taxable)?,
        cgst: sum(|line| line.cgst)?,
        sgst: sum(|line| line.sgst)?,
        igst: sum(|line| line.igst)?,
        shipping: part.shipping.net,
        cod_fee: part.cod_fee.net,
        grand_total: part.total()?,
        discount: sum(|line| line.discount)?,
        cess: sum(|line| line.cess)?,
        shipping_tax: part.shipping.tax.clone().map(Box::new),
        cod_fee_tax: part.cod_fee.tax.clone().map(Box::new),
        round_off: part.round_off,
    })
}

fn less(left: Money, taken: Money) -> Result<Money, Refusal> {
    let rest = left.minus(taken).map_err(|error| does_not_add_up(&error))?;
    if rest.minor < 0 || taken.minor < 0 { Err(more_than_left("an amount")) } else { Ok(rest) }
}

fn more_than_left(of: &str) -> Refusal {
    Refusal::new("more_than_left", format!("more of {of} is credited than is left"))
}

fn does_not_add_up(error: &MoneyError) -> Refusal {
    Refusal::new("lines_do_not_add_up", error.to_string())
}

#[cfg(test)]
mod tests;
