//! Products, rows and files for tests.

use std::{collections::HashMap, ops::ControlFlow, path::Path};

use proptest::{collection::vec, option, prelude::*, sample::select};
use schemas::{
    catalog::{
        Attribute, Fitment, GstSlab, Image, Labels, Page, PartKind, PriceTier, ProductStatus, PutProduct, Relations,
        SaleTerms, Size, rules,
    },
    documents::Product,
    ids::{ProductId, Sku},
    imports::rows::{FileFormat, ImportKind, RowProblem},
    pricing::rate::GST_RATES,
    types::Money,
};
use shared::id::Uuid;

use crate::{FileProblem, Form, Known, RawRow, Writer, product_id, read};

/// Marks, formulas and blanks within, but no blanks around it.
pub(crate) const TEXT: &str = "[a-z|/\\\\=+@'ü_#-]([ a-z|/\\\\0-9=,;\"ü-]{0,8}[a-z|/\\\\x-])?";

pub(crate) fn row(number: u32, cells: Vec<String>) -> RawRow {
    RawRow { number, cells }
}

/// The rows of a file, and what keeps the rest from being read.
pub(crate) fn rows(
    path: &Path,
    format: FileFormat,
    kind: ImportKind,
) -> (Vec<Result<RawRow, RowProblem>>, Result<(), FileProblem>) {
    let mut rows = Vec::new();
    let read = read(path, format, kind, &mut |_, row| {
        rows.push(row);
        ControlFlow::Continue(())
    });
    (rows, read.map(drop))
}

/// A file of these rows.
pub(crate) fn file(form: &Form, format: FileFormat, rows: &[Vec<String>]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = Writer::new(form, format).unwrap();
    rows.iter().for_each(|row| writer.row(row).unwrap());
    writer.finish(file.as_file_mut()).unwrap();
    file
}

/// A product as the catalog keeps it.
pub(crate) fn stored(put: &PutProduct, revision: i64) -> Product {
    let mut stored = serde_json::to_value(put).unwrap();
    stored["revision"] = revision.into();
    serde_json::from_value(stored).unwrap()
}

/// What is known where these products are.
pub(crate) fn known(products: &[Product]) -> Known {
    let named = |product: &Product| (product.slug.clone(), product.product_id);
    Known {
        slugs: products.iter().map(named).collect(),
        products: products.iter().map(|product| (product.sku.clone(), product.clone())).collect(),
        ..Known::default()
    }
}

/// The products' SKUs.
pub(crate) fn skus(products: &[Product]) -> HashMap<ProductId, Sku> {
    products.iter().map(|product| (product.product_id, product.sku.clone())).collect()
}

/// A product that others lead to.
pub(crate) fn other() -> Product {
    let sku: Sku = "OTHER-1".parse().unwrap();
    let tiers = Vec::new();
    let put = PutProduct {
        product_id: product_id(&sku),
        sku,
        slug: "other".to_owned(),
        name: "Other".to_owned(),
        description: String::new(),
        category: "Brakes".to_owned(),
        brand: "Bosch".to_owned(),
        kind: PartKind::Aftermarket,
        oem_number: String::new(),
        hsn: "8708".to_owned(),
        gst_basis_points: None,
        price: Money::inr(120_000),
        weight_grams: 10,
        active: true,
        fitment: Vec::new(),
        terms: SaleTerms { retail_tiers: tiers, ..SaleTerms::default() },
        labels: Labels::default(),
        status: Some(ProductStatus::Active),
        page: Page::default(),
        relations: Relations::default(),
    };
    stored(&put, 3)
}

fn fitments() -> impl Strategy<Value = Vec<Fitment>> {
    let vehicle = (TEXT, TEXT, 1_900..2_000_i32, 2_000..2_100_i32, option::of(TEXT));
    let vehicle = vehicle.prop_map(|(make, model, year_from, year_to, variant)| Fitment {
        make,
        model,
        year_from,
        year_to,
        variant,
    });
    vec(vehicle, 1..4)
}

fn tiers(price: i64) -> impl Strategy<Value = Vec<PriceTier>> {
    (0..4_i32).prop_map(move |count| {
        let tier = |n: i32| PriceTier { from_quantity: 2 + 3 * n, price: Money::inr(price - 1 - i64::from(n)) };
        (0..count).map(tier).collect()
    })
}

