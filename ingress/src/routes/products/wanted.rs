//! The query of `GET /products`: a plain list comes from memory or the record, everything else from the search index.

use std::collections::{BTreeMap, BTreeSet};

use catalog_search::{Sort, Vehicle, Wanted as Search, phrase::Phrase};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    problem::{Problem, VALIDATION_FAILED},
    read_models::ProductFilter,
};

/// No value of a product is longer.
const LONGEST: usize = 160;
/// No more attributes are wanted at once.
const MOST_ATTRIBUTES: usize = 20;

/// Which products, and which page of them.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// 1 to 100; 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// The last page's `next_cursor`, with the same words, filters and order. `facets` may be left out then; where the first page
    /// had none, no other can.
    pub cursor: Option<String>,
    /// Words, all of which the product has, typos forgiven; or a part number, in any spelling or a fragment of it.
    q: Option<String>,
    /// This category or one below it in the tree.
    pub category: Option<String>,
    /// Exactly this brand.
    brand: Option<String>,
    /// Exactly this SKU.
    sku: Option<String>,
    /// Says this of itself: `name:value`, as facets tell them; a number with its unit: `bore:12.5 mm`. May be given up to 20 times:
    /// of one name one of the values, of several names all.
    #[serde(default)]
    #[param(max_items = 20)]
    attribute: Vec<String>,
    /// Fits this vehicle: `make/model/year/variant`, of which the last parts may be missing. Instead of the next four.
    vehicle: Option<String>,
    /// Fits a vehicle of this maker.
    make: Option<String>,
    /// Fits this model; give `make` with it.
    model: Option<String>,
    /// Fits this model year; give `model` with it.
    year: Option<i32>,
    /// Fits this variant; give `year` with it.
    variant: Option<String>,
    /// Costs as much or more, in paise.
    min_price_minor: Option<i64>,
    /// Costs as much or less, in paise.
    max_price_minor: Option<i64>,
    /// `relevance` unless given.
    #[param(inline)]
    sort: Option<SortName>,
    /// Whether facets are counted.
    pub facets: Option<bool>,
}

/// The order.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SortName {
    /// The best match first.
    Relevance,
    /// The cheapest first.
    Price,
    /// The dearest first.
    PriceDesc,
    /// The one that was listed last first.
    Newest,
    /// By name.
    Name,
}

/// Who answers what was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// The record.
    List(ProductFilter),
    /// The search index.
    Search(Search),
}

impl Wanted {
    /// Who answers this; `categories` are the wanted one and those below it.
    ///
    /// # Errors
    /// A problem that names the parameter.
    pub fn understood(self, categories: Vec<String>) -> Result<Asked, Problem> {
        self.check_lengths()?;
        let text = self.q.clone().filter(|text| !text.trim().is_empty());
        text.as_deref().map(Phrase::read).transpose().map_err(|long| invalid("q", &long.to_string()))?;
        let attributes = attributes(&self.attribute)?;
        let vehicle = self.vehicle()?;
        let plain = text.is_none() && vehicle.is_none() && attributes.is_empty() && self.sort.is_none();
        let priced = self.min_price_minor.is_some() || self.max_price_minor.is_some();
        // A search that counted facets goes on without them.
        let goes_on = self.cursor.as_ref().is_some_and(|cursor| Uuid::try_parse(cursor).is_err());
        let Self { brand, sku, .. } = self;
        if plain && !priced && !goes_on && self.facets != Some(true) {
            return Ok(Asked::List(ProductFilter { categories, brand, sku }));
        }
        let (least_price, most_price) = (self.min_price_minor, self.max_price_minor);
        let sort = self.sort.map_or(Sort::Relevance, Sort::from);
        Ok(Asked::Search(Search { text, categories, brand, sku, attributes, vehicle, least_price, most_price, sort }))
    }

    fn check_lengths(&self) -> Result<(), Problem> {
        let all = [
            ("category", &self.category),
            ("brand", &self.brand),
            ("sku", &self.sku),
            ("vehicle", &self.vehicle),
            ("make", &self.make),
            ("model", &self.model),
            ("variant", &self.variant),
        ];
        let is_long = |value: &Option<String>| value.as_ref().is_some_and(|value| value.chars().count() > LONGEST);
        match all.iter().find(|(_, value)| is_long(value)) {
            Some((field, _)) => Err(invalid(field, &format!("must have at most {LONGEST} characters"))),
            None => Ok(()),
        }
    }

