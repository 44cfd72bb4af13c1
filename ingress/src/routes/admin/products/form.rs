//! The body of `POST`, `PUT` and `PATCH /admin/products`.

use schemas::{
    catalog::{
        Attribute, Fitment, GstSlab, Image, Labels, Page, PartKind, PriceTier, ProductStatus, PutProduct, Relations,
        SaleTerms, Size, rules,
    },
    documents::Product,
    ids::{ProductId, Sku},
    types::Money,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    extract,
    problem::{INTERNAL, INVALID_BODY, Problem, VALIDATION_FAILED},
    validate,
    views::{AttributeDoc, FitmentDoc, ImageDoc, MoneyDoc, PartKindDoc, ProductStatusDoc, SizeDoc, SlabDoc, TierDoc},
};

/// What a product is from now on. `PATCH` takes some of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductForm {
    /// The revision that this replaces, as `GET` shows it; 0, or not given, for a new product.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub revision: i64,
    /// Its SKU: for ever.
    #[schema(value_type = String)]
    pub sku: Sku,
    /// Its name in addresses. One that it had before leads to it.
    pub slug: String,
    /// Its name.
    name: String,
    /// What it is.
    #[serde(default)]
    description: String,
    /// Its category.
    category: String,
    /// Its brand.
    brand: String,
    /// Whose part it is.
    #[schema(value_type = PartKindDoc)]
    kind: PartKind,
    /// The vehicle maker's part number; an OEM part must have one.
    #[serde(default)]
    oem_number: String,
    /// The numbers that other makers sell the same part under.
    #[serde(default)]
    cross_references: Vec<String>,
    /// The number in its barcode.
    #[serde(default)]
    barcode: Option<String>,
    /// Words that customers use for it.
    #[serde(default)]
    tags: Vec<String>,
    /// Its HSN code: 4, 6 or 8 digits.
    hsn: String,
    /// The GST rate, where neither its own slabs nor those of its HSN code say one: 2800 is 28 %.
    #[serde(default)]
    gst_basis_points: Option<i32>,
    /// The price of one.
    #[schema(value_type = MoneyDoc)]
    price: Money,
    /// Whether its prices include tax.
    #[serde(default)]
    tax_inclusive: bool,
    /// Retail prices of larger quantities.
    #[serde(default)]
    #[schema(value_type = Vec<TierDoc>)]
    retail_tiers: Vec<PriceTier>,
    /// Wholesale prices; the first begins at the fewest units that are sold at wholesale.
    #[serde(default)]
    #[schema(value_type = Vec<TierDoc>)]
    wholesale: Vec<PriceTier>,
    /// GST rates of its own.
    #[serde(default)]
    #[schema(value_type = Vec<SlabDoc>)]
    gst_slabs: Vec<GstSlab>,
    /// The rate of the compensation cess.
    #[serde(default)]
    cess_basis_points: i32,
    /// Whether its parcel is carried with care.
    #[serde(default)]
    fragile: bool,
    /// The size of one when packed.
    #[serde(default)]
    #[schema(value_type = Option<SizeDoc>)]
    size: Option<Size>,
    /// Whether the shop does not take it back.
    #[serde(default)]
    non_returnable: bool,
    /// The weight of one.
    weight_grams: i32,
    /// The vehicles it fits.
    #[serde(default)]
    #[schema(value_type = Vec<FitmentDoc>)]
    fitment: Vec<Fitment>,
    /// Where it stands; only an active product is shown and sold.
    #[schema(value_type = ProductStatusDoc)]
    status: ProductStatus,
    /// The title for search engines.
    #[serde(default)]
    title: Option<String>,
    /// The description for search engines.
    #[serde(default)]
    meta_description: Option<String>,
    /// The slug of the page that search engines should show instead.
    #[serde(default)]
    canonical_slug: Option<String>,
    /// Pictures by their `https` addresses, the main one first.
    #[serde(default)]
    #[schema(value_type = Vec<ImageDoc>)]
    images: Vec<Image>,
    /// What can be said of it by name.
    #[serde(default)]
    #[schema(value_type = Vec<AttributeDoc>)]
    attributes: Vec<Attribute>,
    /// What its variants share, in the spelling of a slug.
    #[serde(default)]
    group: Option<String>,
    /// The attributes in which the variants differ.
    #[serde(default)]
    varies_by: Vec<String>,
    /// The product that is sold in its place once it is archived.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Uuid)]
    pub replaced_by: Option<ProductId>,
    /// Products that do as well, besides those with the same numbers.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    alternatives: Vec<ProductId>,
}

