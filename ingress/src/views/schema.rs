//! How the documentation describes the value types of other crates.

#![allow(dead_code, reason = "read by the documentation's generator alone")]

use utoipa::ToSchema;

use super::{CurrencyDoc, PriceListDoc};

/// An amount: `{"minor": 318200, "currency": "INR"}` is Rs 3,182.00.
#[derive(ToSchema)]
#[schema(as = Money)]
pub struct MoneyDoc {
    /// Minor units: paise.
    pub minor: i64,
    /// ISO 4217.
    pub currency: CurrencyDoc,
}

/// A price from a quantity on.
#[derive(ToSchema)]
#[schema(as = PriceTier)]
pub struct TierDoc {
    /// The fewest units that have it.
    pub from_quantity: i32,
    /// The price of one.
    pub price: MoneyDoc,
}

/// A GST rate for goods up to a value.
#[derive(ToSchema)]
#[schema(as = GstSlab)]
pub struct SlabDoc {
    /// The most that one may be worth, without tax and after discount; null for goods of any value.
    pub up_to: Option<MoneyDoc>,
    /// 2800 is 28 %.
    pub gst_basis_points: i32,
}

/// The size of a packed part.
#[derive(ToSchema)]
#[schema(as = Size)]
pub struct SizeDoc {
    /// Length.
    pub length_mm: i32,
    /// Width.
    pub width_mm: i32,
    /// Height.
    pub height_mm: i32,
}

/// A picture.
#[derive(ToSchema)]
#[schema(as = Image)]
pub struct ImageDoc {
    /// Its `https` address.
    pub url: String,
    /// What it shows; may be empty.
    pub alt: String,
}

/// One thing that can be said of a product: exactly one of text, number and flag.
#[derive(ToSchema)]
#[schema(as = Attribute)]
pub struct AttributeDoc {
    /// Its name.
    pub name: String,
    /// A text.
    pub text: Option<String>,
    /// A decimal number: `12.5`.
    pub number: Option<String>,
    /// The unit of the number.
    pub unit: Option<String>,
    /// Yes or no.
    pub flag: Option<bool>,
}

/// A vehicle that a part fits.
#[derive(ToSchema)]
#[schema(as = Fitment)]
pub struct FitmentDoc {
    /// The maker.
    pub make: String,
    /// The model.
    pub model: String,
    /// The first model year.
    pub year_from: i32,
    /// The last model year.
    pub year_to: i32,
    /// The variant of the model that alone it fits; null if it fits all of them.
    pub variant: Option<String>,
}

/// A postal address in India.
#[derive(ToSchema)]
#[schema(as = Address)]
pub struct AddressDoc {
    /// Who receives the parcel.
    pub name: String,
    /// `+91` and ten digits.
    pub phone: String,
    /// House and street.
    pub line1: String,
    /// Area or landmark; may be empty.
    pub line2: String,
    /// Town or city.
    pub city: String,
    /// The two-digit GST state code.
    pub state_code: String,
    /// Six digits.
    pub pincode: String,
}

/// One part on an order, as priced when the order was placed.
#[derive(ToSchema)]
#[schema(as = OrderLine)]
pub struct LineDoc {
    /// The product.
    #[schema(format = Uuid)]
    pub product_id: String,
    /// Its SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its HSN code.
    pub hsn: String,
    /// How many.
    pub quantity: i32,
    /// The price of one; with tax if `tax_inclusive`.
    pub unit_price: MoneyDoc,
    /// The GST rate: 2800 is 28 %.
    pub gst_basis_points: i32,
    /// The weight of one.
    pub weight_grams: i32,
    /// What is taxed: price times quantity less the discount, without tax.
    pub taxable: MoneyDoc,
    /// Central GST.
    pub cgst: MoneyDoc,
    /// State GST.
    pub sgst: MoneyDoc,
    /// Integrated GST.
    pub igst: MoneyDoc,
    /// Taxable value and taxes.
    pub total: MoneyDoc,
    /// What was taken off price times quantity; with tax if `tax_inclusive`.
    pub discount: MoneyDoc,
    /// The rate of the compensation cess: 100 is 1 %.
    pub cess_basis_points: i32,
    /// The compensation cess.
    pub cess: MoneyDoc,
    /// The list that the price is from.
    pub price_list: PriceListDoc,
    /// Whether price and discount include tax.
    pub tax_inclusive: bool,
    /// Whether the shop does not take it back.
    pub non_returnable: bool,
}

/// The tax on a charge.
#[derive(ToSchema)]
#[schema(as = ChargeTax)]
pub struct ChargeTaxDoc {
    /// SAC or HSN code.
    pub code: String,
    /// The GST rate: 1800 is 18 %.
    pub gst_basis_points: i32,
    /// Central GST.
    pub cgst: MoneyDoc,
    /// State GST.
    pub sgst: MoneyDoc,
    /// Integrated GST.
    pub igst: MoneyDoc,
}

/// What an order comes to.
#[derive(ToSchema)]
#[schema(as = Totals)]
pub struct TotalsDoc {
    /// The lines before tax.
    pub taxable: MoneyDoc,
    /// Central GST.
    pub cgst: MoneyDoc,
    /// State GST.
    pub sgst: MoneyDoc,
    /// Integrated GST.
    pub igst: MoneyDoc,
    /// Carriage.
    pub shipping: MoneyDoc,
    /// The fee for paying in cash.
    pub cod_fee: MoneyDoc,
    /// What the customer pays.
    pub grand_total: MoneyDoc,
    /// The discounts of the lines.
    pub discount: MoneyDoc,
    /// The compensation cess.
    pub cess: MoneyDoc,
    /// The tax on the carriage, if it is taxed.
    pub shipping_tax: Option<ChargeTaxDoc>,
    /// The tax on the fee, if it is taxed.
    pub cod_fee_tax: Option<ChargeTaxDoc>,
    /// What rounding to the rupee added or, negative, took away.
    pub round_off: MoneyDoc,
}

/// One fault of a request.
#[derive(ToSchema)]
#[schema(as = FieldError)]
pub struct FieldErrorDoc {
    /// The field, for example `items[0].quantity`.
    pub field: String,
    /// What is expected of it.
    pub message: String,
}

/// An error (RFC 9457, `application/problem+json`).
#[derive(ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDoc {
    /// `urn:spareparts:problem:` and the code.
    #[schema(rename = "type")]
    pub kind: String,
    /// The same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Stable; for programs.
    pub code: String,
    /// About this occurrence.
    pub detail: Option<String>,
    /// The request; quote it when asking for help.
    pub request_id: String,
    /// What is wrong with which field.
    pub errors: Option<Vec<FieldErrorDoc>>,
}
