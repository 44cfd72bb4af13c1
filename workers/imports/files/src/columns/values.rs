//! What can stand in a cell.

use schemas::{
    catalog::{Attribute, Fitment, GstSlab, Image, PartKind, PriceTier, ProductStatus, Size, rules::MOST_ALTERNATIVES},
    ids::{ProductId, Sku},
    types::Money,
};
use serde::{Deserialize, de::value::StrDeserializer};

use crate::{
    lists::{item, items, list, list_of_items, parts, plain},
    numbers,
};

/// Why a cell cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A code of its own, where it is not the column's.
    pub(crate) code: Option<&'static str>,
    /// What is right.
    pub(crate) detail: String,
}

impl<T: Into<String>> From<T> for Fault {
    fn from(detail: T) -> Self {
        Self { code: None, detail: detail.into() }
    }
}

/// The products that others lead to.
pub(crate) trait Names {
    /// The SKU of a product.
    fn sku_of(&self, id: ProductId) -> Option<Sku>;
    /// The product that a text names.
    fn id_of(&self, text: &str) -> Result<ProductId, Fault>;
}

/// What a cell shows.
pub(crate) trait Value {
    /// The cell.
    fn show(&self, names: &dyn Names) -> String;
    /// Becomes what a cell shows; an empty one clears it.
    fn put(&mut self, cell: &str, names: &dyn Names) -> Result<(), Fault>;
}

impl Value for String {
    fn show(&self, _: &dyn Names) -> String {
        self.clone()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        cell.clone_into(self);
        Ok(())
    }
}

impl Value for Option<String> {
    fn show(&self, _: &dyn Names) -> String {
        self.clone().unwrap_or_default()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = Some(cell.to_owned()).filter(|text| !text.is_empty());
        Ok(())
    }
}

impl Value for Vec<String> {
    fn show(&self, _: &dyn Names) -> String {
        list(self)
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = items(cell).into_iter().map(plain).collect();
        Ok(())
    }
}

impl Value for i32 {
    fn show(&self, _: &dyn Names) -> String {
        self.to_string()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = if cell.is_empty() { 0 } else { integer(cell)? };
        Ok(())
    }
}

impl Value for Option<i32> {
    fn show(&self, _: &dyn Names) -> String {
        self.map(|number| number.to_string()).unwrap_or_default()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = if cell.is_empty() { None } else { Some(integer(cell)?) };
        Ok(())
    }
}

impl Value for bool {
    fn show(&self, _: &dyn Names) -> String {
        self.to_string()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = flag(cell)?;
        Ok(())
    }
}

impl Value for Money {
    fn show(&self, _: &dyn Names) -> String {
        numbers::rupees(*self)
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = numbers::money(cell)?;
        Ok(())
    }
}

impl Value for PartKind {
    fn show(&self, _: &dyn Names) -> String {
        spelling(self)
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = spelled(cell, "must be oem or aftermarket")?;
        Ok(())
    }
}

impl Value for Option<ProductStatus> {
    fn show(&self, _: &dyn Names) -> String {
        self.map(|status| status.as_str().to_owned()).unwrap_or_default()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = Some(spelled(cell, "must be draft, active or archived")?);
        Ok(())
    }
}

impl Value for Vec<PriceTier> {
    fn show(&self, _: &dyn Names) -> String {
        list_of_items(self.iter().map(|tier| item([tier.from_quantity.to_string(), numbers::rupees(tier.price)])))
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = each(cell, |parts| match parts {
            [from_quantity, price] => {
                Ok(PriceTier { from_quantity: integer(from_quantity)?, price: numbers::money(price)? })
            }
            _ => Err("must be a quantity and a price each: 10/1150.00|50/1100.00".into()),
        })?;
        Ok(())
    }
}

impl Value for Vec<GstSlab> {
    fn show(&self, _: &dyn Names) -> String {
        let up_to = |slab: &GstSlab| slab.up_to.map(numbers::rupees).unwrap_or_default();
        list_of_items(self.iter().map(|slab| item([up_to(slab), slab.gst_basis_points.to_string()])))
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = each(cell, |parts| match parts {
            [up_to, rate] => {
                let up_to = if up_to.is_empty() { None } else { Some(numbers::money(up_to)?) };
                Ok(GstSlab { up_to, gst_basis_points: integer(rate)? })
            }
            _ => Err("must be a value, empty for any, and a rate each: 1000.00/500|/1800".into()),
        })?;
        Ok(())
    }
}

impl Value for Option<Size> {
    fn show(&self, _: &dyn Names) -> String {
        let sides = self.map(|size| [size.length_mm, size.width_mm, size.height_mm].map(|side| side.to_string()));
        sides.map(item).unwrap_or_default()
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = match &parts(cell)[..] {
            [nothing] if nothing.is_empty() => None,
            [length, width, height] => {
                let (length_mm, width_mm, height_mm) = (integer(length)?, integer(width)?, integer(height)?);
                Some(Size { length_mm, width_mm, height_mm })
            }
            _ => return Err("must be three sides in millimetres: 300/200/100".into()),
        };
        Ok(())
    }
}

