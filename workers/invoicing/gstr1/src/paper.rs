//! A document as the return sees it.

use std::collections::BTreeMap;

use schemas::{
    documents::{CreditNote, Invoice},
    types::{ChargeTax, Money, OrderLine, Timestamp, Totals},
};

use crate::{Sums, dates};

/// Which kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An invoice.
    Invoice,
    /// A credit note: it lowers what is summed.
    CreditNote,
}

/// Where the return has a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// An invoice to a registered buyer.
    B2b,
    /// A large invoice to a consumer in another state.
    B2cl,
    /// Anything else to consumers, summed.
    B2cs,
    /// A credit note to a registered buyer.
    Cdnr,
    /// A credit note against a large invoice to a consumer in another state.
    Cdnur,
}

/// An invoice or a credit note.
#[derive(Debug, Clone, Copy)]
pub struct Paper<'a> {
    /// Which of them.
    pub kind: Kind,
    /// Its number.
    pub number: &'a str,
    /// Its date.
    pub issued_at: Timestamp,
    /// The buyer's GSTIN; empty for a consumer.
    pub buyer_gstin: &'a str,
    /// The buyer's name.
    pub buyer_name: &'a str,
    /// The GST code of the state that is the place of supply.
    pub place_of_supply: &'a str,
    /// Whether that is the seller's state.
    pub within_state: bool,
    /// What it comes to, in paise.
    pub value: i64,
    /// What the invoice came to: itself, or the one that is credited.
    pub invoice_value: i64,
    /// The date of the invoice.
    pub invoice_issued_at: Timestamp,
    /// Whether another stands for it: then only its number is reported.
    pub is_void: bool,
    /// What is sold or taken back.
    pub lines: &'a [OrderLine],
    /// What it comes to, charges too.
    pub totals: &'a Totals,
}

/// Goods, or a charge that is taxed: a supply of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Supply<'a> {
    /// The HSN code of goods, the SAC of a service.
    pub code: &'a str,
    /// The rate in basis points.
    pub rate: i32,
    /// How many; none of a service.
    pub quantity: i32,
    /// Its value and taxes.
    pub sums: Sums,
}

impl<'a> Supply<'a> {
    /// Whether it is taxed at nothing. The shop knows rates alone: what a notification exempts it sells at 0 % too.
    #[must_use]
    pub const fn is_nil_rated(&self) -> bool {
        self.rate == 0 && self.sums.cess == 0
    }

    fn of_line(line: &'a OrderLine) -> Self {
        let OrderLine { hsn, gst_basis_points, quantity, .. } = line;
        Self { code: hsn, rate: *gst_basis_points, quantity: *quantity, sums: Sums::of(line) }
    }

    fn of_charge(net: Money, tax: Option<&'a ChargeTax>) -> Option<Self> {
        let tax = tax?;
        Some(Self { code: &tax.code, rate: tax.gst_basis_points, quantity: 0, sums: Sums::of_charge(net, tax) })
    }
}

impl<'a> From<&'a Invoice> for Paper<'a> {
    fn from(invoice: &'a Invoice) -> Self {
        Self {
            kind: Kind::Invoice,
            number: &invoice.number,
            issued_at: invoice.issued_at,
            buyer_gstin: &invoice.buyer_gstin,
            buyer_name: &invoice.address.name,
            place_of_supply: &invoice.address.state_code,
            within_state: invoice.address.state_code == invoice.seller.state_code,
            value: invoice.totals.grand_total.minor,
            invoice_value: invoice.totals.grand_total.minor,
            invoice_issued_at: invoice.issued_at,
            is_void: invoice.void.is_some(),
            lines: &invoice.lines,
            totals: &invoice.totals,
        }
    }
}

impl<'a> From<&'a CreditNote> for Paper<'a> {
    fn from(note: &'a CreditNote) -> Self {
        let value = note.totals.grand_total;
        Self {
            kind: Kind::CreditNote,
            number: &note.number,
            issued_at: note.issued_at,
            buyer_gstin: &note.buyer_gstin,
            buyer_name: &note.address.name,
            place_of_supply: &note.address.state_code,
            within_state: note.address.state_code == note.seller.state_code,
            value: value.minor,
            invoice_value: note.invoice_total.unwrap_or(value).minor,
            invoice_issued_at: note.invoice_issued_at,
            is_void: false,
            lines: &note.lines,
            totals: &note.totals,
        }
    }
}

impl<'a> Paper<'a> {
    /// Whether the return has what is on it: not of a void invoice, another stands for it; nor of a credit note that comes too
    /// late to lower the tax ([`dates::last_credit`]).
    #[must_use]
    pub fn is_declared(&self) -> bool {
        let in_time = self.kind == Kind::Invoice || self.issued_at < dates::last_credit(self.invoice_issued_at);
        !self.is_void && in_time
    }

    /// Where the return has what of it is taxed. A credit note stands where its invoice does.
    #[must_use]
    pub fn table(&self) -> Table {
        let large = !self.within_state && self.invoice_value > dates::large(self.invoice_issued_at);
        match (self.kind, self.is_registered()) {
            (Kind::Invoice, true) => Table::B2b,
            (Kind::CreditNote, true) => Table::Cdnr,
            (Kind::Invoice, false) if large => Table::B2cl,
            (Kind::CreditNote, false) if large => Table::Cdnur,
            (_, false) => Table::B2cs,
        }
    }

    /// Whether the buyer is registered.
    #[must_use]
    pub const fn is_registered(&self) -> bool {
        !self.buyer_gstin.is_empty()
    }

    /// Everything on it that is supplied for something.
    pub fn supplies(&self) -> impl Iterator<Item = Supply<'a>> + use<'a> {
        let totals = self.totals;
        let charges = [(totals.shipping, &totals.shipping_tax), (totals.cod_fee, &totals.cod_fee_tax)];
        let charges = charges.into_iter().filter_map(|(net, tax)| Supply::of_charge(net, tax.as_deref()));
        self.lines.iter().map(Supply::of_line).chain(charges)
    }

    /// The sums of what of it is taxed, by rate in basis points; none that came to nothing.
    #[must_use]
    pub fn by_rate(&self) -> BTreeMap<i32, Sums> {
        let mut by_rate: BTreeMap<i32, Sums> = BTreeMap::new();
        for supply in self.supplies().filter(|supply| !supply.is_nil_rated()) {
            *by_rate.entry(supply.rate).or_default() += supply.sums;
        }
        by_rate.retain(|_, sums| !sums.is_nothing());
        by_rate
    }

    /// The value of what of it is nil-rated.
    #[must_use]
    pub fn nil_rated(&self) -> i128 {
        self.supplies().filter(Supply::is_nil_rated).map(|supply| supply.sums.taxable).sum()
    }
}
