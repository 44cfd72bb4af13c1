//! The sums over products, changed by each product as it changes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use schemas::{documents::Product, ids::ProductId};

/// Sums over the products that are sold.
#[derive(Debug, Default)]
pub struct Tally {
    products: HashMap<ProductId, (i64, Option<Listed>)>,
    /// How many products each category has.
    pub categories: BTreeMap<Arc<str>, u64>,
    /// How many each brand has.
    pub brands: BTreeMap<Arc<str>, u64>,
    /// The makers of the vehicles that they fit.
    pub makes: BTreeMap<Arc<str>, Make>,
    /// Every name once.
    names: HashSet<Arc<str>>,
}

/// A maker of vehicles.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Make {
    /// How many products fit one of its vehicles.
    pub products: u64,
    /// Its models.
    pub models: BTreeMap<Arc<str>, Model>,
}

/// A model of a vehicle.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// How many products fit it.
    pub products: u64,
    /// Its model years.
    pub years: BTreeMap<i32, Year>,
}

/// A model year of a model.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Year {
    /// How many products fit it.
    pub products: u64,
    /// How many of them fit every variant, because they name none.
    fit_every_variant: u64,
    /// The variants that products name.
    variants: BTreeMap<Arc<str>, Variant>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Variant {
    /// How many products name it.
    named: u64,
    /// How many of them do not fit every variant anyway.
    fit_it_alone: u64,
}

/// What of a product is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    category: Arc<str>,
    brand: Arc<str>,
    fits: Vec<Fits>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fits {
    make: Arc<str>,
    model: Arc<str>,
    year_from: i32,
    year_to: i32,
    variant: Option<Arc<str>>,
}

/// Whether a product is counted from now on, or no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    More,
    Fewer,
}

impl Change {
    const fn apply(self, count: &mut u64) {
        match self {
            Self::More => *count += 1,
            Self::Fewer => *count = count.saturating_sub(1),
        }
    }
}

impl Tally {
    /// Counts a product as it is; one that is known at this revision or a later one is counted already.
    pub fn put(&mut self, product: &Product) {
        let listed = product.active.then(|| self.listed(product));
        let before = match self.products.entry(product.product_id) {
            Entry::Occupied(known) if known.get().0 >= product.revision => return,
            Entry::Occupied(mut known) => known.insert((product.revision, listed.clone())).1,
            Entry::Vacant(place) => {
                place.insert((product.revision, listed.clone()));
                None
            }
        };
        if before == listed {
            return;
        }
        before.iter().for_each(|before| self.count(before, Change::Fewer));
        listed.iter().for_each(|listed| self.count(listed, Change::More));
    }

    /// A model, if some product fits it.
    #[must_use]
    pub fn model(&self, make: &str, model: &str) -> Option<&Model> {
        self.makes.get(make)?.models.get(model)
    }

    fn listed(&mut self, product: &Product) -> Listed {
        let fits = product.fitment.iter().map(|fitment| Fits {
            make: self.name(&fitment.make),
            model: self.name(&fitment.model),
            year_from: fitment.year_from,
            year_to: fitment.year_to,
            variant: fitment.variant.as_deref().map(|variant| self.name(variant)),
        });
        let fits = fits.collect();
        Listed { category: self.name(&product.category), brand: self.name(&product.brand), fits }
    }

    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(text);
        self.names.insert(Arc::clone(&name));
        name
    }

    /// Each category, brand, make, model, year and variant of a product counts once, however many of its vehicles have it.
    fn count(&mut self, listed: &Listed, change: Change) {
        count(&mut self.categories, &listed.category, change);
        count(&mut self.brands, &listed.brand, change);
        let makes: BTreeSet<&Arc<str>> = listed.fits.iter().map(|fits| &fits.make).collect();
        let models: BTreeSet<(&Arc<str>, &Arc<str>)> =
            listed.fits.iter().map(|fits| (&fits.make, &fits.model)).collect();
        // Only what this product has can have come to nothing.
        for ((make, model, year), variants) in listed.variants_by_year() {
            let model = self.makes.entry(Arc::clone(make)).or_default().models.entry(Arc::clone(model)).or_default();
            let counted = model.years.entry(year).or_default();
            counted.count(&variants, change);
            if counted.products == 0 {
                model.years.remove(&year);
            }
        }
        for (make, name) in models {
            let models = &mut self.makes.entry(Arc::clone(make)).or_default().models;
            let model = models.entry(Arc::clone(name)).or_default();
            change.apply(&mut model.products);
            if model.products == 0 {
                models.remove(name);
            }
        }
        for make in makes {
            change.apply(&mut self.makes.entry(Arc::clone(make)).or_default().products);
            if self.makes.get(make).is_some_and(|make| make.products == 0) {
                self.makes.remove(make);
            }
        }
    }
}