    fn vehicle(&self) -> Result<Option<Vehicle>, Problem> {
        if self.model.is_some() && self.make.is_none() {
            return Err(invalid("model", "needs make"));
        }
        if self.year.is_some() && self.model.is_none() {
            return Err(invalid("year", "needs model"));
        }
        if self.variant.is_some() && self.year.is_none() {
            return Err(invalid("variant", "needs year"));
        }
        let apart = self.make.clone().map(|make| Vehicle {
            make,
            model: self.model.clone(),
            year: self.year,
            variant: self.variant.clone(),
        });
        match (&self.vehicle, apart) {
            (None, apart) => Ok(apart),
            (Some(_), Some(_)) => Err(invalid("vehicle", "says the same as make: give one of them")),
            (Some(text), None) => Vehicle::read(text)
                .map(Some)
                .ok_or_else(|| invalid("vehicle", "must be make/model/year/variant; the last parts may be missing")),
        }
    }
}

/// By the name of each attribute the values of which one is wanted.
fn attributes(given: &[String]) -> Result<BTreeMap<String, BTreeSet<String>>, Problem> {
    if given.len() > MOST_ATTRIBUTES {
        return Err(invalid("attribute", &format!("must be given at most {MOST_ATTRIBUTES} times")));
    }
    let mut wanted = BTreeMap::<_, BTreeSet<_>>::new();
    for one in given {
        let said = one.split_once(':').filter(|(name, value)| !name.is_empty() && !value.is_empty());
        let (name, value) = said.ok_or_else(|| invalid("attribute", "must be name:value"))?;
        wanted.entry(name.to_owned()).or_default().insert(value.to_owned());
    }
    Ok(wanted)
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::field(VALIDATION_FAILED, field, message)
}

impl From<SortName> for Sort {
    fn from(name: SortName) -> Self {
        match name {
            SortName::Relevance => Self::Relevance,
            SortName::Price => Self::Price,
            SortName::PriceDesc => Self::PriceDescending,
            SortName::Newest => Self::Newest,
            SortName::Name => Self::Name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::query;

    fn asked(query: &str) -> Result<Asked, Problem> {
        query::read::<Wanted>(query)?.understood(Vec::new())
    }

    fn searched(query: &str) -> Search {
        match asked(query).unwrap() {
            Asked::Search(search) => search,
            Asked::List(_) => panic!("{query} is answered by the record"),
        }
    }

    #[test]
    fn a_plain_list_does_not_need_the_index() {
        let cursor = format!("cursor={}", Uuid::nil().simple());
        for plain in ["", "category=Brakes&brand=Bosch", "sku=A&limit=5", "q=%20", "facets=false", &cursor] {
            assert!(matches!(asked(plain), Ok(Asked::List(_))), "{plain}");
        }
        for other in [
            "q=brake",
            "sort=price",
            "facets=true",
            "vehicle=Hyundai",
            "make=Hyundai&model=i20",
            "cursor=6162",
            "min_price_minor=1",
            "max_price_minor=1",
            "attribute=a:b",
        ] {
            searched(other);
        }
    }

    #[test]
    fn a_vehicle_is_the_same_in_one_parameter_or_in_four() {
        let one = searched("vehicle=Hyundai/i20/2019/Asta").vehicle;
        assert_eq!(searched("make=Hyundai&model=i20&year=2019&variant=Asta").vehicle, one);
        assert!(one.is_some());
    }

    #[test]
    fn attributes_of_one_name_are_one_wish() {
        let search = searched("attribute=colour:Red&attribute=bore:12.5%20mm&attribute=colour:a:b");
        let wish =
            |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(search.attributes, [wish("bore", &["12.5 mm"]), wish("colour", &["Red", "a:b"])].into());
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        let long = "x".repeat(201);
        for (query, field) in [
            ("model=i20".to_owned(), "model"),
            ("make=Hyundai&year=2019".to_owned(), "year"),
            ("make=Hyundai&model=i20&variant=Asta".to_owned(), "variant"),
            ("vehicle=Hyundai&make=Hyundai".to_owned(), "vehicle"),
            ("vehicle=Hyundai//2019".to_owned(), "vehicle"),
            (format!("q={long}"), "q"),
            (format!("brand={long}"), "brand"),
            ("attribute=colour".to_owned(), "attribute"),
            ("attribute=colour:&attribute=a:b".to_owned(), "attribute"),
            ("attribute=:red".to_owned(), "attribute"),
            (["attribute=a:b"; 21].join("&"), "attribute"),
        ] {
            let problem = asked(&query).unwrap_err();
            assert!(format!("{problem:?}").contains(&format!("field: \"{field}\"")), "{query}: {problem:?}");
        }
    }
}
