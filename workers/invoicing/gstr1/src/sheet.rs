//! Sections as sheets: CSV (RFC 4180) with the heads of the portal's offline tool, which imports them.

use std::str::FromStr;

use serde::Deserialize;

use crate::Table;

/// A section of the return, by the name of its sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename = "Gstr1Section", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names of the sheets, told in the crate's documentation")]
pub enum Section {
    B2b,
    B2cl,
    B2cs,
    Cdnr,
    Cdnur,
    Nil,
    HsnB2b,
    HsnB2c,
    Docs,
}

impl Section {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::B2b, Self::B2cl, Self::B2cs, Self::Cdnr, Self::Cdnur, Self::Nil, Self::HsnB2b, Self::HsnB2c, Self::Docs];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::B2b => "b2b",
            Self::B2cl => "b2cl",
            Self::B2cs => "b2cs",
            Self::Cdnr => "cdnr",
            Self::Cdnur => "cdnur",
            Self::Nil => "nil",
            Self::HsnB2b => "hsn_b2b",
            Self::HsnB2c => "hsn_b2c",
            Self::Docs => "docs",
        }
    }

    /// The table whose documents it lists; `None` for a section of sums.
    #[must_use]
    pub const fn lists(self) -> Option<Table> {
        match self {
            Self::B2b => Some(Table::B2b),
            Self::B2cl => Some(Table::B2cl),
            Self::Cdnr => Some(Table::Cdnr),
            Self::Cdnur => Some(Table::Cdnur),
            Self::B2cs | Self::Nil | Self::HsnB2b | Self::HsnB2c | Self::Docs => None,
        }
    }
}

impl FromStr for Section {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|section| section.as_str() == name).ok_or(())
    }
}

/// The first line of a section's sheet.
#[must_use]
pub fn head(section: Section) -> String {
    match section {
        Section::B2b => line(&[
            "GSTIN/UIN of Recipient",
            "Receiver Name",
            "Invoice Number",
            "Invoice date",
            "Invoice Value",
            "Place Of Supply",
            "Reverse Charge",
            "Applicable % of Tax Rate",
            "Invoice Type",
            "E-Commerce GSTIN",
            "Rate",
            "Taxable Value",
            "Cess Amount",
        ]),
        Section::B2cl => line(&[
            "Invoice Number",
            "Invoice date",
            "Invoice Value",
            "Place Of Supply",
            "Applicable % of Tax Rate",
            "Rate",
            "Taxable Value",
            "Cess Amount",
            "E-Commerce GSTIN",
        ]),
        Section::B2cs => line(&[
            "Type",
            "Place Of Supply",
            "Applicable % of Tax Rate",
            "Rate",
            "Taxable Value",
            "Cess Amount",
            "E-Commerce GSTIN",
        ]),
        Section::Cdnr => line(&[
            "GSTIN/UIN of Recipient",
            "Receiver Name",
            "Note Number",
            "Note Date",
            "Note Type",
            "Place Of Supply",
            "Reverse Charge",
            "Note Supply Type",
            "Note Value",
            "Applicable % of Tax Rate",
            "Rate",
            "Taxable Value",
            "Cess Amount",
        ]),
        Section::Cdnur => line(&[
            "UR Type",
            "Note Number",
            "Note Date",
            "Note Type",
            "Place Of Supply",
            "Note Value",
            "Applicable % of Tax Rate",
            "Rate",
            "Taxable Value",
            "Cess Amount",
        ]),
        Section::Nil => line(&[
            "Description",
            "Nil Rated Supplies",
            "Exempted(other than nil rated/non GST supply)",
            "Non-GST Supplies",
        ]),
        Section::HsnB2b | Section::HsnB2c => line(&[
            "HSN",
            "Description",
            "UQC",
            "Total Quantity",
            "Total Value",
            "Rate",
            "Taxable Value",
            "Integrated Tax Amount",
            "Central Tax Amount",
            "State/UT Tax Amount",
            "Cess Amount",
        ]),
        Section::Docs => line(&["Nature of Document", "Sr. No. From", "Sr. No. To", "Total Number", "Cancelled"]),
    }
}

/// A line of a sheet.
pub(crate) fn line(fields: &[&str]) -> String {
    let mut line = fields.iter().map(|field| quoted(&harmless(field))).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A buyer's name never becomes a formula in a spreadsheet; a negative amount stays one.
fn harmless(field: &str) -> String {
    let is_amount = field.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    if !is_amount && field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_comma_is_quoted_and_one_like_a_formula_is_text() {
        assert_eq!(line(&["Rao, \"A\"", "=1+1", "-5.00", "a"]), "\"Rao, \"\"A\"\"\",'=1+1,-5.00,a\r\n");
    }

    #[test]
    fn a_section_is_found_by_its_name() {
        assert!(Section::ALL.into_iter().all(|section| section.as_str().parse() == Ok(section)));
        assert_eq!("hsn".parse::<Section>(), Err(()));
        for section in Section::ALL {
            let name = serde_json::Value::from(section.as_str());
            assert_eq!(serde_json::from_value::<Section>(name).unwrap(), section);
        }
    }
}
