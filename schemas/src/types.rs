//! The value types that messages are made of.

use apache_avro::AvroSchema;
use serde::{Deserialize, Serialize};
pub use shared::{
    money::{Currency, Money},
    time::Timestamp,
};

use crate::ids::{ProductId, Sku};

/// How the customer pays: through a gateway (Stripe, Razorpay), or in cash to the carrier (COD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum PaymentMethod {
    Stripe,
    Razorpay,
    Cod,
}

/// A payment gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum GatewayName {
    Stripe,
    Razorpay,
}

impl PaymentMethod {
    /// Paying through this gateway.
    #[must_use]
    pub const fn through(gateway: GatewayName) -> Self {
        match gateway {
            GatewayName::Stripe => Self::Stripe,
            GatewayName::Razorpay => Self::Razorpay,
        }
    }

    /// The gateway that it goes through; `None` for cash.
    #[must_use]
    pub const fn gateway(self) -> Option<GatewayName> {
        match self {
            Self::Stripe => Some(GatewayName::Stripe),
            Self::Razorpay => Some(GatewayName::Razorpay),
            Self::Cod => None,
        }
    }
}

impl GatewayName {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Stripe, Self::Razorpay];

    /// The name as metrics, logs and documents spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Razorpay => "razorpay",
        }
    }
}

/// A postal address in India.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Address {
    /// Who receives the parcel.
    pub name: String,
    /// Their telephone number: `+91` and ten digits.
    pub phone: String,
    /// House and street.
    pub line1: String,
    /// Area or landmark; empty if none.
    pub line2: String,
    /// Town or city.
    pub city: String,
    /// The two-digit GST state code, for example `27` for Maharashtra.
    pub state_code: String,
    /// The six-digit postal index number.
    pub pincode: String,
}

/// One part on an order: product data and price as they were when the order was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct OrderLine {
    /// The product.
    pub product_id: ProductId,
    /// Its SKU.
    pub sku: Sku,
    /// Its name.
    pub name: String,
    /// Its HSN code (Harmonised System of Nomenclature), 4, 6 or 8 digits.
    pub hsn: String,
    /// How many; at least 1.
    pub quantity: i32,
    /// The price of one as the price list says it: with tax if `tax_inclusive`, else without.
    pub unit_price: Money,
    /// The GST rate in basis points: 2800 is 28 %.
    pub gst_basis_points: i32,
    /// The weight of one, in grams.
    pub weight_grams: i32,
    /// What is taxed: price times quantity less the discount, without tax.
    pub taxable: Money,
    /// Central GST; zero between states.
    pub cgst: Money,
    /// State GST; zero between states.
    pub sgst: Money,
    /// Integrated GST; zero within a state.
    pub igst: Money,
    /// Taxable value and taxes.
    pub total: Money,
    /// What was taken off price times quantity; with tax if `tax_inclusive`. Nothing in messages of the first version.
    #[serde(default = "nothing")]
    #[avro(default = r#"{"minor": 0, "currency": "INR"}"#)]
    pub discount: Money,
    /// The rate of the compensation cess in basis points.
    #[serde(default)]
    #[avro(default = "0")]
    pub cess_basis_points: i32,
    /// The compensation cess, wherever the parcel goes.
    #[serde(default = "nothing")]
    #[avro(default = r#"{"minor": 0, "currency": "INR"}"#)]
    pub cess: Money,
    /// The list that the price is from.
    #[serde(default)]
    #[avro(default = r#""retail""#)]
    pub price_list: PriceList,
    /// Whether the price and the discount include tax.
    #[serde(default)]
    #[avro(default = "false")]
    pub tax_inclusive: bool,
    /// Whether the shop does not take it back. Nothing in messages of the first two versions, from when it took back all.
    #[serde(default)]
    #[avro(default = "false")]
    pub non_returnable: bool,
}

/// Which of a product's price lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum PriceList {
    #[default]
    Retail,
    Wholesale,
}

const fn nothing() -> Money {
    Money::inr(0)
}

/// The tax on a charge beside the goods, where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct ChargeTax {
    /// What the charge is, as the tariff counts it: the SAC of a service, or the HSN code of the goods it belongs to.
    pub code: String,
    /// The GST rate in basis points.
    pub gst_basis_points: i32,
    /// Central GST; zero between states.
    pub cgst: Money,
    /// State GST; zero between states.
    pub sgst: Money,
    /// Integrated GST; zero within a state.
    pub igst: Money,
}

/// What an order comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AvroSchema)]
pub struct Totals {
    /// The lines before tax.
    pub taxable: Money,
    /// Central GST of the lines.
    pub cgst: Money,
    /// State GST of the lines.
    pub sgst: Money,
    /// Integrated GST of the lines.
    pub igst: Money,
    /// Carriage, without its tax.
    pub shipping: Money,
    /// The fee for paying in cash, without its tax.
    pub cod_fee: Money,
    /// What the customer pays.
    pub grand_total: Money,
    /// The discounts of the lines. Nothing in messages of the first version, as with all that follows.
    #[serde(default = "nothing")]
    #[avro(default = r#"{"minor": 0, "currency": "INR"}"#)]
    pub discount: Money,
    /// The compensation cess of the lines.
    #[serde(default = "nothing")]
    #[avro(default = r#"{"minor": 0, "currency": "INR"}"#)]
    pub cess: Money,
    /// The tax on the carriage, if it is taxed.
    #[serde(default)]
    pub shipping_tax: Option<Box<ChargeTax>>,
    /// The tax on the fee, if it is taxed.
    #[serde(default)]
    pub cod_fee_tax: Option<Box<ChargeTax>>,
    /// What rounding the total added or, negative, took away.
    #[serde(default = "nothing")]
    #[avro(default = r#"{"minor": 0, "currency": "INR"}"#)]
    pub round_off: Money,
}

/// Where an order stands. The orders worker alone moves it; `orders::step` is the transition table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, AvroSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Avro derive refuses comments on variants")]
pub enum OrderStatus {
    Accepted,
    Reserving,
    AwaitingPayment,
    Paid,
    Confirmed,
    Packed,
    Shipped,
    Delivered,
    Cancelling,
    Rejected,
    Expired,
    PaymentFailed,
    Cancelled,
    Refunded,
}

impl OrderStatus {
    /// All of them, in the order an order may pass through.
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::Reserving,
        Self::AwaitingPayment,
        Self::Paid,
        Self::Confirmed,
        Self::Packed,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelling,
        Self::Rejected,
        Self::Expired,
        Self::PaymentFailed,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// Whether nothing follows.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Rejected | Self::Expired | Self::PaymentFailed | Self::Cancelled | Self::Refunded
        )
    }

    /// The name as the API and metrics spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Reserving => "reserving",
            Self::AwaitingPayment => "awaiting_payment",
            Self::Paid => "paid",
            Self::Confirmed => "confirmed",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelling => "cancelling",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }
}
