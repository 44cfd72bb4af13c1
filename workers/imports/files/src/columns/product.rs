//! The columns of a product: each is one of its fields. Their names are those that the API and the catalog's rules have for
//! them.

use schemas::catalog::PutProduct;

use super::Value;

/// Where a column's value stands in a product.
type Field = fn(&mut PutProduct) -> &mut dyn Value;

/// A column of a product.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) holds: &'static str,
    pub(crate) field: Field,
    /// Whether a file of prices has it too.
    pub(crate) is_price: bool,
    /// Whether a new product has it.
    pub(crate) is_needed: bool,
    /// Whether blanks around the text are part of it.
    pub(crate) is_verbatim: bool,
}

const fn may(name: &'static str, holds: &'static str, field: Field) -> Column {
    Column { name, holds, field, is_price: false, is_needed: false, is_verbatim: false }
}

const fn must(name: &'static str, holds: &'static str, field: Field) -> Column {
    Column { is_needed: true, ..may(name, holds, field) }
}

const fn price(column: Column) -> Column {
    Column { is_price: true, ..column }
}

const fn verbatim(column: Column) -> Column {
    Column { is_verbatim: true, ..column }
}

/// All of them but the SKU, which names the product.
pub(crate) const COLUMNS: [Column; 33] = [
    must("slug", "its name in addresses", |product| &mut product.slug),
    must("name", "its name", |product| &mut product.name),
    verbatim(may("description", "what it is", |product| &mut product.description)),
    must("category", "its category", |product| &mut product.category),
    must("brand", "its brand", |product| &mut product.brand),
    must("kind", "`oem` or `aftermarket`", |product| &mut product.kind),
    may("oem_number", "the vehicle maker's part number", |product| &mut product.oem_number),
    may("cross_references", "numbers of other makers: `0986424|FDB1788`", |product| {
        &mut product.labels.cross_references
    }),
    may("barcode", "the number in its barcode", |product| &mut product.labels.barcode),
    may("tags", "words that customers use: `stopper|pad`", |product| &mut product.labels.tags),
    must("hsn", "its HSN code", |product| &mut product.hsn),
    price(may("gst_basis_points", "the GST rate; `2800` is 28 %", |product| &mut product.gst_basis_points)),
    price(must("price", "the price of one in rupees: `1200.50`", |product| &mut product.price)),
    price(may("tax_inclusive", "whether its prices include tax: `true` or `false`", |product| {
        &mut product.terms.tax_inclusive
    })),
    price(may("retail_tiers", "prices of larger quantities: `10/1150.00|50/1100.00`", |product| {
        &mut product.terms.retail_tiers
    })),
    price(may("wholesale", "wholesale prices, written alike", |product| &mut product.terms.wholesale)),
    price(may("gst_slabs", "GST rates of its own, by value: `1000.00/500|/1800`", |product| {
        &mut product.terms.gst_slabs
    })),
    price(may("cess_basis_points", "the rate of the compensation cess", |product| {
        &mut product.terms.cess_basis_points
    })),
    may("fragile", "whether it is carried with care", |product| &mut product.terms.fragile),
    may("size", "length, width and height in millimetres: `300/200/100`", |product| &mut product.terms.size),
    may("non_returnable", "whether the shop does not take it back", |product| &mut product.terms.non_returnable),
    must("weight_grams", "the weight of one", |product| &mut product.weight_grams),
    may("fitment", "vehicles, the variant last: `Maruti Suzuki/Swift/2018/2023|Tata/Nexon/2020/2024/XZ`", |product| {
        &mut product.fitment
    }),
    must("status", "`draft`, `active` or `archived`", |product| &mut product.status),
    may("title", "the title for search engines", |product| &mut product.page.title),
    may("meta_description", "the description for search engines", |product| &mut product.page.description),
    may("canonical_slug", "the slug of the page that search engines show", |product| &mut product.page.canonical_slug),
    may(
        "images",
        "addresses, each with what it shows behind a blank: `https://cdn.example.in/1.webp Front|…`",
        |product| &mut product.page.images,
    ),
    may("attributes", "`Colour/text/Red|Bore/number/12.5/mm|Vented/flag/true`", |product| &mut product.page.attributes),
    may("group", "what its variants share", |product| &mut product.relations.group),
    may("varies_by", "attributes in which they differ: `Colour|Bore`", |product| &mut product.relations.varies_by),
    may("replaced_by", "the SKU of what is sold in its place", |product| &mut product.relations.replaced_by),
    may("alternatives", "SKUs of what does as well: `BRK-1|BRK-2`", |product| &mut product.relations.alternatives),
];

/// The column of this name.
pub(crate) fn named(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}