impl ProductForm {
    /// Reads a form of which nothing is left out.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn read(given: &Value) -> Result<Self, Problem> {
        must_be_object(given)?;
        if let Some(field) = card_number(given) {
            return Err(Problem::field(VALIDATION_FAILED, field, "must not contain a card number"));
        }
        extract::understood(given)
    }

    /// Reads what is to change of a product; null takes away what need not be there (RFC 7396). It must name the revision.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn patched(now: &Product, patch: &Value) -> Result<Self, Problem> {
        must_be_object(patch)?;
        if patch.get("revision").is_none() {
            return Err(Problem::field(
                VALIDATION_FAILED,
                "revision",
                "must be that of the product which was looked at",
            ));
        }
        let whole = serde_json::to_value(Self::from(now.clone()));
        Self::read(&merged(whole.map_err(|error| Problem::new(INTERNAL).because(error))?, patch))
    }

    /// The product that this describes, checked by the catalog's own rules.
    ///
    /// # Errors
    /// A problem that names the field.
    pub fn product(self, product_id: ProductId) -> Result<PutProduct, Problem> {
        let product = self.put(product_id);
        let invalid = |rules::Invalid { field, problem, .. }| Problem::field(VALIDATION_FAILED, field, problem);
        rules::check(&product).map_err(invalid).map(|()| product)
    }

    fn put(self, product_id: ProductId) -> PutProduct {
        PutProduct {
            product_id,
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
            price: self.price,
            weight_grams: self.weight_grams,
            active: self.status == ProductStatus::Active,
            fitment: self.fitment,
            terms: SaleTerms {
                tax_inclusive: self.tax_inclusive,
                retail_tiers: self.retail_tiers,
                wholesale: self.wholesale,
                gst_slabs: self.gst_slabs,
                cess_basis_points: self.cess_basis_points,
                fragile: self.fragile,
                size: self.size,
                non_returnable: self.non_returnable,
            },
            labels: Labels { cross_references: self.cross_references, barcode: self.barcode, tags: self.tags },
            status: Some(self.status),
            page: Page {
                title: self.title,
                description: self.meta_description,
                canonical_slug: self.canonical_slug,
                images: self.images,
                attributes: self.attributes,
            },
            relations: Relations {
                group: self.group,
                varies_by: self.varies_by,
                replaced_by: self.replaced_by,
                alternatives: self.alternatives,
            },
        }
    }
}

impl From<Product> for ProductForm {
    fn from(product: Product) -> Self {
        let status = product.status();
        let Product { terms, labels, page, relations, .. } = product;
        Self {
            revision: product.revision,
            sku: product.sku,
            slug: product.slug,
            name: product.name,
            description: product.description,
            category: product.category,
            brand: product.brand,
            kind: product.kind,
            oem_number: product.oem_number,
            cross_references: labels.cross_references,
            barcode: labels.barcode,
            tags: labels.tags,
            hsn: product.hsn,
            gst_basis_points: product.gst_basis_points,
            price: product.price,
            tax_inclusive: terms.tax_inclusive,
            retail_tiers: terms.retail_tiers,
            wholesale: terms.wholesale,
            gst_slabs: terms.gst_slabs,
            cess_basis_points: terms.cess_basis_points,
            fragile: terms.fragile,
            size: terms.size,
            non_returnable: terms.non_returnable,
            weight_grams: product.weight_grams,
            fitment: product.fitment,
            status,
            title: page.title,
            meta_description: page.description,
            canonical_slug: page.canonical_slug,
            images: page.images,
            attributes: page.attributes,
            group: relations.group,
            varies_by: relations.varies_by,
            replaced_by: relations.replaced_by,
            alternatives: relations.alternatives,
        }
    }
}

fn must_be_object(given: &Value) -> Result<(), Problem> {
    if given.is_object() { Ok(()) } else { Err(Problem::new(INVALID_BODY).detail("expected an object")) }
}

/// A value with a patch laid over it.
fn merged(whole: Value, patch: &Value) -> Value {
    let (Value::Object(mut whole), Value::Object(patch)) = (whole, patch) else { return patch.clone() };
    for (field, value) in patch {
        match value {
            Value::Null => drop(whole.remove(field)),
            value => {
                let before = whole.remove(field).unwrap_or_default();
                whole.insert(field.clone(), merged(before, value));
            }
        }
    }
    Value::Object(whole)
}

