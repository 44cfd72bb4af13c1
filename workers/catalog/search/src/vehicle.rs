//! Which vehicles a part fits, as keys: a part fits a vehicle if they share one.

use std::collections::BTreeSet;

use schemas::catalog::Fitment;

use crate::numbers::normalised;

/// A vehicle, as exactly as the customer knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Vehicle {
    /// The maker.
    pub make: String,
    /// The model.
    pub model: Option<String>,
    /// The model year; counts with a model.
    pub year: Option<i32>,
    /// The variant; counts with a year.
    pub variant: Option<String>,
}

/// The keys of what a part fits. One that is for some variant alone has a key for those who do not know theirs, ending in
/// the separator, and one for those who do.
#[must_use]
pub fn keys(fitment: &[Fitment]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for fits in fitment {
        let (make, model) = (normalised(&fits.make), normalised(&fits.model));
        for year in fits.year_from..=fits.year_to {
            let key = format!("{make}/{model}/{year}");
            if let Some(variant) = &fits.variant {
                keys.insert(format!("{key}/{}", normalised(variant)));
                keys.insert(format!("{key}/"));
            } else {
                keys.insert(key);
            }
        }
        keys.insert(format!("{make}/{model}"));
        keys.insert(make);
    }
    keys
}

impl Vehicle {
    /// The keys of which a part that fits has at least one.
    #[must_use]
    pub fn wanted(&self) -> Vec<String> {
        let make = normalised(&self.make);
        let Some(model) = self.model.as_deref().map(normalised) else { return vec![make] };
        let Some(year) = self.year else { return vec![format!("{make}/{model}")] };
        let variant = self.variant.as_deref().map(normalised).unwrap_or_default();
        vec![format!("{make}/{model}/{year}"), format!("{make}/{model}/{year}/{variant}")]
    }

    /// Reads `make/model/year/variant`, of which the last parts may be missing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::trim);
        let make = parts.next().filter(|make| !make.is_empty())?.to_owned();
        let model = parts.next().map(str::to_owned);
        let year = parts.next().map(str::parse).transpose().ok()?;
        let variant = parts.next().map(str::to_owned);
        let whole = parts.next().is_none() && [&model, &variant].iter().all(|part| part.as_deref() != Some(""));
        whole.then_some(Self { make, model, year, variant })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fitment(variant: Option<&str>) -> Fitment {
        let (make, model) = ("Maruti Suzuki".to_owned(), "Swift".to_owned());
        Fitment { make, model, year_from: 2018, year_to: 2020, variant: variant.map(str::to_owned) }
    }

    fn fits(fitment: &Fitment, vehicle: &str) -> bool {
        let keys = keys(std::slice::from_ref(fitment));
        Vehicle::read(vehicle).unwrap().wanted().iter().any(|key| keys.contains(key))
    }

    #[test]
    fn a_part_fits_within_its_years_in_any_spelling() {
        for vehicle in
            ["Maruti Suzuki", "maruti-suzuki/SWIFT", "Maruti Suzuki/Swift/2018", "Maruti Suzuki/Swift/2020/VXi"]
        {
            assert!(fits(&fitment(None), vehicle), "{vehicle}");
        }
        for vehicle in ["Suzuki", "Maruti Suzuki/Dzire", "Maruti Suzuki/Swift/2017", "Maruti Suzuki/Swift/2021/VXi"] {
            assert!(!fits(&fitment(None), vehicle), "{vehicle}");
        }
    }

    #[test]
    fn a_part_for_one_variant_fits_that_and_may_fit_one_that_is_not_named() {
        let part = fitment(Some("VXi"));
        assert!(fits(&part, "Maruti Suzuki/Swift/2019/vxi") && fits(&part, "Maruti Suzuki/Swift/2019"));
        assert!(!fits(&part, "Maruti Suzuki/Swift/2019/ZXi"));
    }

    #[test]
    fn a_vehicle_is_read_from_the_left() {
        for bad in ["", "/Swift", "Maruti//2019", "Maruti/Swift/new", "Maruti/Swift/2019/", "a/b/1/c/d"] {
            assert_eq!(Vehicle::read(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_vehicle_or_none(text in ".*") {
            let _ = Vehicle::read(&text).map(|vehicle| vehicle.wanted());
        }

        #[test]
        fn a_part_fits_exactly_the_years_between(from in 1990..2030, length in 0..20, year in 1980..2060) {
            let part = Fitment { year_from: from, year_to: from + length, ..fitment(None) };
            prop_assert_eq!(fits(&part, &format!("Maruti Suzuki/Swift/{year}")), (from..=from + length).contains(&year));
        }
    }
}