impl Value for Vec<Fitment> {
    fn show(&self, _: &dyn Names) -> String {
        list_of_items(self.iter().map(|vehicle| {
            let years = [vehicle.year_from.to_string(), vehicle.year_to.to_string()];
            let named = [vehicle.make.clone(), vehicle.model.clone()].into_iter().chain(years);
            item(named.chain(vehicle.variant.clone()))
        }))
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = each(cell, |parts| match parts {
            [make, model, from, to, variant @ ..] if variant.len() < 2 => Ok(Fitment {
                make: make.clone(),
                model: model.clone(),
                year_from: integer(from)?,
                year_to: integer(to)?,
                variant: variant.first().cloned(),
            }),
            _ => Err("must be make, model and two years each, and a variant if need be: Tata/Nexon/2020/2024".into()),
        })?;
        Ok(())
    }
}

impl Value for Vec<Image> {
    fn show(&self, _: &dyn Names) -> String {
        let shown = |image: &Image| format!("{} {}", image.url, image.alt).trim_end().to_owned();
        list(self.iter().map(shown))
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        let image = |item: &str| {
            let item = plain(item);
            let (url, alt) = item.split_once(' ').unwrap_or((&item, ""));
            Image { url: url.to_owned(), alt: alt.trim().to_owned() }
        };
        *self = items(cell).into_iter().map(image).collect();
        Ok(())
    }
}

impl Value for Vec<Attribute> {
    fn show(&self, _: &dyn Names) -> String {
        list_of_items(self.iter().map(|attribute| match attribute {
            Attribute { name, text: Some(text), .. } => item([name, "text", text]),
            Attribute { name, flag: Some(flag), .. } => item([name, "flag", &flag.to_string()]),
            Attribute { name, number, unit, .. } => {
                let number = number.as_deref().unwrap_or_default();
                item([name, "number", number].into_iter().chain(unit.as_deref()))
            }
        }))
    }

    fn put(&mut self, cell: &str, _: &dyn Names) -> Result<(), Fault> {
        *self = each(cell, |parts| {
            let [name, kind, value, unit @ ..] = parts else { return Err(NOT_AN_ATTRIBUTE.into()) };
            let (name, given) = (name.clone(), Some(value.clone()));
            match (kind.as_str(), unit) {
                ("text", []) => Ok(Attribute { name, text: given, ..Attribute::default() }),
                ("flag", []) => Ok(Attribute { name, flag: Some(flag(value)?), ..Attribute::default() }),
                ("number", []) => Ok(Attribute { name, number: given, ..Attribute::default() }),
                ("number", [unit]) => {
                    Ok(Attribute { name, number: given, unit: Some(unit.clone()), ..Attribute::default() })
                }
                _ => Err(NOT_AN_ATTRIBUTE.into()),
            }
        })?;
        Ok(())
    }
}

const NOT_AN_ATTRIBUTE: &str = "must be a name, text, number or flag, and a value each: Bore/number/12.5/mm";

impl Value for Option<ProductId> {
    fn show(&self, names: &dyn Names) -> String {
        self.map(|id| shown(id, names)).unwrap_or_default()
    }

    fn put(&mut self, cell: &str, names: &dyn Names) -> Result<(), Fault> {
        *self = if cell.is_empty() { None } else { Some(names.id_of(cell)?) };
        Ok(())
    }
}

impl Value for Vec<ProductId> {
    fn show(&self, names: &dyn Names) -> String {
        list_of_items(self.iter().map(|id| shown(*id, names)))
    }

    fn put(&mut self, cell: &str, names: &dyn Names) -> Result<(), Fault> {
        let items = items(cell);
        if items.len() > MOST_ALTERNATIVES {
            return Err(format!("must be at most {MOST_ALTERNATIVES} other products").into());
        }
        *self = items.into_iter().map(|item| names.id_of(item)).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// A product that is not there (any more) is named by its id.
fn shown(id: ProductId, names: &dyn Names) -> String {
    names.sku_of(id).map_or_else(|| id.to_string(), |sku| sku.to_string())
}

fn each<T>(cell: &str, read: impl Fn(&[String]) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    items(cell).into_iter().map(|item| read(&parts(item))).collect()
}

/// Reads a whole number.
pub(crate) fn integer<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let read =
        Some(text).filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok());
    read.ok_or_else(|| "must be a whole number".into())
}

/// Reads yes or no, as people and spreadsheets write it; nothing is no.
pub(crate) fn flag(text: &str) -> Result<bool, Fault> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "" | "false" | "no" | "0" => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

/// A value by the name that messages have for it.
pub(crate) fn spelled<T: for<'de> Deserialize<'de>>(text: &str, expected: &str) -> Result<T, Fault> {
    let named = StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(named).map_err(|_| expected.into())
}

fn spelling(kind: &PartKind) -> String {
    match kind {
        PartKind::Oem => "oem".to_owned(),
        PartKind::Aftermarket => "aftermarket".to_owned(),
    }
}
