//! Files as people and programs make them.

use std::io::Write;

use rust_xlsxwriter::{Format, Workbook};
use schemas::imports::rows::{FileFormat, ImportKind, RowProblem};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{RawRow, problem::LONGEST_DETAIL, testing::rows};

fn csv(bytes: &[u8]) -> (Vec<Result<RawRow, RowProblem>>, Result<(), &'static str>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let (rows, end) = rows(file.path(), FileFormat::Csv, ImportKind::Prices);
    (rows, end.map_err(|problem| problem.code))
}

fn xlsx(bytes: &[u8]) -> (Vec<Result<RawRow, RowProblem>>, Result<(), &'static str>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let (rows, end) = rows(file.path(), FileFormat::Xlsx, ImportKind::Prices);
    (rows, end.map_err(|problem| problem.code))
}

fn good(number: u32, cells: &[&str]) -> Result<RawRow, RowProblem> {
    Ok(RawRow { number, cells: cells.iter().map(ToString::to_string).collect() })
}

#[test]
fn a_byte_order_mark_semicolons_and_quoted_lines_are_understood() {
    let (rows, end) = csv("\u{feff}sku;Price \r\nA-1;\"1;2\"\r\n\r\n\"B\r\n1\";'=3\r\nC-1;4".as_bytes());
    assert_eq!(end, Ok(()));
    assert_eq!(rows, [good(2, &["A-1", "1;2"]), good(4, &["B\r\n1", "=3"]), good(5, &["C-1", "4"])]);
}

#[test]
fn rows_are_counted_as_a_spreadsheet_does() {
    let (rows, _) = csv(b"\n\nsku,price\n\nA,1\n\"B\n\n\",2\n\n\n,\nC,3");
    assert_eq!(rows, [good(5, &["A", "1"]), good(6, &["B\n\n", "2"]), good(10, &["C", "3"])]);
}

#[test]
fn a_row_that_is_ragged_or_not_utf8_is_named_and_the_rest_is_read() {
    let (rows, end) = csv(b"sku,price\nA,1,2\nB\nC\xff,3\nD,4\n");
    assert_eq!(end, Ok(()));
    let told: Vec<_> =
        rows[..3].iter().map(|row| row.as_ref().unwrap_err()).map(|p| (p.row, p.code.as_str())).collect();
    assert_eq!(told, [(2, "ragged"), (3, "ragged"), (4, "not_utf8")]);
    assert_eq!(rows[3], good(5, &["D", "4"]));
    let long = format!("sku,price\nA,{}\n", "x".repeat(40_000));
    let problem = csv(long.as_bytes()).0[0].clone().unwrap_err();
    assert_eq!((problem.column.as_deref(), problem.code.as_str()), (Some("price"), "cell_too_long"));
}

#[test]
fn what_is_no_file_of_its_kind_is_refused_with_the_reason() {
    for (bytes, code) in [
        (&b""[..], "no_header"),
        (b"sku,colour\n", "unknown_column"),
        (b"price\n", "missing_column"),
        (b"sku,price,Price\n", "column_twice"),
        (b"\xff\xfes\0k\0u\0", "not_utf8"),
        (b"sk\xff,price\n", "not_utf8"),
        (b"PK\x03\x04", "unknown_column"),
    ] {
        assert_eq!(csv(bytes).1, Err(code), "{}", bytes.escape_ascii());
    }
    let endless = [&b"sku,price\n\"A"[..], &vec![b'\n'; 3 * 1024 * 1024]].concat();
    assert_eq!(csv(&endless).1, Err("row_too_long"));
    for bytes in [&b""[..], b"sku,price\n", b"PK\x05\x06"] {
        assert_eq!(xlsx(bytes).1, Err("not_a_workbook"));
    }
}

#[test]
fn a_workbooks_cells_are_read_as_a_person_sees_them() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (place, name) in (0..).zip(["sku", "price", "gst_basis_points", "tax_inclusive", "wholesale"]) {
        sheet.write_string(1, place, name).unwrap();
    }
    let dated = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_string(3, 0, "A-1").unwrap().write_number(3, 1, 1_200.5).unwrap();
    sheet.write_number(3, 2, 1.0e6).unwrap().write_boolean(3, 3, true).unwrap();
    sheet.write_number_with_format(3, 4, 46_113.0, &dated).unwrap();
    sheet.write_formula(4, 1, "=1/0").unwrap().set_formula_result(4, 1, "#DIV/0!");
    sheet.write_string(5, 9, "far out").unwrap();
    let (rows, end) = xlsx(&workbook.save_to_buffer().unwrap());
    assert_eq!(end, Ok(()));
    assert_eq!(rows[0], good(4, &["A-1", "1200.5", "1000000", "true", "2026-04-01"]));
    let told: Vec<_> =
        rows[1..].iter().map(|row| row.as_ref().unwrap_err()).map(|p| (p.row, p.code.as_str())).collect();
    assert_eq!(told, [(5, "cell_error"), (6, "ragged")]);
}

/// An archive of these parts.
fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook that has these texts to share.
fn sharing(texts: &str) -> Vec<u8> {
    zipped(&[("xl/sharedStrings.xml", texts)])
}

/// A workbook whose rows stand in its sheet as these do: number, SKU and price.
fn rows_in_order(rows: &[(u32, &str, &str)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let row = |(number, sku, price): &(u32, &str, &str)| {
        let cell = |column, text| format!("<c r=\"{column}{number}\" t=\"str\"><v>{text}</v></c>");
        format!("<row r=\"{number}\">{}{}</row>", cell('A', sku), cell('B', price))
    };
    let rows: String = rows.iter().map(row).collect();
    let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let links = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"r1\" Type=\"{LINKS}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    zipped(&[
        ("_rels/.rels", &links("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &links("worksheet", "worksheets/sheet1.xml")),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

#[test]
fn rows_that_do_not_stand_in_their_order_are_no_workbook_for_two_would_have_one_number() {
    let header = (1, "sku", "price");
    let (rows, end) = xlsx(&rows_in_order(&[header, (2, "A-1", "1"), (3, "A-2", "2")]));
    assert_eq!((rows, end), (vec![good(2, &["A-1", "1"]), good(3, &["A-2", "2"])], Ok(())));
    for third in [2, 1] {
        let (_, end) = xlsx(&rows_in_order(&[header, (2, "A-1", "1"), (3, "A-2", "2"), (third, "A-3", "3")]));
        assert_eq!(end, Err("not_a_workbook"));
    }
}

#[test]
fn what_is_told_of_an_endless_name_is_short() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&[&b"sku,"[..], &vec![0; 600_000], b"\n"].concat()).unwrap();
    let problem = rows(file.path(), FileFormat::Csv, ImportKind::Prices).1.unwrap_err();
    assert_eq!(problem.code, "unknown_column");
    assert!(
        problem.detail.chars().count() <= LONGEST_DETAIL && problem.detail.contains("must be one of sku"),
        "{problem}"
    );
}

#[test]
fn an_archive_that_unpacks_to_too_much_or_says_so_is_refused_before_it_is_read() {
    let many = "<x/>".repeat(usize::try_from(crate::limits::MOST_SHARED_TAGS).unwrap() + 1);
    assert_eq!(xlsx(&sharing(&many)).1, Err("too_large"));
    for stated in ["99999999999", "500"] {
        assert_eq!(xlsx(&sharing(&format!("<sst uniqueCount=\"{stated}\"><si/></sst>"))).1, Err("too_large"));
    }
    assert_eq!(xlsx(&sharing("<sst uniqueCount=\"1\"><si/></sst>")).1, Err("not_a_workbook"));
}
