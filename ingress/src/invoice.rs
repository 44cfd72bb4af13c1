//! An order's invoice as the PDF library wants it: made of the invoicing worker's document and of nothing else, so that it
//! says for ever what it said when it was issued.

use invoice_pdf as pdf;
use schemas::{
    documents::Invoice,
    gst_states,
    types::{OrderLine, PaymentMethod, Timestamp, Totals},
};

/// A document that cannot be printed: data that no worker of ours should have written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invoice {number}: {fault}")]
pub struct Unprintable {
    /// The invoice.
    pub number: String,
    /// What is wrong with it.
    pub fault: &'static str,
}

/// The invoice as it is printed.
///
/// # Errors
/// [`Unprintable`].
pub fn printable(invoice: &Invoice) -> Result<pdf::Invoice, Unprintable> {
    let broken = |fault| Unprintable { number: invoice.number.clone(), fault };
    let (address, seller) = (&invoice.address, &invoice.seller);
    let buyer_state = state(&address.state_code).ok_or_else(|| broken("the buyer's state is unknown"))?;
    Ok(pdf::Invoice {
        kind: pdf::DocumentKind::TaxInvoice,
        number: invoice.number.clone(),
        date: date(invoice.issued_at).ok_or_else(|| broken("the date is out of range"))?,
        order: invoice.order_id.to_string(),
        payment: payment(invoice.payment_method, &invoice.payment_ref),
        seller: pdf::Seller {
            legal_name: seller.legal_name.clone(),
            address: seller.address_lines.clone(),
            state: state(&seller.state_code).ok_or_else(|| broken("the seller's state is unknown"))?,
            gstin: seller.gstin.clone(),
            email: seller.email.clone(),
            phone: seller.phone.clone(),
        },
        buyer: pdf::Buyer {
            name: address.name.clone(),
            address: [&address.line1, &address.line2, &format!("{} {}", address.city, address.pincode)]
                .into_iter()
                .filter(|line| !line.is_empty())
                .cloned()
                .collect(),
            state: buyer_state.clone(),
            gstin: Some(invoice.buyer_gstin.clone()).filter(|gstin| !gstin.is_empty()),
            phone: Some(address.phone.clone()),
        },
        delivery: None,
        place_of_supply: buyer_state,
        reverse_charge: false,
        lines: invoice.lines.iter().map(line).collect::<Option<_>>().ok_or_else(|| broken("a negative quantity"))?,
        totals: totals(&invoice.totals),
        irn: None,
    })
}

fn state(code: &str) -> Option<pdf::State> {
    let name = gst_states::state_name(code)?;
    Some(pdf::State { name: name.to_owned(), code: code.to_owned() })
}

fn date(at: Timestamp) -> Option<pdf::Date> {
    let date = at.date_in_india();
    let part = |number: i8| u8::try_from(number).ok();
    pdf::Date::new(u16::try_from(date.year()).ok()?, part(date.month())?, part(date.day())?).ok()
}

fn payment(method: PaymentMethod, reference: &str) -> pdf::Payment {
    match method {
        PaymentMethod::Cod => pdf::Payment::CashOnDelivery,
        PaymentMethod::Stripe => pdf::Payment::Settled(format!("Stripe {reference}").trim_end().to_owned()),
        PaymentMethod::Razorpay => pdf::Payment::Settled(format!("Razorpay {reference}").trim_end().to_owned()),
    }
}

fn line(line: &OrderLine) -> Option<pdf::Line> {
    Some(pdf::Line {
        description: line.name.clone(),
        sku: line.sku.to_string(),
        hsn: line.hsn.clone(),
        quantity: u32::try_from(line.quantity).ok()?,
        unit: "NOS".to_owned(),
        unit_price: line.unit_price.minor,
        discount: 0,
        taxable: line.taxable.minor,
        gst_rate: u32::try_from(line.gst_basis_points).ok()?,
        cgst: line.cgst.minor,
        sgst: line.sgst.minor,
        igst: line.igst.minor,
        total: line.total.minor,
    })
}