/// A maker, a model and a year.
type ModelYear<'a> = (&'a Arc<str>, &'a Arc<str>, i32);
/// Variants of one model year; none stands for all of them.
type Variants<'a> = BTreeSet<Option<&'a Arc<str>>>;

impl Listed {
    /// The variants that are said of each model year.
    fn variants_by_year(&self) -> BTreeMap<ModelYear<'_>, Variants<'_>> {
        let mut years = BTreeMap::<_, BTreeSet<_>>::new();
        for fits in &self.fits {
            for year in fits.year_from..=fits.year_to {
                years.entry((&fits.make, &fits.model, year)).or_default().insert(fits.variant.as_ref());
            }
        }
        years
    }
}

impl Year {
    /// The variants that products name, each with how many products fit it: those that name it and those that name none.
    pub fn variants(&self) -> impl Iterator<Item = (&str, u64)> {
        self.variants.iter().map(|(name, variant)| (&**name, self.fit_every_variant + variant.fit_it_alone))
    }

    fn count(&mut self, variants: &Variants<'_>, change: Change) {
        let fits_every_variant = variants.contains(&None);
        change.apply(&mut self.products);
        if fits_every_variant {
            change.apply(&mut self.fit_every_variant);
        }
        for name in variants.iter().copied().flatten() {
            let variant = self.variants.entry(Arc::clone(name)).or_default();
            change.apply(&mut variant.named);
            if !fits_every_variant {
                change.apply(&mut variant.fit_it_alone);
            }
            if variant.named == 0 {
                self.variants.remove(name);
            }
        }
    }
}

