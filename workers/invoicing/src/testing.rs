//! What the tests of this crate share: orders, commands and a small stand-in for the engine.

use std::collections::HashMap;

use schemas::{
    documents::Seller,
    ids::{OrderId, ProductId},
    invoicing::{CreditInvoice, CreditedLine, InvoicingMessage, IssueCreditNote, IssueInvoice, ReplaceInvoice},
    orders::OrdersMessage,
    types::{Address, Money, OrderLine, PaymentMethod, PriceList, Timestamp, Totals},
};
use shared::{
    engine::{Handler, Outbox, Refusal, Row, RowKey},
    id::{CorrelationId, MessageId, Uuid},
    message::{Delivery, Position},
    trace::TraceContext,
};

use crate::{document::Document, handler::Invoicing, series::Series};

/// The n-th order.
pub fn order(n: u64) -> OrderId {
    OrderId::from_uuid(Uuid::from_u64_pair(7, n))
}

/// A line within a state: half of the tax each.
pub fn line(sku: &str, quantity: i32, unit_price: i64, gst_basis_points: i32) -> OrderLine {
    let taxable = unit_price * i64::from(quantity);
    let half = taxable * i64::from(gst_basis_points) / 20_000;
    OrderLine {
        product_id: ProductId::from_uuid(Uuid::nil()),
        sku: sku.parse().unwrap(),
        name: "Brake pad set, front".to_owned(),
        hsn: "87083000".to_owned(),
        quantity,
        unit_price: Money::inr(unit_price),
        gst_basis_points,
        weight_grams: 900,
        taxable: Money::inr(taxable),
        cgst: Money::inr(half),
        sgst: Money::inr(half),
        igst: Money::inr(0),
        total: Money::inr(taxable + 2 * half),
        discount: Money::inr(0),
        cess_basis_points: 0,
        cess: Money::inr(0),
        price_list: PriceList::Retail,
        tax_inclusive: false,
        non_returnable: false,
    }
}

/// What the lines come to.
pub fn totals_of(lines: &[OrderLine], shipping: i64, cod_fee: i64) -> Totals {
    let sum = |amount: fn(&OrderLine) -> Money| Money::sum(lines.iter().map(amount)).unwrap();
    Totals {
        taxable: sum(|line| line.taxable),
        cgst: sum(|line| line.cgst),
        sgst: sum(|line| line.sgst),
        igst: sum(|line| line.igst),
        shipping: Money::inr(shipping),
        cod_fee: Money::inr(cod_fee),
        grand_total: Money::inr(sum(|line| line.total).minor + shipping + cod_fee),
        discount: Money::inr(0),
        cess: sum(|line| line.cess),
        shipping_tax: None,
        cod_fee_tax: None,
        round_off: Money::inr(0),
    }
}

fn address() -> Address {
    Address {
        name: "Asha Rao".to_owned(),
        phone: "+919800000001".to_owned(),
        line1: "12 MG Road".to_owned(),
        line2: String::new(),
        city: "Pune".to_owned(),
        state_code: "27".to_owned(),
        pincode: "411001".to_owned(),
    }
}

/// The command for an order's invoice.
pub fn issue_invoice(order_id: OrderId, issued_at: Timestamp) -> IssueInvoice {
    let lines = vec![line("BRK-PAD-001", 2, 120_000, 2_800)];
    IssueInvoice {
        order_id,
        totals: totals_of(&lines, 8_000, 0),
        lines,
        address: address(),
        payment_method: PaymentMethod::Stripe,
        payment_ref: "pi_1".to_owned(),
        issued_at,
        buyer_gstin: String::new(),
    }
}

/// The command that takes an invoice back.
pub fn issue_credit_note(invoice: &IssueInvoice, number: &str, issued_at: Timestamp) -> IssueCreditNote {
    let invoice = invoice.clone();
    IssueCreditNote {
        order_id: invoice.order_id,
        invoice_number: number.to_owned(),
        invoice_issued_at: invoice.issued_at,
        lines: invoice.lines,
        totals: invoice.totals,
        address: invoice.address,
        payment_method: invoice.payment_method,
        payment_ref: invoice.payment_ref,
        issued_at,
    }
}