/// The field whose text may be a payment card's number. A barcode's digits are not: it has fewer.
fn card_number(given: &Value) -> Option<String> {
    let mut fields = given.as_object()?.iter().filter(|(field, _)| *field != "barcode");
    fields.find_map(|(field, value)| Some(format!("{field}{}", place_of_card_number(value)?)))
}

/// Where in a field it is, such as `[1].alt`.
fn place_of_card_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => validate::holds_card_number(text).then(String::new),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .find_map(|(place, value)| Some(format!("[{place}]{}", place_of_card_number(value)?))),
        Value::Object(fields) => {
            fields.iter().find_map(|(field, value)| Some(format!(".{field}{}", place_of_card_number(value)?)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn form() -> Value {
        json!({ "sku": "BRK-1", "slug": "pads", "name": "Pads", "category": "Brakes", "brand": "Bosch", "kind": "aftermarket",
                "hsn": "87083000", "price": { "minor": 100, "currency": "INR" }, "weight_grams": 10, "status": "draft" })
    }

    fn with(field: &str, value: Value) -> Value {
        let mut form = form();
        form[field] = value;
        form
    }

    fn fault(given: &Value) -> String {
        let read = ProductForm::read(given).and_then(|form| form.product(ProductId::generate()));
        read.map_or_else(|problem| problem.to_string(), |_| "nothing".to_owned())
    }

    fn stored() -> Product {
        let product = ProductForm::read(&form()).unwrap().product(ProductId::generate()).unwrap();
        let mut stored = serde_json::to_value(product).unwrap();
        stored["revision"] = 4.into();
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn what_may_be_left_out_is_and_what_a_rule_forbids_is_named() {
        assert_eq!(fault(&form()), "nothing");
        for (given, told) in [
            (with("price", json!({ "minor": 0, "currency": "INR" })), "price: must be"),
            (with("images", json!([{ "url": "http://example.in/1" }])), "images[0].url: must be"),
            (
                with("fitment", json!([{ "make": "A", "model": "B", "year_from": 2000, "year_to": 2001, "x": 1 }])),
                "fitment[0].x: is",
            ),
            (with("colour", json!("red")), "colour: "),
            (with("name", json!("4242 4242 4242 4242")), "name: must not contain a card number"),
            (with("tags", json!(["a", "4242424242424242"])), "tags[1]: must not contain a card number"),
            (with("images", json!([{ "alt": "4242424242424242" }])), "images[0].alt: must not contain a card number"),
            (with("tags", json!(vec!["tag"; 100])), "tags: must be at most"),
            (json!(5), "expected an object"),
            (with("status", json!("sold")), "status: "),
        ] {
            assert!(fault(&given).contains(told), "{}", fault(&given));
        }
    }

    #[test]
    fn a_patch_changes_what_it_names_and_takes_away_what_it_names_null() {
        let mut now = stored();
        now.page.title = Some("Pads for sale".to_owned());
        let patch = json!({ "revision": 4, "name": "Better pads", "title": null });
        let form = ProductForm::patched(&now, &patch).unwrap();
        let mut expected = ProductForm::from(now.clone());
        (expected.name, expected.title) = ("Better pads".to_owned(), None);
        assert_eq!(form, expected);
        for (patch, told) in [
            (json!({ "name": "Better pads" }), "revision: "),
            (json!(null), "expected an object"),
            (json!(5), "expected an object"),
            (json!({ "revision": 4, "name": null }), "name: missing"),
            (json!({ "revision": 4, "names": "a" }), "names: "),
        ] {
            let problem = ProductForm::patched(&now, &patch).unwrap_err().to_string();
            assert!(problem.contains(told), "{problem}");
        }
    }

    proptest! {
        #[test]
        fn a_product_is_shown_as_it_would_be_put_again(name in "[a-z]{1,9}", minor in 1..9_i64, title in proptest::option::of("[a-z]{1,9}")) {
            let form = ProductForm { name, price: Money::inr(minor), title, ..ProductForm::from(stored()) };
            let product = Product { revision: form.revision, ..serde_json::from_value({
                let mut put = serde_json::to_value(form.clone().put(ProductId::generate())).unwrap();
                put["revision"] = 0.into();
                put
            }).unwrap() };
            prop_assert_eq!(ProductForm::from(product), form);
        }
    }
}
