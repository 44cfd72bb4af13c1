//! What a file can be about, and what one of its rows asks for.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::{Fitment, PutProduct},
    ids::{ProductId, Sku},
    types::PriceList,
};

/// What the rows of a file are: products, their prices, units that came in by delivery note, a vehicle that a product fits,
/// or customers' accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum ImportKind {
    Products,
    Prices,
    Stock,
    Fitments,
    Customers,
}

impl ImportKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Products, Self::Prices, Self::Stock, Self::Fitments, Self::Customers];

    /// The name as addresses, answers and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Prices => "prices",
            Self::Stock => "stock",
            Self::Fitments => "fitments",
            Self::Customers => "customers",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How a file is written: as comma-separated values (RFC 4180) in UTF-8, or as a workbook (Office Open XML) whose first sheet
/// counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum FileFormat {
    Csv,
    Xlsx,
}

impl FileFormat {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// The name as addresses, answers and documents spell it, and a file's ending.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The format of a `Content-Type`, whatever parameters it has.
    #[must_use]
    pub fn of_media_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(essence))
    }
}

/// A row that may be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedRow {
    /// The row as the file counts them; the header is row 1.
    pub row: u32,
    /// What it asks for.
    pub command: RowCommand,
}

/// What a row asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "most rows of most files are products")]
pub enum RowCommand {
    /// A product is as given from now on, if nobody changed it since.
    Product {
        /// The revision that was looked at; 0 for a new product.
        revision: i64,
        /// All of it, with what the file does not say as it is.
        product: PutProduct,
    },
    /// A product fits a vehicle, or does not any more.
    Fitment {
        /// The product.
        product_id: ProductId,
        /// Its SKU.
        sku: Sku,
        /// The vehicle.
        fitment: Fitment,
        /// Whether it is taken away.
        remove: bool,
    },
    /// Units came in.
    Stock {
        /// The part.
        sku: Sku,
        /// How many; at least 1.
        quantity: i64,
        /// The delivery note; the same one counts once for each part.
        receipt: String,
    },
    /// An account is opened or changed.
    Customer(CustomerRow),
}

/// What a file says of a customer. An account never loses anything by it: what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// The address of the account, in lower case.
    pub email: String,
    /// The name; there is one for a new account.
    pub name: Option<String>,
    /// `+91` and ten digits.
    pub phone: Option<String>,
    /// At which prices they buy; a new account's are retail unless given.
    pub price_list: Option<PriceList>,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowProblem {
    /// The row as the file counts them; the header is row 1.
    pub row: u32,
    /// The column, by its name in the header, if it is one of them.
    pub column: Option<String>,
    /// A stable code.
    pub code: String,
    /// What is wrong and what is right.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_formats_are_read_as_they_are_written() {
        for kind in ImportKind::ALL {
            assert_eq!(ImportKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for format in FileFormat::ALL {
            assert_eq!(FileFormat::parse(format.as_str()), Some(format));
            assert_eq!(FileFormat::of_media_type(&format!("{}; charset=utf-8", format.media_type())), Some(format));
        }
        assert_eq!(FileFormat::of_media_type("TEXT/CSV"), Some(FileFormat::Csv));
        assert_eq!(FileFormat::of_media_type("text/plain"), None);
    }
}
