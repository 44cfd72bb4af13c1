//! Documents for the tests and for `examples/sample.rs`, their amounts computed by the rules.

use crate::{Buyer, Date, Delivery, DocumentKind, Invoice, Line, Payment, Seller, State, Totals};

/// Description, SKU, HSN, quantity, unit, price and discount in paise, rate in basis points.
type Part<'a> = (&'a str, &'a str, &'a str, u32, &'a str, i64, i64, u32);

const PARTS: [Part; 8] = [
    (
        "Brake pad set, front, ceramic, Maruti Suzuki Swift 2018-2024 (Bosch 0 986 AB1 234)",
        "BRK-PAD-SWFT-F",
        "87083000",
        2,
        "SET",
        1_845_00,
        120_00,
        2800,
    ),
    ("Engine oil 5W-30 fully synthetic, 3.5 l", "OIL-5W30-35", "27101972", 1, "CAN", 2_199_00, 0, 1800),
    ("LED headlamp bulb H4, pair", "LMP-H4-LED", "85122010", 3, "PRS", 899_50, 89_95, 1800),
    ("Oil filter, spin-on", "FLT-OIL-017", "84212300", 4, "NOS", 185_00, 0, 1800),
    (
        "Clutch kit, 3 pieces, Mahindra Scorpio mHawk 2.2 diesel, 240 mm, with release bearing and alignment tool",
        "CLT-SCORP-240",
        "87089300",
        1,
        "SET",
        8_450_00,
        450_00,
        2800,
    ),
    ("Wiper blade, 24 inch", "WPR-24", "85124000", 2, "NOS", 349_00, 0, 1800),
    ("Shock absorber, rear, gas", "SHK-R-GAS-77", "87088000", 2, "NOS", 1_02_375_00, 4_750_00, 2800),
    ("Fuse box cover", "FUS-CVR-2", "85361010", 5, "NOS", 64_00, 0, 1800),
];

fn state(name: &str, code: &str) -> State {
    State { name: name.to_owned(), code: code.to_owned() }
}

