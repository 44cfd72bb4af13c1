//! Whole documents, judged by what is drawn on which page.

use super::*;
use crate::{
    State,
    canvas::Op,
    font::fonts,
    layout::style::{BOTTOM, FOOTER, LEFT, RIGHT},
    samples,
};

fn pages(invoice: &Invoice) -> Vec<Page> {
    lay_out(invoice, fonts().unwrap()).unwrap()
}

fn texts(page: &Page) -> Vec<&str> {
    page.iter()
        .filter_map(|op| match op {
            Op::Text { text, .. } => Some(text.as_str()),
            Op::Fill { .. } => None,
        })
        .collect()
}

fn all_texts(invoice: &Invoice) -> String {
    let pages = pages(invoice);
    let texts: Vec<&str> = pages.iter().flat_map(texts).collect();
    texts.join("\n")
}

#[test]
fn an_invoice_says_all_that_rule_46_asks_for() {
    let text = all_texts(&samples::intra_state());
    for part in [
        "TAX INVOICE",
        "SpareParts India Private Limited",
        "GSTIN 27AAACS1234F1Z5",
        "SP/26-27/004711",
        "22 Nov 2026",
        "Anjali Deshpande",
        "Maharashtra (27)",
        "Place of supply",
        "Reverse charge\nNo",
        "HSN/SAC",
        "87083000",
        "CGST\n",
        "SGST\n",
        "14%",
        "₹",
        "Rupees ",
        "Authorised signatory",
        "Page 1 of 1",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("IGST"));
}

#[test]
fn a_supply_to_another_state_shows_igst_alone() {
    let text = all_texts(&samples::inter_state(3));
    assert!(text.contains("IGST") && text.contains("28%"));
    assert!(!text.contains("CGST") && !text.contains("SGST"));
    assert!(text.contains("GSTIN 29AABCR5055K1ZK"));
    assert!(text.contains("DELIVERED TO"));
}

#[test]
fn a_union_territory_without_legislature_levies_utgst() {
    let mut invoice = samples::intra_state();
    let chandigarh = State { name: "Chandigarh".to_owned(), code: "04".to_owned() };
    invoice.seller.state = chandigarh.clone();
    invoice.place_of_supply = chandigarh;
    let text = all_texts(&invoice);
    assert!(text.contains("UTGST") && !text.contains("\nSGST"));
}

#[test]
fn cash_on_delivery_says_what_to_collect() {
    let text = all_texts(&samples::worked_example());
    assert!(text.contains("Cash on delivery fee\n₹30.00"));
    assert!(text.contains("To be collected on delivery\n₹3,182.00"));
    assert!(text.contains("Rupees Three Thousand One Hundred Eighty-Two Only"));
}

#[test]
fn a_credit_note_cites_its_invoice() {
    let text = all_texts(&samples::credit_note());
    assert!(text.contains("CREDIT NOTE") && !text.contains("TAX INVOICE"));
    assert!(text.contains("Against invoice\nSP/26-27/004711\nInvoice date\n22 Nov 2026"));
}

#[test]
fn a_cancelled_document_says_so_on_every_page_and_names_the_one_that_stands_for_it() {
    let mut invoice = samples::inter_state(34);
    assert!(!all_texts(&invoice).to_uppercase().contains("CANCELLED"));
    invoice.replaced_by = Some("SP/26-27/004713".to_owned());
    let pages = pages(&invoice);
    assert!(pages.len() > 1);
    let first = texts(&pages[0]);
    assert!(first.contains(&"CANCELLED") && first.contains(&"Replaced by SP/26-27/004713"), "{first:?}");
    assert!(first.contains(&"SP/26-27/004712"), "it keeps its number");
    for page in &pages[1..] {
        assert!(texts(page).contains(&"TAX INVOICE SP/26-27/004712, CANCELLED, continued"));
    }
}

#[test]
fn a_cancelled_document_is_not_called_valid_and_asks_for_no_cash() {
    let mut invoice = samples::worked_example();
    invoice.replaced_by = Some("SP/26-27/004713".to_owned());
    let text = all_texts(&invoice);
    assert!(!text.contains("valid") && !text.contains("To be collected"), "{text}");
    assert!(text.contains("Cancelled, and replaced by SP/26-27/004713."));
}

#[test]
fn what_stands_for_a_cancelled_document_cites_it() {
    let mut invoice = samples::intra_state();
    invoice.replaces = Some("SP/26-27/004700".to_owned());
    let text = all_texts(&invoice);
    assert!(text.contains("Replaces\nSP/26-27/004700") && !text.contains("CANCELLED"));
}

#[test]
fn a_credit_note_never_asks_for_cash() {
    let mut note = samples::credit_note();
    note.payment = crate::Payment::CashOnDelivery;
    assert!(!all_texts(&note).contains("To be collected"));
}

#[test]
fn two_hundred_lines_repeat_the_heading_and_count_the_pages() {
    let pages = pages(&samples::inter_state(200));
    let count = pages.len();
    assert!(count > 5);
    for (index, page) in pages.iter().enumerate() {
        let texts = texts(page);
        let foot = format!("Page {} of {count}", index + 1);
        assert!(texts.iter().any(|text| text.ends_with(&foot)));
        let has_rows = texts.iter().any(|text| ["NOS", "SET", "CAN", "PRS"].contains(text));
        assert_eq!(has_rows, texts.contains(&"Description"), "page {index}");
    }
}

#[test]
fn totals_share_their_page_with_a_line_however_many_lines_there_are() {
    for count in 1..60 {
        let pages = pages(&samples::inter_state(count));
        let page = pages.iter().find(|page| texts(page).contains(&"Grand total")).unwrap();
        let texts = texts(page);
        assert!(texts.contains(&count.to_string().as_str()), "{count} lines");
        assert!(texts.contains(&"Description"), "{count} lines");
    }
}

#[test]
fn everything_stays_within_the_margins() {
    let mut huge = samples::inter_state(40);
    huge.buyer.name = "W".repeat(300);
    huge.buyer.address = vec!["Long address line ".repeat(30); 12];
    huge.seller.legal_name = "Very Long Company Name ".repeat(20);
    huge.lines[3].description = "Gasket ".repeat(400);
    for line in &mut huge.lines {
        line.total = 98_76_54_32_10_987_65;
        line.taxable = 98_76_54_32_10_987_65;
    }
    huge.totals.grand_total = i64::MAX;
    let fonts = fonts().unwrap();
    for invoice in samples::all().into_iter().chain([huge]) {
        for op in pages(&invoice).iter().flatten() {
            let Op::Text { x, baseline, text, style } = op else { continue };
            let end = x + fonts.width(text, style.weight, style.size);
            assert!(*x >= LEFT - 0.1 && end <= RIGHT + 0.1, "{text} at {x} to {end}");
            assert!(*baseline <= BOTTOM || *baseline == FOOTER, "{text} at {baseline}");
        }
    }
}