fn terms(price: i64) -> impl Strategy<Value = SaleTerms> {
    let slabs = vec![
        GstSlab { up_to: Some(Money::inr(100_050)), gst_basis_points: 500 },
        GstSlab { up_to: None, gst_basis_points: 1_800 },
    ];
    let size = (1..5_000_i32, 1..5_000_i32, 1..5_000_i32);
    let size = option::of(size.prop_map(|(length_mm, width_mm, height_mm)| Size { length_mm, width_mm, height_mm }));
    (tiers(price), tiers(price), select(vec![Vec::new(), slabs]), 0..29_000_i32, size, any::<[bool; 3]>()).prop_map(
        |(retail_tiers, wholesale, gst_slabs, cess_basis_points, size, [tax_inclusive, fragile, non_returnable])| {
            SaleTerms {
                tax_inclusive,
                retail_tiers,
                wholesale,
                gst_slabs,
                cess_basis_points,
                fragile,
                size,
                non_returnable,
            }
        },
    )
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let one = (TEXT, 0..3_u8, TEXT, -1_000..1_000_i32, option::of(TEXT));
    vec(one, 0..4).prop_map(|all| {
        let attribute =
            |(place, (name, kind, text, number, unit)): (usize, (String, u8, String, i32, Option<String>))| {
                let name = format!("{place}{name}");
                match kind {
                    0 => Attribute { name, text: Some(text), ..Attribute::default() },
                    1 => Attribute { name, flag: Some(number > 0), ..Attribute::default() },
                    _ => Attribute { name, number: Some(number.to_string()), unit, ..Attribute::default() },
                }
            };
        all.into_iter().enumerate().map(attribute).collect()
    })
}

fn pages() -> impl Strategy<Value = Page> {
    let image =
        ("https://cdn\\.example\\.in/[a-z|/]{0,9}", prop_oneof![Just(String::new()), TEXT.prop_map(String::from)]);
    let images = vec(image.prop_map(|(url, alt)| Image { url, alt }), 0..3);
    (option::of(TEXT), option::of(TEXT), option::of("[a-z]{1,5}-[0-9]{1,5}"), images, attributes()).prop_map(
        |(title, description, canonical_slug, images, attributes)| Page {
            title,
            description,
            canonical_slug,
            images,
            attributes,
        },
    )
}

/// Any product that keeps the rules, whatever they allow.
pub(crate) fn products() -> impl Strategy<Value = Product> {
    let named = ("[A-Z0-9]{1,9}", "[a-z0-9]{1,5}-[a-z0-9]{1,5}", vec(TEXT, 4), any::<bool>(), "(.|\n){0,40}");
    let counted = (select(vec!["8708", "870830", "87083000"]), option::of(select(&GST_RATES[..])), 1..1_000_000_i32);
    let labels = (vec(TEXT, 0..4), option::of("[0-9]{13}"), vec(TEXT, 0..4));
    let status = option::of(select(vec![ProductStatus::Draft, ProductStatus::Active, ProductStatus::Archived]));
    let leads = (option::of("[a-z]{1,5}"), any::<[bool; 3]>(), any::<u128>());
    (100..1_000_000_000_i64)
        .prop_flat_map(move |price| {
            let (named, counted, labels, status) = (named.clone(), counted.clone(), labels.clone(), status.clone());
            (Just(price), terms(price), named, counted, labels, status, fitments(), pages(), leads.clone())
        })
        .prop_map(|(price, terms, named, counted, labels, status, fitment, page, leads)| {
            let (sku, slug, texts, is_oem, description) = named;
            let (group, [is_replaced, has_alternatives, varies], gone) = leads;
            let varies_by =
                page.attributes.first().filter(|_| varies && group.is_some()).map(|first| first.name.clone());
            let (others, gone) = ([other().product_id], ProductId::from_uuid(Uuid::from_u128(gone)));
            let put = PutProduct {
                product_id: ProductId::from_uuid(Uuid::from_u128(7)),
                sku: sku.parse().unwrap(),
                slug,
                name: texts[0].clone(),
                description,
                category: texts[1].clone(),
                brand: texts[2].clone(),
                kind: if is_oem { PartKind::Oem } else { PartKind::Aftermarket },
                oem_number: texts[3].clone(),
                hsn: counted.0.to_owned(),
                gst_basis_points: counted.1,
                price: Money::inr(price),
                weight_grams: counted.2,
                active: status.is_none_or(|status| status == ProductStatus::Active),
                fitment,
                terms,
                labels: Labels { cross_references: labels.0, barcode: labels.1, tags: labels.2 },
                status,
                page,
                relations: Relations {
                    group,
                    varies_by: varies_by.into_iter().collect(),
                    replaced_by: is_replaced.then_some(others[0]),
                    alternatives: if has_alternatives { vec![others[0], gone] } else { Vec::new() },
                },
            };
            assert_eq!(rules::check(&put), Ok(()));
            stored(&put, 4)
        })
}
