//! What the return lists document by document.

use schemas::{gst_states, types::Timestamp};

use crate::{
    Paper, Sums, Table,
    sheet::line,
    sums::{percent, rupees},
};

/// A document in one of the tables that list them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which table.
    pub table: Table,
    /// The buyer's GSTIN; empty for a consumer.
    pub buyer_gstin: String,
    /// The buyer's name.
    pub buyer_name: String,
    /// The document's number.
    pub number: String,
    /// Its date.
    pub issued_at: Timestamp,
    /// The GST code of the place of supply.
    pub place_of_supply: String,
    /// What the document comes to, in paise.
    pub value: i128,
    /// Its sums by rate in basis points.
    pub by_rate: Vec<(i32, Sums)>,
}

impl Listed {
    /// The document's entry; `None` for one that is only summed, is not declared, or has nothing on it that is taxed.
    #[must_use]
    pub fn of(paper: &Paper<'_>) -> Option<Self> {
        let (table, by_rate) = (paper.table(), paper.by_rate());
        (paper.is_declared() && table != Table::B2cs && !by_rate.is_empty()).then(|| Self {
            table,
            buyer_gstin: paper.buyer_gstin.to_owned(),
            buyer_name: paper.buyer_name.to_owned(),
            number: paper.number.to_owned(),
            issued_at: paper.issued_at,
            place_of_supply: paper.place_of_supply.to_owned(),
            value: paper.value.into(),
            by_rate: by_rate.into_iter().collect(),
        })
    }

    /// Its lines in the table's sheet: one for each rate.
    #[must_use]
    pub fn lines(&self) -> String {
        self.by_rate.iter().map(|(rate, sums)| self.line(*rate, sums)).collect()
    }

    fn line(&self, rate: i32, sums: &Sums) -> String {
        let (number, date) = (self.number.as_str(), &*written(self.issued_at));
        let (gstin, name) = (self.buyer_gstin.as_str(), self.buyer_name.as_str());
        let (value, place) = (&*rupees(self.value), &*place(&self.place_of_supply));
        let (rate, taxable, cess) = (&*percent(rate), &*rupees(sums.taxable), &*rupees(sums.cess));
        match self.table {
            Table::B2b => {
                line(&[gstin, name, number, date, value, place, "N", "", "Regular B2B", "", rate, taxable, cess])
            }
            Table::B2cl => line(&[number, date, value, place, "", rate, taxable, cess, ""]),
            Table::Cdnr => {
                line(&[gstin, name, number, date, "C", place, "N", "Regular B2B", value, "", rate, taxable, cess])
            }
            Table::Cdnur => line(&["B2CL", number, date, "C", place, value, "", rate, taxable, cess]),
            Table::B2cs => String::new(),
        }
    }
}

/// A date as sheets have it: `05-Apr-2026`.
fn written(at: Timestamp) -> String {
    at.date_in_india().strftime("%d-%b-%Y").to_string()
}

/// A place of supply as sheets have it: `27-Maharashtra`.
pub(crate) fn place(code: &str) -> String {
    // The portal's list writes `&` where ours has the word.
    format!("{code}-{}", gst_states::state_name(code).unwrap_or_default().replace(" and ", " & "))
}
