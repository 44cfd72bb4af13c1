//! The tax summary: taxable value and tax by HSN code and rate, as the GSTR-1 return asks for it. The total tax includes the
//! compensation cess, which has its own column beside the goods.

use std::collections::BTreeMap;

use crate::{
    Invoice, Totals,
    grouping::{amount, percent},
};

use super::grid::{Align, Cell, Table};

#[derive(Default, Clone, Copy)]
struct Sums {
    taxable: i64,
    cgst: i64,
    sgst: i64,
    igst: i64,
    cess: i64,
}

impl Sums {
    fn tax(&self) -> i64 {
        self.cgst + self.sgst + self.igst + self.cess
    }
}

/// The table for `invoice`, ordered by code, then rate.
pub(super) fn table(invoice: &Invoice) -> Table {
    let intra_state = invoice.is_intra_state();
    let Totals { taxable, cgst, sgst, igst, cess, .. } = invoice.totals;
    let all = Sums { taxable, cgst, sgst, igst, cess };
    Table {
        columns: columns(intra_state, invoice.state_tax_name()),
        flexible: 0,
        flexible_width: 0.0,
        rows: groups(invoice).into_iter().map(|((hsn, rate), sums)| row(hsn, Some(rate), sums, intra_state)).collect(),
        total: row("Total", None, all, intra_state),
    }
}

fn groups(invoice: &Invoice) -> BTreeMap<(&str, u32), Sums> {
    let mut groups: BTreeMap<(&str, u32), Sums> = BTreeMap::new();
    for line in &invoice.lines {
        let sums = groups.entry((&line.hsn, line.gst_rate)).or_default();
        sums.taxable += line.taxable;
        sums.cgst += line.cgst;
        sums.sgst += line.sgst;
        sums.igst += line.igst;
        sums.cess += line.cess;
    }
    groups
}

fn columns(intra_state: bool, state_tax: &str) -> Vec<(String, Align)> {
    let taxes: Vec<String> = if intra_state {
        ["CGST", state_tax].iter().flat_map(|name| [format!("{name} rate"), (*name).to_owned()]).collect()
    } else {
        vec!["IGST rate".to_owned(), "IGST".to_owned()]
    };
    let right = |title: String| (title, Align::Right);
    std::iter::once(("Tax summary by HSN/SAC".to_owned(), Align::Left))
        .chain([right("Taxable value".to_owned())])
        .chain(taxes.into_iter().map(right))
        .chain([right("Total tax".to_owned())])
        .collect()
}

fn row(hsn: &str, rate: Option<u32>, sums: Sums, intra_state: bool) -> Vec<Cell> {
    let share = |of_basis_point: u64| {
        let rate = rate.map(|rate| percent(u64::from(rate) * of_basis_point));
        rate.unwrap_or_default()
    };
    let taxes = if intra_state {
        vec![share(5), amount(sums.cgst), share(5), amount(sums.sgst)]
    } else {
        vec![share(10), amount(sums.igst)]
    };
    [hsn.to_owned(), amount(sums.taxable)].into_iter().chain(taxes).chain([amount(sums.tax())]).map(Cell::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn lines_of_one_code_and_rate_are_summed() {
        let invoice = samples::inter_state(16);
        let table = table(&invoice);
        // Eight different codes, each twice.
        assert_eq!(table.rows.len(), 8);
        let first: Vec<&str> = table.rows[0].iter().map(|cell| cell.main.as_str()).collect();
        assert_eq!(first, ["27101972", "4,398.00", "18%", "791.64", "791.64"]);
    }

    #[test]
    fn one_code_at_two_rates_has_two_rows() {
        let mut invoice = samples::intra_state();
        invoice.lines[1].hsn = invoice.lines[0].hsn.clone();
        assert_eq!(groups(&invoice).len(), 3);
    }
}
