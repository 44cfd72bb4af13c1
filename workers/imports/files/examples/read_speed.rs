//! How fast files of products are read and checked, and with how much memory: `cargo run --release -p import_files --example
//! read_speed -- 100000`.

#![allow(clippy::print_stdout, reason = "this is what it is for")]

use std::{
    collections::HashMap,
    error::Error,
    fs::{self, File},
    ops::ControlFlow,
    time::Instant,
};

use import_files::{Checked, Form, Known, Seen, Writer, product_id, read};
use schemas::{
    documents::Product,
    imports::rows::{FileFormat, ImportKind},
};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let rows: u32 = std::env::args().nth(1).map_or(Ok(100_000), |rows| rows.parse())?;
    for format in FileFormat::ALL {
        let path = std::env::temp_dir().join(format!("read-speed-{}.{}", std::process::id(), format.as_str()));
        let begin = Instant::now();
        write(&path, format, rows)?;
        let megabytes = fs::metadata(&path)?.len() / 1_000_000;
        println!("{}: {rows} rows, {megabytes} MB, written in {:.1?}", format.as_str(), begin.elapsed());
        // From here on the peak is that of reading.
        fs::write("/proc/self/clear_refs", "5")?;
        let begin = Instant::now();
        let good = check(&path, format)?;
        let each = f64::from(rows) / begin.elapsed().as_secs_f64();
        println!("{}: {good} good, {each:.0} rows read and checked a second, peak {}", format.as_str(), peak()?);
        fs::remove_file(&path)?;
    }
    Ok(())
}

fn write(path: &std::path::Path, format: FileFormat, rows: u32) -> Result<(), Box<dyn Error>> {
    let form = Form::whole(ImportKind::Products);
    let mut writer = Writer::new(&form, format)?;
    let mut file = File::create(path)?;
    for number in 0..rows {
        writer.row(&form.product_cells(&product(number)?, &HashMap::new()))?;
        std::io::Write::write_all(&mut file, &writer.ready()?)?;
    }
    Ok(writer.finish(file)?)
}

/// Products as a shop has them: a dozen vehicles, some numbers and prices.
fn product(number: u32) -> Result<Product, Box<dyn Error>> {
    let sku = format!("PART-{number}").parse()?;
    let vehicle = |year: u32| json!({ "make": "Maruti Suzuki", "model": format!("Swift {year}"), "year_from": 2000 + year, "year_to": 2020 });
    Ok(serde_json::from_value(json!({
        "product_id": product_id(&sku), "sku": sku, "slug": format!("part-{number}"), "name": format!("Brake pads, front {number}"),
        "description": "Low dust, with wear indicator and shims. Fits both sides.", "category": "Brakes", "brand": "Bosch",
        "kind": "aftermarket", "oem_number": "", "hsn": "87083000", "gst_basis_points": 2800,
        "price": { "minor": 100_000 + i64::from(number), "currency": "INR" }, "weight_grams": 1_500, "active": true,
        "fitment": (0..12).map(vehicle).collect::<Vec<_>>(), "revision": 1,
        "labels": { "cross_references": [format!("0 986 {number}"), "FDB1788"], "barcode": null, "tags": ["stopper"] },
        "terms": { "wholesale": [{ "from_quantity": 20, "price": { "minor": 90_000, "currency": "INR" } }] },
    }))?)
}

fn check(path: &std::path::Path, format: FileFormat) -> Result<u32, Box<dyn Error>> {
    let (known, mut seen, mut good) = (Known::default(), Seen::default(), 0);
    read(path, format, ImportKind::Products, &mut |form, row| {
        let checked = row.map(|row| form.check(&row, &known, &mut seen));
        good += u32::from(matches!(checked, Ok(Checked::Good { .. })));
        ControlFlow::Continue(())
    })?;
    Ok(good)
}

/// The most memory that was resident.
fn peak() -> Result<String, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    Ok(line.trim().to_owned())
}
