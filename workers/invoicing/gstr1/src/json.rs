//! The whole return as the portal takes it: the JSON of its offline tool.

use std::collections::BTreeMap;

use schemas::types::Timestamp;
use serde_json::{Value, json as value};

use crate::{
    Goods, Kind, Listed, Month, Summary, Sums, Table,
    summary::{Route, nature, unit},
};

/// The return of the seller with this GSTIN for a month.
#[must_use]
pub fn json(gstin: &str, month: Month, listed: &[Listed], summary: &Summary) -> Value {
    let of = |table| listed.iter().filter(move |document| document.table == table);
    value!({
        "gstin": gstin,
        "fp": month.period(),
        "b2b": by_key(of(Table::B2b), |document| &document.buyer_gstin, "ctin", "inv", invoice),
        "b2cl": by_key(of(Table::B2cl), |document| &document.place_of_supply, "pos", "inv", large_invoice),
        "b2cs": b2cs(summary),
        "cdnr": by_key(of(Table::Cdnr), |document| &document.buyer_gstin, "ctin", "nt", credit_note),
        "cdnur": of(Table::Cdnur).map(consumers_credit_note).collect::<Vec<_>>(),
        "nil": { "inv": nil(summary) },
        "hsn": { "hsn_b2b": hsn(summary, true), "hsn_b2c": hsn(summary, false) },
        "doc_issue": { "doc_det": [docs(summary, Kind::Invoice), docs(summary, Kind::CreditNote)] },
    })
}

/// Documents under what they have in common.
fn by_key<'a>(
    documents: impl Iterator<Item = &'a Listed>,
    key: fn(&Listed) -> &String,
    key_name: &str,
    list_name: &str,
    entry: fn(&Listed) -> Value,
) -> Vec<Value> {
    let mut groups: BTreeMap<&String, Vec<Value>> = BTreeMap::new();
    documents.for_each(|document| groups.entry(key(document)).or_default().push(entry(document)));
    groups.into_iter().map(|(key, list)| value!({ key_name: key, list_name: list })).collect()
}

fn invoice(document: &Listed) -> Value {
    value!({
        "inum": document.number,
        "idt": date(document.issued_at),
        "val": amount(document.value),
        "pos": document.place_of_supply,
        "rchrg": "N",
        "inv_typ": "R",
        "itms": items(document),
    })
}

fn large_invoice(document: &Listed) -> Value {
    value!({
        "inum": document.number,
        "idt": date(document.issued_at),
        "val": amount(document.value),
        "itms": items(document),
    })
}

fn credit_note(document: &Listed) -> Value {
    value!({
        "ntty": "C",
        "nt_num": document.number,
        "nt_dt": date(document.issued_at),
        "val": amount(document.value),
        "pos": document.place_of_supply,
        "rchrg": "N",
        "inv_typ": "R",
        "itms": items(document),
    })
}

fn consumers_credit_note(document: &Listed) -> Value {
    value!({
        "typ": "B2CL",
        "ntty": "C",
        "nt_num": document.number,
        "nt_dt": date(document.issued_at),
        "val": amount(document.value),
        "pos": document.place_of_supply,
        "itms": items(document),
    })
}

fn items(document: &Listed) -> Vec<Value> {
    let item = |(rate, sums): &(i32, Sums)| {
        let mut detail = taxes(sums);
        detail["rt"] = percentage(*rate);
        detail["txval"] = amount(sums.taxable);
        // The tool numbers an item by its rate.
        value!({ "num": rate + 1, "itm_det": detail })
    };
    document.by_rate.iter().map(item).collect()
}

/// The taxes of a supply: integrated, or central and state.
fn taxes(sums: &Sums) -> Value {
    if sums.cgst == 0 && sums.sgst == 0 && sums.igst != 0 {
        return value!({ "iamt": amount(sums.igst), "csamt": amount(sums.cess) });
    }
    value!({ "camt": amount(sums.cgst), "samt": amount(sums.sgst), "csamt": amount(sums.cess) })
}

fn b2cs(summary: &Summary) -> Vec<Value> {
    let entry = |(state, rate, within_state, sums): (&str, i32, bool, &Sums)| {
        let mut entry = if within_state {
            value!({ "sply_ty": "INTRA", "camt": amount(sums.cgst), "samt": amount(sums.sgst) })
        } else {
            value!({ "sply_ty": "INTER", "iamt": amount(sums.igst) })
        };
        entry["typ"] = "OE".into();
        entry["pos"] = state.into();
        entry["rt"] = percentage(rate);
        entry["txval"] = amount(sums.taxable);
        entry["csamt"] = amount(sums.cess);
        entry
    };
    summary.consumers().map(entry).collect()
}

/// What is exempt or outside GST the shop does not tell from what is nil-rated.
fn nil(summary: &Summary) -> Vec<Value> {
    let entry = |(route, value): (Route, i128)| value!({ "sply_ty": route.code(), "nil_amt": amount(value), "expt_amt": 0.0, "ngsup_amt": 0.0 });
    summary.nil_rated().map(entry).collect()
}

fn hsn(summary: &Summary, registered: bool) -> Vec<Value> {
    let entry = |(index, (code, rate, goods)): (usize, (&str, i32, &Goods))| {
        value!({
            "num": index + 1,
            "hsn_sc": code,
            "uqc": unit(code).0,
            "qty": i64::try_from(goods.quantity).unwrap_or(i64::MAX),
            "rt": percentage(rate),
            "txval": amount(goods.sums.taxable),
            "iamt": amount(goods.sums.igst),
            "camt": amount(goods.sums.cgst),
            "samt": amount(goods.sums.sgst),
            "csamt": amount(goods.sums.cess),
        })
    };
    summary.goods(registered).enumerate().map(entry).collect()
}

fn docs(summary: &Summary, kind: Kind) -> Value {
    let runs = summary.runs().filter(|run| run.kind == kind).enumerate().map(|(index, run)| {
        value!({
            "num": index + 1,
            "from": run.from,
            "to": run.to,
            "totnum": run.total,
            "cancel": run.cancelled,
            "net_issue": run.total - run.cancelled,
        })
    });
    // The portal's numbers for kinds of documents.
    let number = match kind {
        Kind::Invoice => 1,
        Kind::CreditNote => 5,
    };
    value!({ "doc_num": number, "doc_typ": nature(kind), "docs": runs.collect::<Vec<_>>() })
}

/// Rupees. Exact up to ninety lakh crore: a double holds fifteen digits.
#[allow(clippy::cast_precision_loss, reason = "paise beyond fifteen digits are more than a country turns over")]
fn amount(paise: i128) -> Value {
    value!(paise as f64 / 100.0)
}

fn percentage(basis_points: i32) -> Value {
    value!(f64::from(basis_points) / 100.0)
}

fn date(at: Timestamp) -> String {
    at.date_in_india().strftime("%d-%m-%Y").to_string()
}
