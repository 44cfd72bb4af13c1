//! The file format: products with the vehicles they fit, and how many of each there are. Understood completely, or
//! refused with the file, the place and the field.

use std::{
    collections::HashSet,
    hash::Hash,
    path::{Path, PathBuf},
};

use schemas::{
    catalog::{
        Attribute, Fitment, GstSlab, Image, Labels, Page, PartKind, PriceTier, ProductStatus, PutProduct, Relations,
        SaleTerms, Size, rules,
    },
    ids::{ProductId, Sku},
    types::Money,
};
use serde::Deserialize;

/// A catalog file, understood: every product keeps the rules, and no two share a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogFile {
    /// The delivery note that the stock in the file came with.
    pub receipt: String,
    /// The products, each with how many units of it there are.
    pub products: Vec<(PutProduct, i64)>,
}

/// Why a file cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("{}: {source}; give the catalog's file with --file", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{}: {place}: {problem}", .file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The place in it, such as `products[7].price_paise`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    receipt: String,
    products: Vec<RawProduct>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProduct {
    product_id: ProductId,
    sku: Sku,
    slug: String,
    name: String,
    description: String,
    category: String,
    brand: String,
    kind: PartKind,
    #[serde(default)]
    oem_number: String,
    hsn: String,
    #[serde(default)]
    gst_basis_points: Option<i32>,
    price_paise: i64,
    #[serde(default)]
    tax_inclusive: bool,
    #[serde(default)]
    retail_tiers: Vec<RawTier>,
    #[serde(default)]
    wholesale: Vec<RawTier>,
    #[serde(default)]
    gst_slabs: Vec<RawSlab>,
    #[serde(default)]
    cess_basis_points: i32,
    #[serde(default)]
    fragile: bool,
    #[serde(default)]
    size_mm: Option<[i32; 3]>,
    #[serde(default)]
    non_returnable: bool,
    weight_grams: i32,
    fitment: Vec<RawFitment>,
    #[serde(default)]
    cross_references: Vec<String>,
    #[serde(default)]
    barcode: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    status: Option<ProductStatus>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    meta_description: Option<String>,
    #[serde(default)]
    canonical_slug: Option<String>,
    #[serde(default)]
    images: Vec<RawImage>,
    #[serde(default)]
    attributes: Vec<RawAttribute>,
    #[serde(default)]
    group: Option<String>,
    #[serde(default)]
    varies_by: Vec<String>,
    #[serde(default)]
    replaced_by: Option<ProductId>,
    #[serde(default)]
    alternatives: Vec<ProductId>,
    stock: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawImage {
    url: String,
    #[serde(default)]
    alt: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAttribute {
    name: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    number: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    flag: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    from_quantity: i32,
    price_paise: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSlab {
    #[serde(default)]
    up_to_paise: Option<i64>,
    gst_basis_points: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFitment {
    make: String,
    model: String,
    year_from: i32,
    year_to: i32,
    #[serde(default)]
    variant: Option<String>,
}

/// Reads a catalog file.
///
/// # Errors
/// [`FileError`] for the first thing that is wrong.
pub fn read(file: &Path) -> Result<CatalogFile, FileError> {
    let text =
        std::fs::read_to_string(file).map_err(|source| FileError::Unreadable { file: file.to_owned(), source })?;
    parse(&text).map_err(|(place, problem)| FileError::Invalid { file: file.to_owned(), place, problem })
}

/// Where something is wrong, and what.
type Complaint = (String, String);

fn parse(text: &str) -> Result<CatalogFile, Complaint> {
    let mut json = serde_json::Deserializer::from_str(text);
    let raw: RawFile = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| (place(error.path()), error.inner().to_string()))?;
    json.end().map_err(|error| ("after the end".to_owned(), error.to_string()))?;
    if raw.receipt.trim().is_empty() {
        return Err(("receipt".to_owned(), "must name the delivery note that the stock came with".to_owned()));
    }
    let products: Vec<_> = raw.products.into_iter().map(RawProduct::understood).collect();
    check(&products)?;
    Ok(CatalogFile { receipt: raw.receipt, products })
}

fn place(path: &serde_path_to_error::Path) -> String {
    match path.to_string() {
        nameless if nameless.is_empty() => "a field without a name".to_owned(),
        named => named,
    }
}

fn check(products: &[(PutProduct, i64)]) -> Result<(), Complaint> {
    for (index, (product, _)) in products.iter().enumerate() {
        rules::check(product)
            .map_err(|invalid| (format!("products[{index}].{}", file_field(&invalid)), invalid.problem))?;
    }
    each_once(products, "product_id", |product| product.product_id)?;
    each_once(products, "sku", |product| product.sku.clone())?;
    each_once(products, "slug", |product| product.slug.clone())
}

/// The file says in the field's name that prices are in paise and sizes in millimetres.
fn file_field(invalid: &rules::Invalid) -> &str {
    match invalid.field.as_str() {
        "price" => "price_paise",
        "size" => "size_mm",
        field => field,
    }
}

fn each_once<K: Eq + Hash>(
    products: &[(PutProduct, i64)],
    field: &str,
    key: impl Fn(&PutProduct) -> K,
) -> Result<(), Complaint> {
    let mut seen = HashSet::new();
    match products.iter().position(|(product, _)| !seen.insert(key(product))) {
        Some(index) => {
            Err((format!("products[{index}].{field}"), "is that of a product further up in the file".to_owned()))
        }
        None => Ok(()),
    }
}

impl RawProduct {
    fn understood(self) -> (PutProduct, i64) {
        let tiers = |raw: Vec<RawTier>| raw.into_iter().map(RawTier::understood).collect();
        let terms = SaleTerms {
            tax_inclusive: self.tax_inclusive,
            retail_tiers: tiers(self.retail_tiers),
            wholesale: tiers(self.wholesale),
            gst_slabs: self.gst_slabs.into_iter().map(RawSlab::understood).collect(),
            cess_basis_points: self.cess_basis_points,
            fragile: self.fragile,
            size: self.size_mm.map(|[length_mm, width_mm, height_mm]| Size { length_mm, width_mm, height_mm }),
            non_returnable: self.non_returnable,
        };
        let page = Page {
            title: self.title,
            description: self.meta_description,
            canonical_slug: self.canonical_slug,
            images: self.images.into_iter().map(|RawImage { url, alt }| Image { url, alt }).collect(),
            attributes: self.attributes.into_iter().map(RawAttribute::understood).collect(),
        };
        let relations = Relations {
            group: self.group,
            varies_by: self.varies_by,
            replaced_by: self.replaced_by,
            alternatives: self.alternatives,
        };
        // A product is sold unless the file says otherwise, by either name.
        let active = self.active.unwrap_or(self.status.is_none_or(|status| status == ProductStatus::Active));
        let product = PutProduct {
            product_id: self.product_id,
            sku: self.sku,
            slug: self.slug,
            name: self.name,
            description: self.description,
            category: self.category,
            brand: self.brand,
            kind: self.kind,
            oem_number: self.oem_number,
            hsn: self.hsn,
            gst_basis_points: self.gst_basis_points,
            price: Money::inr(self.price_paise),
            weight_grams: self.weight_grams,
            active,
            fitment: self.fitment.into_iter().map(RawFitment::understood).collect(),
            terms,
            labels: Labels { cross_references: self.cross_references, barcode: self.barcode, tags: self.tags },
            status: self.status,
            page,
            relations,
        };
        (product, i64::from(self.stock))
    }
}

impl RawTier {
    fn understood(self) -> PriceTier {
        PriceTier { from_quantity: self.from_quantity, price: Money::inr(self.price_paise) }
    }
}

impl RawSlab {
    fn understood(self) -> GstSlab {
        GstSlab { up_to: self.up_to_paise.map(Money::inr), gst_basis_points: self.gst_basis_points }
    }
}

impl RawAttribute {
    fn understood(self) -> Attribute {
        let Self { name, text, number, unit, flag } = self;
        Attribute { name, text, number, unit, flag }
    }
}

impl RawFitment {
    fn understood(self) -> Fitment {
        let Self { make, model, year_from, year_to, variant } = self;
        Fitment { make, model, year_from, year_to, variant }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../../../../config/demo-catalog.json");

    fn complaint(text: &str) -> Complaint {
        parse(text).unwrap_err()
    }

    fn changed(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut json: serde_json::Value = serde_json::from_str(DEMO).unwrap();
        change(&mut json["products"][2]);
        json.to_string()
    }

    #[test]
    fn the_demo_catalog_has_a_part_of_each_kind_that_the_demo_shows() {
        let file = parse(DEMO).unwrap();
        let exists = |wanted: fn(&PutProduct, i64) -> bool| file.products.iter().any(|(p, stock)| wanted(p, *stock));
        assert!(file.products.len() >= 40);
        assert!(exists(|product, _| product.price == Money::inr(120_000) && product.gst_basis_points == Some(2_800)));
        assert!(exists(|_, stock| stock == 0) && exists(|_, stock| stock == 1));
        assert!(exists(|product, _| product.kind == PartKind::Oem));
        assert!(exists(|product, _| product.terms.tax_inclusive));
        assert!(exists(|product, _| product.terms.retail_tiers.len() > 1 && product.terms.wholesale.len() > 1));
        assert!(exists(|product, _| product.terms.fragile && product.terms.size.is_some()));
        assert!(exists(|product, _| product.terms.non_returnable));
    }

    #[test]
    fn a_wrong_type_is_reported_with_its_place() {
        let (place, problem) = complaint(&changed(|product| product["price_paise"] = "12".into()));
        assert_eq!(place, "products[2].price_paise");
        assert!(problem.contains("invalid type"), "{problem}");
    }

    #[test]
    fn an_unknown_or_a_missing_field_is_reported_with_its_name() {
        let (place, problem) = complaint(&changed(|product| product["colour"] = "red".into()));
        assert!(place.starts_with("products[2]") && problem.contains("colour"), "{place}: {problem}");
        let (place, problem) = complaint(&changed(|product| {
            product.as_object_mut().unwrap().remove("hsn");
        }));
        assert!(place.starts_with("products[2]") && problem.contains("hsn"), "{place}: {problem}");
    }

    #[test]
    fn how_a_product_is_sold_is_understood_and_checked() {
        let file = parse(&changed(|product| {
            product["gst_basis_points"] = serde_json::Value::Null;
            product["gst_slabs"] = serde_json::json!([{"up_to_paise": 100_000, "gst_basis_points": 500}]);
            product["wholesale"] = serde_json::json!([{"from_quantity": 20, "price_paise": 90_000}]);
            product["size_mm"] = serde_json::json!([300, 200, 100]);
        }))
        .unwrap();
        let product = &file.products[2].0;
        assert_eq!(product.gst_basis_points, None);
        assert_eq!(product.terms.gst_slabs, [GstSlab { up_to: Some(Money::inr(100_000)), gst_basis_points: 500 }]);
        assert_eq!(product.terms.wholesale, [PriceTier { from_quantity: 20, price: Money::inr(90_000) }]);
        assert_eq!(product.terms.size, Some(Size { length_mm: 300, width_mm: 200, height_mm: 100 }));
        let (place, _) = complaint(&changed(|product| product["size_mm"] = serde_json::json!([300, 0, 100])));
        assert_eq!(place, "products[2].size_mm");
        let (place, _) = complaint(&changed(|product| {
            product["retail_tiers"] = serde_json::json!([{"from_quantity": 2, "price_paise": 0}])
        }));
        assert_eq!(place, "products[2].retail_tiers");
    }

    #[test]
    fn what_a_product_is_found_by_is_understood_and_checked() {
        let file = parse(&changed(|product| {
            product["cross_references"] = serde_json::json!(["1K0-698-151 A"]);
            product["barcode"] = "4047024123456".into();
            product["tags"] = serde_json::json!(["stopping"]);
            product["fitment"][0]["variant"] = "VXi".into();
            product["active"] = false.into();
        }))
        .unwrap();
        let product = &file.products[2].0;
        let labels = Labels {
            cross_references: vec!["1K0-698-151 A".to_owned()],
            barcode: Some("4047024123456".to_owned()),
            tags: vec!["stopping".to_owned()],
        };
        assert_eq!((&product.labels, product.fitment[0].variant.as_deref()), (&labels, Some("VXi")));
        assert!(!product.active && file.products[1].0.active);
        assert_eq!(complaint(&changed(|product| product["barcode"] = "12".into())).0, "products[2].barcode");
    }

    #[test]
    fn what_a_page_shows_and_where_it_leads_is_understood_and_checked() {
        let file = parse(&changed(|product| {
            product["status"] = "draft".into();
            product["images"] = serde_json::json!([{ "url": "https://cdn.example.in/pads.webp" }]);
            product["attributes"] = serde_json::json!([{ "name": "Bore", "number": "12.5", "unit": "mm" }]);
            product["group"] = "swift-pads".into();
            product["varies_by"] = serde_json::json!(["Bore"]);
        }))
        .unwrap();
        let product = &file.products[2].0;
        assert_eq!((product.status, product.active), (Some(ProductStatus::Draft), false));
        assert_eq!((product.page.images.len(), product.page.attributes[0].unit.as_deref()), (1, Some("mm")));
        assert_eq!(product.relations.varies_by, ["Bore"]);
        let contradiction = changed(|product| {
            product["status"] = "archived".into();
            product["active"] = true.into();
        });
        assert_eq!(complaint(&contradiction).0, "products[2].status");
        let itself = changed(|product| product["replaced_by"] = product["product_id"].clone());
        assert_eq!(complaint(&itself).0, "products[2].replaced_by");
    }

    #[test]
    fn a_broken_rule_is_reported_with_its_place() {
        let (place, _) = complaint(&changed(|product| product["price_paise"] = 0.into()));
        assert_eq!(place, "products[2].price_paise");
        let (place, _) = complaint(&changed(|product| product["gst_basis_points"] = 1_900.into()));
        assert_eq!(place, "products[2].gst_basis_points");
    }

    #[test]
    fn a_name_that_two_products_share_is_reported_at_the_second() {
        let mut json: serde_json::Value = serde_json::from_str(DEMO).unwrap();
        json["products"][5]["slug"] = json["products"][1]["slug"].clone();
        assert_eq!(complaint(&json.to_string()).0, "products[5].slug");
    }

    #[test]
    fn negative_stock_a_nameless_receipt_and_trailing_text_are_refused() {
        assert_eq!(complaint(&changed(|product| product["stock"] = (-1).into())).0, "products[2].stock");
        assert_eq!(complaint(r#"{"receipt": " ", "products": []}"#).0, "receipt");
        assert_eq!(complaint(r#"{"receipt": "a", "products": []} x"#).0, "after the end");
        assert_eq!(complaint(r#"{"": 1}"#).0, "a field without a name");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("/nowhere/catalog.json")).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/catalog.json: "), "{error}");
    }
}
