//! `GET /vehicles` and `GET /vehicles/{makes,models,years,variants}`: derived from what products fit, so that every vehicle in
//! the list finds something and none has to be kept twice.

use std::{ops::Bound, sync::Arc};

use axum::{Json as Answer, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::categories::{Counted, CountedList};
use crate::{
    app::App,
    directory::{Model, Tally, Year},
    extract::Query,
    paging::{self, WantedPage},
    problem::Problem,
};

/// Whose models.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedModels {
    /// Exactly this maker.
    make: String,
}

/// Which model's years.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedYears {
    /// Exactly this maker.
    make: String,
    /// Exactly this model.
    model: String,
}

/// Which model year's variants.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WantedVariants {
    /// Exactly this maker.
    make: String,
    /// Exactly this model.
    model: String,
    /// This model year.
    year: i32,
}

/// A vehicle that something fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct Vehicle {
    /// The maker.
    make: String,
    /// The model.
    model: String,
    /// The first model year that something fits.
    year_from: i32,
    /// The last one.
    year_to: i32,
    /// How many products fit it.
    products: u64,
    /// Its place in the list.
    #[serde(skip)]
    place: String,
}

/// One page of vehicles.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleList {
    /// Ordered by maker and model.
    items: Vec<Vehicle>,
    /// Give it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// A model year with how many products fit it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelYear {
    /// The year.
    year: i32,
    /// How many.
    products: u64,
}

/// The model years that something fits.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelYears {
    /// The newest first.
    items: Vec<ModelYear>,
}

/// Lists the vehicles that some product fits.
#[utoipa::path(get, path = "/vehicles", tag = "catalog", params(WantedPage), responses(
    (status = 200, body = VehicleList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn list(
    State(app): State<Arc<App>>,
    Query(wanted): Query<WantedPage>,
) -> Result<Answer<VehicleList>, Problem> {
    let limit = paging::limit(wanted.limit)?;
    let after = paging::after_text(wanted.cursor.as_deref())?;
    let most = usize::try_from(limit + 1).unwrap_or_default();
    let found = app.directory.look(|tally| behind(tally, after.as_deref().unwrap_or_default(), most))?;
    let (items, next_cursor) = paging::cut_by_text(found, limit, |vehicle| &vehicle.place);
    Ok(Answer(VehicleList { items, next_cursor }))
}

/// Lists the makers of vehicles that some product fits.
#[utoipa::path(get, path = "/vehicles/makes", tag = "catalog", responses(
    (status = 200, body = CountedList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn makes(State(app): State<Arc<App>>) -> Result<Answer<CountedList>, Problem> {
    let counted = |tally: &Tally| {
        let makes = tally.makes.iter();
        makes.map(|(name, make)| Counted { name: name.to_string(), products: make.products }).collect()
    };
    Ok(Answer(CountedList { items: app.directory.look(counted)? }))
}

/// Lists a maker's models that some product fits.
#[utoipa::path(get, path = "/vehicles/models", tag = "catalog", params(WantedModels), responses(
    (status = 200, body = CountedList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn models(
    State(app): State<Arc<App>>,
    Query(wanted): Query<WantedModels>,
) -> Result<Answer<CountedList>, Problem> {
    let counted = |tally: &Tally| {
        let models = tally.makes.get(wanted.make.as_str()).into_iter().flat_map(|make| &make.models);
        models.map(|(name, model)| Counted { name: name.to_string(), products: model.products }).collect()
    };
    Ok(Answer(CountedList { items: app.directory.look(counted)? }))
}

/// Lists a model's years that some product fits.
#[utoipa::path(get, path = "/vehicles/years", tag = "catalog", params(WantedYears), responses(
    (status = 200, body = ModelYears),
    (status = 503, description = "search_not_ready"),
))]
pub async fn years(
    State(app): State<Arc<App>>,
    Query(wanted): Query<WantedYears>,
) -> Result<Answer<ModelYears>, Problem> {
    let years = |tally: &Tally| {
        let years = tally.model(&wanted.make, &wanted.model).into_iter().flat_map(|model| model.years.iter().rev());
        years.map(|(year, counted)| ModelYear { year: *year, products: counted.products }).collect()
    };
    Ok(Answer(ModelYears { items: app.directory.look(years)? }))
}

/// Lists a model year's variants that some product names, each with how many products fit it: those that name it, and those that
/// name none and so fit every variant. `GET /products?vehicle=make/model/year/variant` finds them. Empty where all products fit
/// every variant.
#[utoipa::path(get, path = "/vehicles/variants", tag = "catalog", params(WantedVariants), responses(
    (status = 200, body = CountedList),
    (status = 503, description = "search_not_ready"),
))]
pub async fn variants(
    State(app): State<Arc<App>>,
    Query(wanted): Query<WantedVariants>,
) -> Result<Answer<CountedList>, Problem> {
    let counted = |tally: &Tally| {
        let model = tally.model(&wanted.make, &wanted.model);
        let variants = model.and_then(|model| model.years.get(&wanted.year)).into_iter().flat_map(Year::variants);
        variants.map(|(name, products)| Counted { name: name.to_owned(), products }).collect()
    };
    Ok(Answer(CountedList { items: app.directory.look(counted)? }))
}

/// Up to `most` vehicles from behind a place on. Whole makers that stand before it are passed over.
fn behind(tally: &Tally, after: &str, most: usize) -> Vec<Vehicle> {
    let first = after.split(SEPARATOR).next().unwrap_or_default();
    let makes = tally.makes.range::<str, _>((Bound::Included(first), Bound::Unbounded));
    let vehicles = makes.flat_map(|(make, of)| of.models.iter().map(move |(name, model)| vehicle(make, name, model)));
    vehicles.filter(|vehicle| vehicle.place.as_str() > after).take(most).collect()
}

/// In no name, and before every letter in order.
const SEPARATOR: char = '\u{1}';

fn vehicle(make: &str, name: &str, model: &Model) -> Vehicle {
    let bound = |year: Option<&i32>| year.copied().unwrap_or_default();
    Vehicle {
        make: make.to_owned(),
        model: name.to_owned(),
        year_from: bound(model.years.keys().next()),
        year_to: bound(model.years.keys().next_back()),
        products: model.products,
        place: format!("{make}{SEPARATOR}{name}"),
    }
}