/// The command that takes back units of the first order's only part, or an amount.
pub fn credit_invoice(number: &str, earlier: i32, quantity: i32, amount: i64, issued_at: Timestamp) -> CreditInvoice {
    let units = CreditedLine { sku: "BRK-PAD-001".parse().unwrap(), quantity, amount: Money::inr(0) };
    CreditInvoice {
        order_id: order(1),
        invoice_number: number.to_owned(),
        earlier,
        lines: if quantity == 0 { Vec::new() } else { vec![units] },
        amount: Money::inr(amount),
        reason: "returned".to_owned(),
        issued_at,
    }
}

/// The command that replaces an order's invoice by one for a company in the same state.
pub fn replace_invoice(n: u64, replacement: &str, number: &str, issued_at: Timestamp) -> ReplaceInvoice {
    ReplaceInvoice {
        order_id: order(n),
        replacement_id: replacement.to_owned(),
        invoice_number: number.to_owned(),
        address: Address { name: "Rao Motors Private Limited".to_owned(), ..address() },
        buyer_gstin: "27AAPFU0939F1ZV".to_owned(),
        reason: "bought for the company".to_owned(),
        issued_at,
    }
}

/// The worker with what it keeps, one message at a time.
pub struct Books {
    /// Who sells.
    pub seller: Seller,
    /// The series by key.
    pub series: HashMap<String, Series>,
    /// The documents.
    pub rows: HashMap<RowKey, Document>,
}

impl Default for Books {
    fn default() -> Self {
        Self { seller: seller("SpareParts Private Limited"), series: HashMap::new(), rows: HashMap::new() }
    }
}

/// A seller of that name.
pub fn seller(legal_name: &str) -> Seller {
    Seller {
        legal_name: legal_name.to_owned(),
        gstin: "27AAACS1234A1Z2".to_owned(),
        address_lines: vec!["Plot 7, MIDC".to_owned(), "Pune 411019".to_owned()],
        state_code: "27".to_owned(),
        email: None,
        phone: None,
    }
}

impl Books {
    /// Handles a message and returns what the orders worker is told.
    pub fn handle(&mut self, key: &str, message: impl Into<InvoicingMessage>) -> Result<Vec<OrdersMessage>, Refusal> {
        let delivery = Delivery {
            id: MessageId::generate(),
            causation: MessageId::generate(),
            correlation: CorrelationId::generate(),
            aggregate_id: key.to_owned(),
            at: Timestamp::from_millis(0),
            position: Position { partition: 0, offset: 0 },
            trace: TraceContext::start(),
            message: message.into(),
        };
        let handler = Invoicing { seller: self.seller.clone() };
        // Only what the handler asked for is read, as in the engine.
        let known = handler.rows(&delivery).into_iter().filter_map(|key| self.rows.get_key_value(&key));
        let known = known.map(|(key, row)| (key.clone(), row.clone())).collect();
        let mut out = Outbox::new(&delivery, &known);
        let series = handler.handle(self.series.get(key).cloned(), &delivery, &mut out)?;
        let (messages, _, rows) = out.contents();
        let replies = messages
            .iter()
            .map(|sent| Delivery::decode(&sent.payload, delivery.position, delivery.at, None).unwrap().message)
            .collect();
        self.rows.extend(rows.iter().map(|row| (row.key(), row.clone())));
        self.series.extend(series.map(|series| (key.to_owned(), series)));
        Ok(replies)
    }

    /// The numbers of all documents of a collection.
    pub fn numbers(&self, collection: &str) -> Vec<String> {
        let mut numbers: Vec<_> = self
            .rows
            .iter()
            .filter(|(key, _)| key.collection == collection)
            .map(|(_, row)| row.number().to_owned())
            .collect();
        numbers.sort();
        numbers
    }
}
