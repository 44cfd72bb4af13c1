//! What the return sums: it takes documents in any order and keeps little, however many they are.

use std::{
    collections::BTreeMap,
    ops::{AddAssign, SubAssign},
};

use schemas::documents::Invoice;

use crate::{
    Kind, Paper, Runs, Section, Sums, Table,
    listed::place,
    numbers::split,
    sheet::line,
    sums::{percent, rupees},
};

/// The tables of sums.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Sales to consumers less what was credited, by place of supply and rate; whether that is the seller's state.
    pub b2cs: BTreeMap<(String, i32), (bool, Sums)>,
    /// Goods by whether the buyer is registered, HSN code and rate.
    pub hsn: BTreeMap<(bool, String, i32), Goods>,
    /// The numbers used, by kind of document and series.
    pub docs: BTreeMap<(Kind, String), Runs>,
}

/// Goods of one HSN code and rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goods {
    /// How many: sold less taken back.
    pub quantity: i128,
    /// Their sums.
    pub sums: Sums,
}

impl Summary {
    /// Adds a document.
    pub fn add(&mut self, paper: &Paper<'_>) {
        let sign = match paper.kind {
            Kind::Invoice => Sums::add_assign,
            Kind::CreditNote => Sums::sub_assign,
        };
        if paper.table() == Table::B2cs {
            for (rate, sums) in paper.by_rate() {
                let key = (paper.place_of_supply.to_owned(), rate);
                let (within_state, sum) = self.b2cs.entry(key).or_default();
                *within_state = paper.within_state;
                sign(sum, sums);
            }
        }
        for supply in paper.supplies() {
            let key = (paper.is_registered(), supply.code.to_owned(), supply.rate);
            let goods = self.hsn.entry(key).or_default();
            let quantity = i128::from(supply.quantity);
            goods.quantity += if paper.kind == Kind::Invoice { quantity } else { -quantity };
            sign(&mut goods.sums, supply.sums);
        }
        let (series, count) = split(paper.number);
        if let Some(count) = count {
            self.docs.entry((paper.kind, series.to_owned())).or_default().add(count);
        }
    }

    /// The lines of a section that is summed; none of one that lists documents.
    #[must_use]
    pub fn lines(&self, section: Section) -> String {
        match section {
            Section::B2cs => self.b2cs.iter().map(|((state, rate), (_, sums))| b2cs_line(state, *rate, sums)).collect(),
            Section::HsnB2b => self.hsn_lines(true),
            Section::HsnB2c => self.hsn_lines(false),
            Section::Docs => self.docs_lines(),
            Section::B2b | Section::B2cl | Section::Cdnr | Section::Cdnur => String::new(),
        }
    }

    fn hsn_lines(&self, registered: bool) -> String {
        let wanted = self.hsn.iter().filter(|((is_registered, ..), _)| *is_registered == registered);
        wanted.map(|((_, hsn, rate), goods)| hsn_line(hsn, *rate, goods)).collect()
    }

    fn docs_lines(&self) -> String {
        let runs = self.runs();
        runs.map(|(kind, from, to, count)| line(&[nature(kind), &from, &to, &count.to_string(), "0"])).collect()
    }

    /// Each run of numbers: its kind of document, first and last number, and how many it has.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (Kind, String, String, u32)> {
        self.docs.iter().flat_map(|((kind, series), runs)| {
            let number = move |count: u32| format!("{series}{count:08}");
            runs.iter().map(move |(first, last)| (*kind, number(first), number(last), last - first + 1))
        })
    }
}

/// The unit of what has this code, as the JSON and as sheets have it. Services, whose codes all begin with 99, have none.
pub(crate) fn unit(code: &str) -> (&'static str, &'static str) {
    if code.starts_with("99") { ("NA", "NA") } else { (Invoice::UNIT, "NOS-NUMBERS") }
}

/// The nature of documents in table 13.
pub(crate) const fn nature(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoice => "Invoices for outward supply",
        Kind::CreditNote => "Credit Note",
    }
}

fn b2cs_line(state: &str, rate: i32, sums: &Sums) -> String {
    line(&["OE", &place(state), "", &percent(rate), &rupees(sums.taxable), &rupees(sums.cess), ""])
}

fn hsn_line(hsn: &str, rate: i32, goods: &Goods) -> String {
    let Goods { quantity, sums } = goods;
    line(&[
        hsn,
        "",
        unit(hsn).1,
        &format!("{quantity}.00"),
        &rupees(sums.total()),
        &percent(rate),
        &rupees(sums.taxable),
        &rupees(sums.igst),
        &rupees(sums.cgst),
        &rupees(sums.sgst),
        &rupees(sums.cess),
    ])
}