fn count<K: Ord + Clone>(counts: &mut BTreeMap<K, u64>, key: &K, change: Change) {
    let products = counts.entry(key.clone()).or_default();
    change.apply(products);
    if *products == 0 {
        counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use schemas::{
        catalog::{Fitment, PutProduct},
        types::{Money, Timestamp},
    };
    use shared::id::Uuid;

    use super::*;

    fn product(number: u128, revision: i64, category: &str, active: bool, fitment: Vec<Fitment>) -> Product {
        let put = PutProduct {
            category: category.to_owned(),
            brand: category.to_lowercase(),
            price: Money::inr(1),
            active,
            fitment,
            ..PutProduct::blank(ProductId::from_uuid(Uuid::from_u128(number)), format!("P-{number}").parse().unwrap())
        };
        Product { revision, ..Product::new(put, Timestamp::from_millis(0)) }
    }

    fn fits(make: &str, model: &str, year_from: i32, year_to: i32) -> Fitment {
        Fitment { make: make.to_owned(), model: model.to_owned(), year_from, year_to, variant: None }
    }

    fn any_product() -> impl Strategy<Value = Product> {
        let vehicle = ("[AB]", "[xy]", 2_000..2_003, 0..3_i32, proptest::option::of("[vw]"));
        let vehicle = vehicle.prop_map(|(make, model, from, span, variant)| Fitment {
            variant,
            ..fits(&make, &model, from, from + span)
        });
        let vehicles = proptest::collection::vec(vehicle, 0..4);
        (0..4_u128, 1..6_i64, "[CD]", any::<bool>(), vehicles).prop_map(
            |(number, revision, category, active, fitment)| product(number, revision, &category, active, fitment),
        )
    }

    #[test]
    fn a_product_counts_once_for_each_thing_however_many_vehicles_say_it() {
        let mut tally = Tally::default();
        let vehicles = vec![fits("A", "x", 2_000, 2_002), fits("A", "x", 2_001, 2_003), fits("A", "y", 2_005, 2_005)];
        tally.put(&product(1, 1, "Brakes", true, vehicles));
        let make = &tally.makes["A"];
        assert_eq!((make.products, make.models["x"].products), (1, 1));
        let years: Vec<_> = make.models["x"].years.iter().map(|(year, counted)| (*year, counted.products)).collect();
        assert_eq!(years, [(2_000, 1), (2_001, 1), (2_002, 1), (2_003, 1)]);
        assert_eq!((make.models["y"].products, make.models["y"].years.len()), (1, 1));
        tally.put(&product(1, 2, "Brakes", false, Vec::new()));
        assert!(tally.makes.is_empty() && tally.categories.is_empty() && tally.brands.is_empty());
    }

    #[test]
    fn who_names_no_variant_fits_each_that_somebody_names() {
        let mut tally = Tally::default();
        let named = |variant: &str| Fitment { variant: Some(variant.to_owned()), ..fits("A", "x", 2_000, 2_001) };
        let every = fits("A", "x", 2_001, 2_002);
        tally.put(&product(1, 1, "Brakes", true, vec![named("VXi"), named("ZXi")]));
        tally.put(&product(2, 1, "Brakes", true, vec![every.clone(), named("VXi")]));
        tally.put(&product(3, 1, "Brakes", true, vec![every]));
        let variants = |tally: &Tally, year| {
            let year = &tally.makes["A"].models["x"].years[&year];
            year.variants().map(|(name, products)| (name.to_owned(), products)).collect::<Vec<_>>()
        };
        let expected = |vxi, zxi| vec![("VXi".to_owned(), vxi), ("ZXi".to_owned(), zxi)];
        assert_eq!(variants(&tally, 2_000), expected(2, 1));
        assert_eq!(variants(&tally, 2_001), expected(3, 3), "one that names it and fits all counts once");
        assert_eq!(variants(&tally, 2_002), [], "nobody names any");
        tally.put(&product(1, 2, "Brakes", false, Vec::new()));
        assert_eq!(variants(&tally, 2_001), [("VXi".to_owned(), 2)]);
    }

    proptest! {
        #[test]
        fn the_sums_are_those_of_the_newest_revisions_in_whatever_order_they_came(
            came in proptest::collection::vec(any_product(), 0..24),
        ) {
            let (mut tally, mut newest) = (Tally::default(), HashMap::<ProductId, Product>::new());
            for product in came {
                tally.put(&product);
                let known = newest.entry(product.product_id).or_insert_with(|| product.clone());
                if product.revision > known.revision {
                    *known = product;
                }
            }
            let mut afresh = Tally::default();
            newest.values().for_each(|product| afresh.put(product));
            prop_assert_eq!(&tally.categories, &afresh.categories);
            prop_assert_eq!(&tally.brands, &afresh.brands);
            prop_assert_eq!(&tally.makes, &afresh.makes);
            for (category, products) in &tally.categories {
                let sold = newest.values().filter(|it| it.active && *it.category == **category).count();
                prop_assert_eq!(*products, sold as u64);
            }
            for (make, counted) in &tally.makes {
                for (model, counted) in &counted.models {
                    for (year, counted) in &counted.years {
                        let is_it = |it: &Fitment| {
                            *it.make == **make && *it.model == **model && (it.year_from..=it.year_to).contains(year)
                        };
                        let sold = |fits: &dyn Fn(&Fitment) -> bool| {
                            newest.values().filter(|it| it.active && it.fitment.iter().any(fits)).count() as u64
                        };
                        prop_assert_eq!(counted.products, sold(&is_it));
                        for (variant, products) in counted.variants() {
                            let fits = |it: &Fitment| is_it(it) && it.variant.as_deref().is_none_or(|is| is == variant);
                            prop_assert_eq!(products, sold(&fits));
                        }
                    }
                }
            }
        }
    }
}