fn totals(totals: &Totals) -> pdf::Totals {
    pdf::Totals {
        taxable: totals.taxable.minor,
        cgst: totals.cgst.minor,
        sgst: totals.sgst.minor,
        igst: totals.igst.minor,
        shipping: totals.shipping.minor,
        cod_fee: totals.cod_fee.minor,
        round_off: 0,
        grand_total: totals.grand_total.minor,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{
        catalog::PartKind,
        documents::Product,
        ids::{OrderId, ProductId},
        types::{Address, Money},
    };

    use super::*;
    use crate::{
        pricing::{Fees, Item, price},
        testing,
    };

    fn product(paise: i64, rate: i32, grams: i32) -> Product {
        Product {
            product_id: ProductId::generate(),
            sku: "BRK-PAD-001".parse().unwrap(),
            slug: "brake-pad".to_owned(),
            name: "Brake pad".to_owned(),
            description: String::new(),
            category: "Brakes".to_owned(),
            brand: "Bosch".to_owned(),
            kind: PartKind::Aftermarket,
            oem_number: String::new(),
            hsn: "87083000".to_owned(),
            gst_basis_points: rate,
            price: Money::inr(paise),
            weight_grams: grams,
            active: true,
            fitment: Vec::new(),
            revision: 1,
        }
    }

    fn invoice(product: &Product, quantity: u32, state_code: &str, method: PaymentMethod) -> Invoice {
        let seller = testing::settings().seller_state_code;
        let priced = price(&[Item { product, quantity }], &seller, state_code, method, &Fees::default()).unwrap();
        Invoice {
            order_id: OrderId::generate(),
            number: "INV/26-27/00001".to_owned(),
            issued_at: Timestamp::from_millis(1_790_000_000_000),
            seller: testing::seller(),
            lines: priced.lines,
            totals: priced.totals,
            address: Address {
                name: "Asha Kulkarni".to_owned(),
                phone: "+919876543210".to_owned(),
                line1: "12 MG Road".to_owned(),
                line2: String::new(),
                city: "Pune".to_owned(),
                state_code: state_code.to_owned(),
                pincode: "411001".to_owned(),
            },
            payment_method: method,
            payment_ref: "pi_1".to_owned(),
            buyer_gstin: String::new(),
        }
    }

    #[test]
    fn an_invoice_of_ours_is_printed() {
        let invoice = invoice(&product(120_000, 2_800, 1_500), 2, "27", PaymentMethod::Stripe);
        let printable = printable(&invoice).unwrap();
        assert_eq!(printable.seller.legal_name, invoice.seller.legal_name);
        assert_eq!(printable.buyer.address, ["12 MG Road", "Pune 411001"]);
        assert_eq!(printable.payment, pdf::Payment::Settled("Stripe pi_1".to_owned()));
        assert!(pdf::render(&printable).unwrap().starts_with(b"%PDF-"));
    }

    #[test]
    fn a_registered_buyers_gstin_is_printed_and_a_consumer_has_none() {
        let mut invoice = invoice(&product(120_000, 2_800, 1_500), 2, "29", PaymentMethod::Stripe);
        assert_eq!(printable(&invoice).unwrap().buyer.gstin, None);
        invoice.buyer_gstin = "29AAGCB7383J1Z4".to_owned();
        let printable = printable(&invoice).unwrap();
        assert_eq!(printable.buyer.gstin.as_deref(), Some("29AAGCB7383J1Z4"));
        assert_eq!(printable.place_of_supply.code, "29");
    }

    proptest! {
        #[test]
        fn whatever_is_priced_may_be_issued(
            paise in 0i64..10_000_000, rate in 0i32..=2_800, grams in 0i32..50_000, quantity in 1u32..=1_000, within: bool,
        ) {
            let state = if within { "27" } else { "29" };
            let invoice = invoice(&product(paise, rate, grams), quantity, state, PaymentMethod::Cod);
            let printable = printable(&invoice).unwrap();
            prop_assert_eq!(pdf::verify(&printable), Ok(()));
        }
    }
}