#[allow(clippy::unwrap_used, reason = "a literal date that exists")]
fn date(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

fn seller() -> Seller {
    Seller {
        legal_name: "SpareParts India Private Limited".to_owned(),
        address: vec!["Unit 12, Chakan Industrial Estate, Phase II".to_owned(), "Pune 410501".to_owned()],
        state: state("Maharashtra", "27"),
        gstin: "27AAACS1234F1Z5".to_owned(),
        email: Some("billing@spareparts.example".to_owned()),
        phone: Some("+91 20 5555 0100".to_owned()),
    }
}

fn buyer() -> Buyer {
    Buyer {
        name: "Anjali Deshpande".to_owned(),
        address: vec!["Flat 4B, Sai Krupa Apartments".to_owned(), "MG Road, Camp".to_owned(), "Pune 411001".to_owned()],
        state: state("Maharashtra", "27"),
        gstin: None,
        phone: Some("+91 98200 55501".to_owned()),
    }
}

fn company() -> Buyer {
    Buyer {
        name: "Ravindra Motors & Service Centre LLP".to_owned(),
        address: vec!["No. 88, 3rd Cross, Peenya Industrial Area 1st Stage".to_owned(), "Bengaluru 560058".to_owned()],
        state: state("Karnataka", "29"),
        gstin: Some("29AABCR5055K1ZK".to_owned()),
        phone: Some("+91 80 5555 0177".to_owned()),
    }
}

fn line(part: Part, intra_state: bool) -> Line {
    let (description, sku, hsn, quantity, unit, unit_price, discount, gst_rate) = part;
    let taxable = unit_price * i64::from(quantity) - discount;
    let tax = |basis_points: i64| (taxable * basis_points + 10_000) / 20_000;
    let rate = i64::from(gst_rate);
    let half = if intra_state { tax(rate) } else { 0 };
    let igst = if intra_state { 0 } else { tax(2 * rate) };
    Line {
        description: description.to_owned(),
        sku: sku.to_owned(),
        hsn: hsn.to_owned(),
        quantity,
        unit: unit.to_owned(),
        unit_price,
        discount,
        taxable,
        gst_rate,
        cgst: half,
        sgst: half,
        igst,
        cess_rate: 0,
        cess: 0,
        total: taxable + 2 * half + igst,
    }
}

/// The sums of `lines`, rounded to the nearest rupee.
fn totals(lines: &[Line], shipping: i64, cod_fee: i64) -> Totals {
    let sum = |of: fn(&Line) -> i64| lines.iter().map(of).sum::<i64>();
    let exact = sum(|line| line.total) + shipping + cod_fee;
    let grand_total = (exact + 50) / 100 * 100;
    Totals {
        taxable: sum(|line| line.taxable),
        cgst: sum(|line| line.cgst),
        sgst: sum(|line| line.sgst),
        igst: sum(|line| line.igst),
        cess: sum(|line| line.cess),
        shipping,
        cod_fee,
        round_off: grand_total - exact,
        grand_total,
    }
}

fn invoice(buyer: Buyer, lines: Vec<Line>, shipping: i64, cod_fee: i64) -> Invoice {
    Invoice {
        kind: DocumentKind::TaxInvoice,
        number: "SP/26-27/004711".to_owned(),
        date: date(2026, 11, 22),
        order: "SP-2026-118842".to_owned(),
        payment: Payment::Settled("Stripe pi_3QK2fLm8Yt5aBcDe1xYz".to_owned()),
        seller: seller(),
        place_of_supply: buyer.state.clone(),
        buyer,
        delivery: None,
        reverse_charge: false,
        totals: totals(&lines, shipping, cod_fee),
        lines,
        irn: None,
        replaces: None,
        replaced_by: None,
    }
}

/// Three lines to a consumer in the seller's state.
pub fn intra_state() -> Invoice {
    let lines = PARTS[..3].iter().map(|part| line(*part, true)).collect();
    invoice(buyer(), lines, 80_00, 0)
}

/// `count` lines to a company in another state, delivered to a third address.
pub fn inter_state(count: usize) -> Invoice {
    let lines = PARTS.iter().cycle().take(count).map(|part| line(*part, false)).collect();
    let mut document = invoice(company(), lines, 0, 0);
    document.number = "SP/26-27/004712".to_owned();
    document.delivery = Some(Delivery {
        name: "Ravindra Motors, Hosur Workshop".to_owned(),
        address: vec!["Plot 7, SIPCOT Phase I".to_owned(), "Hosur 635126".to_owned()],
        state: state("Tamil Nadu", "33"),
    });
    document.irn = Some("c0f3a1b29d8e47568a1b2c3d4e5f60718293a4b5c6d7e8f9011223344556677a".to_owned());
    document
}

/// The example of the replaced system: 2 x Rs 1200 at 28 %, shipping 80, COD fee 30, in all Rs 3182.
pub fn worked_example() -> Invoice {
    let part = ("Radiator fan motor", "RAD-FAN-12V", "84145990", 2, "NOS", 1_200_00, 0, 2800);
    let mut document = invoice(buyer(), vec![line(part, true)], 80_00, 30_00);
    document.payment = Payment::CashOnDelivery;
    document
}

/// A credit note over one returned line.
pub fn credit_note() -> Invoice {
    let mut document = invoice(buyer(), vec![line(PARTS[2], true)], 0, 0);
    document.kind = DocumentKind::CreditNote { cites: "SP/26-27/004711".to_owned(), cites_date: date(2026, 11, 22) };
    document.number = "CN/26-27/000093".to_owned();
    document.date = date(2026, 12, 2);
    document.payment = Payment::Settled("Stripe re_3QK2fLm8Yt5aBcDe1".to_owned());
    document
}

/// An invoice that named the wrong buyer; another stands for it.
pub fn cancelled() -> Invoice {
    Invoice { replaced_by: Some("SP/26-27/004713".to_owned()), ..intra_state() }
}

/// Long names, other scripts and crores: what strains a layout.
pub fn awkward() -> Invoice {
    let mut lines: Vec<Line> = PARTS.iter().map(|part| line(*part, true)).collect();
    lines.push(line(
        (
            "ECU 0261S12345-0261S12346-0261S12347-0261S12348-0261S12349, 点火",
            "ECU-1",
            "85371000",
            1_250,
            "NOS",
            98_76_543_21,
            12_34_567_89,
            2800,
        ),
        true,
    ));
    let mut document = invoice(buyer(), lines, 1_23_456_00, 0);
    document.seller.legal_name =
        "Shree Ganesh Automobile Spare Parts Manufacturing and Trading Company Limited".to_owned();
    document.buyer.name = "Łukasz Ångström-Żółć and Sons, अंजलि".to_owned();
    document.buyer.address[0] = "Office 1204, Twelfth Floor, The Very Long Name Business Centre, Tower B".to_owned();
    document
}

/// One of each kind.
#[allow(dead_code, reason = "the example writes them one by one, under a name each")]
pub fn all() -> [Invoice; 6] {
    [intra_state(), inter_state(34), worked_example(), credit_note(), cancelled(), awkward()]
}
