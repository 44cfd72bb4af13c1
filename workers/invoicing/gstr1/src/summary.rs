//! What the return sums: it takes documents in any order and keeps little, however many they are.

use std::{
    collections::{BTreeMap, BTreeSet},
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
    /// What is nil-rated less what was credited of it, by whether it stayed within the seller's state and whether the buyer is
    /// registered.
    pub nil: BTreeMap<(bool, bool), i128>,
    /// Goods by whether the buyer is registered, HSN code and rate.
    pub hsn: BTreeMap<(bool, String, i32), Goods>,
    /// The numbers used, by kind of document and series.
    pub docs: BTreeMap<(Kind, String), Numbers>,
}

/// The numbers of one series.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// All that were used.
    pub used: Runs,
    /// Those of documents that are void.
    pub void: BTreeSet<u32>,
}

/// A run of consecutive numbers, as table 13 has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) kind: Kind,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) total: usize,
    pub(crate) cancelled: usize,
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
        self.add_number(paper);
        if !paper.is_declared() {
            return;
        }
        if paper.table() == Table::B2cs {
            self.add_consumers(paper);
        }
        let nil_rated = if paper.kind == Kind::Invoice { paper.nil_rated() } else { -paper.nil_rated() };
        if nil_rated != 0 {
            *self.nil.entry((paper.within_state, paper.is_registered())).or_default() += nil_rated;
        }
        self.add_goods(paper);
    }

    fn add_number(&mut self, paper: &Paper<'_>) {
        let (series, count) = split(paper.number);
        let Some(count) = count else { return };
        let numbers = self.docs.entry((paper.kind, series.to_owned())).or_default();
        numbers.used.add(count);
        if paper.is_void {
            numbers.void.insert(count);
        }
    }

    fn add_consumers(&mut self, paper: &Paper<'_>) {
        for (rate, sums) in paper.by_rate() {
            let key = (paper.place_of_supply.to_owned(), rate);
            let (within_state, sum) = self.b2cs.entry(key).or_default();
            *within_state = paper.within_state;
            sign(paper.kind)(sum, sums);
        }
    }

    fn add_goods(&mut self, paper: &Paper<'_>) {
        for supply in paper.supplies() {
            let key = (paper.is_registered(), supply.code.to_owned(), supply.rate);
            let goods = self.hsn.entry(key).or_default();
            let quantity = i128::from(supply.quantity);
            goods.quantity += if paper.kind == Kind::Invoice { quantity } else { -quantity };
            sign(paper.kind)(&mut goods.sums, supply.sums);
        }
    }

    /// What consumers bought in a state at a rate, as [`Summary::b2cs`] has it; none that came to nothing.
    pub(crate) fn consumers(&self) -> impl Iterator<Item = (&str, i32, bool, &Sums)> {
        let all = self.b2cs.iter().map(|((state, rate), (within, sums))| (state.as_str(), *rate, *within, sums));
        all.filter(|(.., sums)| !sums.is_nothing())
    }

    /// What is nil-rated, by kind of supply as table 8 has it; none that came to nothing.
    pub(crate) fn nil_rated(&self) -> impl Iterator<Item = (Route, i128)> {
        let all = self.nil.iter().map(|((within_state, registered), value)| {
            (Route { within_state: *within_state, registered: *registered }, *value)
        });
        all.filter(|(_, value)| *value != 0)
    }

    /// Goods of one kind of buyer by HSN code and rate; none of which nothing is left.
    pub(crate) fn goods(&self, registered: bool) -> impl Iterator<Item = (&str, i32, &Goods)> {
        let wanted = self.hsn.iter().filter(move |((of, ..), _)| *of == registered);
        let all = wanted.map(|((_, code, rate), goods)| (code.as_str(), *rate, goods));
        all.filter(|(.., goods)| **goods != Goods::default())
    }

    /// The lines of a section that is summed; none of one that lists documents.
    #[must_use]
    pub fn lines(&self, section: Section) -> String {
        match section {
            Section::B2cs => self.consumers().map(|(state, rate, _, sums)| b2cs_line(state, rate, sums)).collect(),
            Section::Nil => self.nil_rated().map(|(route, value)| nil_line(route, value)).collect(),
            Section::HsnB2b => self.hsn_lines(true),
            Section::HsnB2c => self.hsn_lines(false),
            Section::Docs => self.docs_lines(),
            Section::B2b | Section::B2cl | Section::Cdnr | Section::Cdnur => String::new(),
        }
    }

    fn hsn_lines(&self, registered: bool) -> String {
        self.goods(registered).map(|(code, rate, goods)| hsn_line(code, rate, goods)).collect()
    }

    fn docs_lines(&self) -> String {
        let of_run = |run: Run| {
            line(&[nature(run.kind), &run.from, &run.to, &run.total.to_string(), &run.cancelled.to_string()])
        };
        self.runs().map(of_run).collect()
    }

    /// Each run of numbers.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run> {
        self.docs.iter().flat_map(|((kind, series), numbers)| {
            numbers.used.iter().map(move |(first, last)| Run {
                kind: *kind,
                from: format!("{series}{first:08}"),
                to: format!("{series}{last:08}"),
                total: (first..=last).count(),
                cancelled: numbers.void.range(first..=last).count(),
            })
        })
    }
}

/// What a document of this kind does to a sum.
fn sign(kind: Kind) -> fn(&mut Sums, Sums) {
    match kind {
        Kind::Invoice => Sums::add_assign,
        Kind::CreditNote => Sums::sub_assign,
    }
}

/// From where to where and to whom: the lines of table 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    within_state: bool,
    registered: bool,
}

impl Route {
    /// As the JSON names it.
    pub(crate) const fn code(self) -> &'static str {
        match (self.within_state, self.registered) {
            (false, true) => "INTRB2B",
            (true, true) => "INTRAB2B",
            (false, false) => "INTRB2C",
            (true, false) => "INTRAB2C",
        }
    }

    const fn description(self) -> &'static str {
        match (self.within_state, self.registered) {
            (false, true) => "Inter-State supplies to registered persons",
            (true, true) => "Intra-State supplies to registered persons",
            (false, false) => "Inter-State supplies to unregistered persons",
            (true, false) => "Intra-State supplies to unregistered persons",
        }
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

fn nil_line(route: Route, value: i128) -> String {
    line(&[route.description(), &rupees(value), "0.00", "0.00"])
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
