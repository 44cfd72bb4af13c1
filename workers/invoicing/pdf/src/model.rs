//! What a document says. Plain data: [`crate::verify`] holds the rules.
//!
//! Every amount is in paise of Indian rupees (INR), the only currency of a domestic tax invoice.

use serde::{Deserialize, Serialize};

use crate::Date;

/// One tax invoice or credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Tax invoice or credit note.
    pub kind: DocumentKind,
    /// Consecutive serial number, unique in the financial year: 1 to 16 of `A-Z a-z 0-9 / -`
    /// (Rule 46(b)).
    pub number: String,
    /// Date of issue (Rule 46(c)).
    pub date: Date,
    /// The order this document bills, as its customer knows it.
    pub order: String,
    /// How it is paid, or for a credit note how it is paid back.
    pub payment: Payment,
    /// Supplier (Rule 46(a)).
    pub seller: Seller,
    /// Recipient (Rule 46(d) to (f)).
    pub buyer: Buyer,
    /// Where the goods go, when that differs from the buyer's address (Rule 46(o)).
    #[serde(default)]
    pub delivery: Option<Delivery>,
    /// Place of supply (Rule 46(n)). In the seller's state CGST and SGST are due, elsewhere IGST.
    pub place_of_supply: State,
    /// Whether tax is payable on reverse charge (Rule 46(p)).
    pub reverse_charge: bool,
    /// The goods and services (Rule 46(g) to (m)).
    pub lines: Vec<Line>,
    /// The sums.
    pub totals: Totals,
    /// Invoice Reference Number, or another hash of the document; printed and put into the QR code.
    #[serde(default)]
    pub irn: Option<String>,
    /// The number of the cancelled document that this one stands for.
    #[serde(default)]
    pub replaces: Option<String>,
    /// The number of the document that stands for this one: this one is cancelled, and says so.
    #[serde(default)]
    pub replaced_by: Option<String>,
}

/// Which document this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A tax invoice (Rule 46).
    TaxInvoice,
    /// A credit note (Rule 53(1A)). Its amounts are positive: they are what is credited.
    CreditNote {
        /// Number of the tax invoice that is credited.
        cites: String,
        /// Date of that invoice.
        cites_date: Date,
    },
}

/// How the document is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Paid (or refunded) already; the line says through whom and under which reference, for example
    /// `Stripe pi_3Q9`.
    Settled(String),
    /// The grand total is collected on delivery. On a credit note: what is credited was never collected, or is given
    /// back in cash; nothing is collected.
    CashOnDelivery,
}

/// A state or union territory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its name, for example `Maharashtra`.
    pub name: String,
    /// Its two-digit GST code, for example `27`.
    pub code: String,
}

/// The supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seller {
    /// Legal name as registered.
    pub legal_name: String,
    /// Address, one string a printed line.
    pub address: Vec<String>,
    /// State of registration; its code begins the GSTIN.
    pub state: State,
    /// Goods and Services Tax Identification Number, 15 characters.
    pub gstin: String,
    /// E-mail address to print.
    #[serde(default)]
    pub email: Option<String>,
    /// Telephone number to print.
    #[serde(default)]
    pub phone: Option<String>,
}

/// The recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Buyer {
    /// Name of the person or company.
    pub name: String,
    /// Address, one string a printed line.
    pub address: Vec<String>,
    /// State of the address.
    pub state: State,
    /// GSTIN or UIN of a registered buyer; absent for a consumer.
    #[serde(default)]
    pub gstin: Option<String>,
    /// Telephone number to print.
    #[serde(default)]
    pub phone: Option<String>,
}

/// An address of delivery other than the buyer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Who receives the goods.
    pub name: String,
    /// Address, one string a printed line.
    pub address: Vec<String>,
    /// State of the address.
    pub state: State,
}

/// One line of goods or services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was sold.
    pub description: String,
    /// Stock keeping unit, printed beneath the description.
    pub sku: String,
    /// HSN code of goods or SAC of services: 4, 6 or 8 digits.
    pub hsn: String,
    /// How many units.
    pub quantity: u32,
    /// Unique Quantity Code of the unit, for example `NOS`, `PCS`, `LTR`.
    pub unit: String,
    /// Price of one unit before discount and tax.
    pub unit_price: i64,
    /// Discount on the whole line.
    pub discount: i64,
    /// Taxable value: quantity times unit price, less the discount.
    pub taxable: i64,
    /// GST rate in basis points: 1800 is 18 %.
    pub gst_rate: u32,
    /// Central tax: half of the GST of an intra-state line, else 0.
    pub cgst: i64,
    /// State (or union territory) tax: the other half.
    pub sgst: i64,
    /// Integrated tax: the GST of an inter-state line, else 0.
    pub igst: i64,
    /// The rate of the compensation cess in basis points.
    #[serde(default)]
    pub cess_rate: u32,
    /// The compensation cess.
    #[serde(default)]
    pub cess: i64,
    /// Taxable value and taxes together.
    pub total: i64,
}

/// The sums of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Sum of the lines' taxable values.
    pub taxable: i64,
    /// Sum of central tax.
    pub cgst: i64,
    /// Sum of state tax.
    pub sgst: i64,
    /// Sum of integrated tax.
    pub igst: i64,
    /// Sum of the compensation cess.
    #[serde(default)]
    pub cess: i64,
    /// Untaxed shipping charge. Taxed shipping is a line of its own, with its SAC.
    pub shipping: i64,
    /// Untaxed fee for cash on delivery.
    pub cod_fee: i64,
    /// What rounding to the rupee added or, negative, took away.
    pub round_off: i64,
    /// What the customer pays: the lines' totals, shipping, fee and round-off.
    pub grand_total: i64,
}

impl Invoice {
    /// Whether CGST and SGST are due rather than IGST (sections 7 and 8 of the IGST Act).
    pub(crate) fn is_intra_state(&self) -> bool {
        self.seller.state.code == self.place_of_supply.code
    }

    /// What the second half of intra-state tax is called at the place of supply: the union territories
    /// without a legislature levy UTGST (section 2 of the UTGST Act).
    pub(crate) fn state_tax_name(&self) -> &'static str {
        const WITHOUT_LEGISLATURE: [&str; 6] = ["04", "25", "26", "31", "35", "38"];
        if WITHOUT_LEGISLATURE.contains(&self.place_of_supply.code.as_str()) { "UTGST" } else { "SGST" }
    }
}
