//! All routes, and what lies around them.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, Method, header},
    middleware::from_fn_with_state,
};
use shared::config::ConfigError;
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    cart::CART_TOKEN,
    docs,
    extract::IDEMPOTENCY_KEY,
    middleware::{
        audited::audited,
        bounds::{Bounds, bounds},
        finish::finish,
        panics,
        rated::rated,
        request_id::X_REQUEST_ID,
    },
    problem::{METHOD_NOT_ALLOWED, NOT_FOUND, Problem},
    routes::{admin, auth, cart, catalog, orders, products, users, webhooks},
};

/// The largest body that a client may send.
const BODY_BYTES: usize = 64 * 1024;
/// The largest body by which a product, or the tree of categories, may be changed.
const PRODUCT_BYTES: usize = 256 * 1024;
/// The largest body that a gateway may send: its events carry whole objects.
const WEBHOOK_BYTES: usize = 256 * 1024;
/// How much longer than its wait a waiting request may take.
const AFTER_THE_WAIT: u64 = 10;

/// The public API with its documentation.
///
/// # Errors
/// [`ConfigError`] for an allowed origin that is none.
pub fn router(app: &Arc<App>) -> Result<Router, ConfigError> {
    let (api, description) = api(app);
    let documented = match docs::router(description, app.environment, app.settings.docs_password.as_ref()) {
        Some(docs) => api.with_state(Arc::clone(app)).merge(docs),
        None => api.with_state(Arc::clone(app)),
    };
    Ok(documented
        .fallback(async || Problem::new(NOT_FOUND))
        .method_not_allowed_fallback(async || Problem::new(METHOD_NOT_ALLOWED))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(cors(app)?)
        .layer(from_fn_with_state(app.environment, finish)))
}

/// The public API and its description.
pub fn api(app: &Arc<App>) -> (Router<Arc<App>>, OpenApi) {
    let (api, mut description) = routes(app);
    docs::complete(&mut description);
    (api, description)
}

/// The public API with what its routes say of themselves.
pub fn routes(app: &Arc<App>) -> (Router<Arc<App>>, OpenApi) {
    let api = quick(app).merge(uploads(app)).merge(waiting()).merge(exports(app)).merge(hooks(app));
    OpenApiRouter::with_openapi(docs::frame()).nest("/api/v1", api).split_for_parts()
}

/// Routes that answer as soon as they can.
fn quick(app: &Arc<App>) -> OpenApiRouter<Arc<App>> {
    let limits = app.settings.limits;
    OpenApiRouter::new()
        .routes(routes!(auth::register::register))
        .routes(routes!(auth::login::login))
        .routes(routes!(auth::google::google))
        .routes(routes!(auth::refresh::refresh))
        .routes(routes!(auth::otp::send))
        .routes(routes!(auth::otp::verify))
        .routes(routes!(auth::password::forgot))
        .routes(routes!(auth::password::reset))
        .routes(routes!(auth::logout::logout))
        .routes(routes!(auth::logout::logout_all))
        .routes(routes!(users::me::show, users::me::change))
        .routes(routes!(users::password::change))
        .routes(routes!(users::email::send))
        .routes(routes!(users::email::verify))
        .routes(routes!(users::phone::send))
        .routes(routes!(users::phone::verify))
        .routes(routes!(users::addresses::list, users::addresses::add))
        .routes(routes!(users::addresses::show, users::addresses::replace, users::addresses::remove))
        .routes(routes!(users::sessions::list))
        .routes(routes!(users::sessions::end))
        .routes(routes!(users::wishlist::list))
        .routes(routes!(users::wishlist::add, users::wishlist::remove))
        .routes(routes!(products::list::list))
        .routes(routes!(products::show::show))
        .routes(routes!(products::suggest::suggest))
        .routes(routes!(catalog::categories::categories))
        .routes(routes!(catalog::categories::brands))
        .routes(routes!(catalog::vehicles::list))
        .routes(routes!(catalog::vehicles::makes))
        .routes(routes!(catalog::vehicles::models))
        .routes(routes!(catalog::vehicles::years))
        .routes(routes!(catalog::vehicles::variants))
        .routes(routes!(products::related::alternatives))
        .routes(routes!(products::related::variants))
        .routes(routes!(products::related::fitment))
        .routes(routes!(products::reviews::list))
        .routes(routes!(products::reviews::mine, products::reviews::put, products::reviews::withdraw))
        .routes(routes!(cart::show::show, cart::show::clear))
        .routes(routes!(cart::items::add))
        .routes(routes!(cart::items::change, cart::items::remove))
        .routes(routes!(cart::coupon::put, cart::coupon::remove))
        .routes(routes!(cart::merge::merge))
        .routes(routes!(orders::place::place, orders::list::list))
        .routes(routes!(orders::quote::quote))
        .routes(routes!(orders::show::show))
        .routes(routes!(orders::cancel::cancel))
        .routes(routes!(orders::payments::create::create, orders::payments::list::list))
        .routes(routes!(orders::payments::show::show))
        .routes(routes!(orders::invoice::invoice))
        .routes(routes!(orders::invoice::list))
        .routes(routes!(orders::invoice::show))
        .routes(routes!(orders::credit_notes::list))
        .routes(routes!(orders::credit_notes::show))
        .routes(routes!(orders::returns::request::request, orders::returns::list::list))
        .routes(routes!(orders::returns::list::show))
        .routes(routes!(orders::returns::withdraw::withdraw))
        .merge(admin(app))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(app), rated))
        .layer(from_fn_with_state(Bounds::new(limits.in_flight, limits.request()), bounds))
}

/// Routes for the shop's operators: each handler asks for one permission ([`crate::auth::permit`]), or for an admin.
fn admin(app: &App) -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin::me::me))
        .routes(routes!(admin::audit::list))
        .routes(routes!(admin::reconciliation::list::list))
        .routes(routes!(admin::reconciliation::resolve::resolve))
        .routes(routes!(admin::reports::gstr1::gstr1))
        .routes(routes!(admin::stuck::stuck))
        .routes(routes!(admin::ledger::balances::balances))
        .routes(routes!(admin::ledger::order::order))
        .routes(routes!(admin::disputes::list::list))
        .routes(routes!(admin::disputes::of_order::of_order))
        .routes(routes!(admin::refunds::create::create, admin::refunds::list::list))
        .routes(routes!(admin::invoices::replace::replace))
        .routes(routes!(admin::invoices::list::list))
        .routes(routes!(admin::refunds::pay_out::pay_out))
        .routes(routes!(admin::refunds::all::all))
        .routes(routes!(admin::cash::record::record, admin::cash::list::list))
        .routes(routes!(admin::coupons::list::list))
        .routes(routes!(admin::coupons::show::show, admin::coupons::put::put, admin::coupons::put::deactivate))
        .routes(routes!(admin::returns::list::list))
        .routes(routes!(admin::returns::order::order))
        .routes(routes!(admin::returns::decide::decide))
        .routes(routes!(admin::returns::receive::receive))
        .routes(routes!(admin::customers::price_list))
        .routes(routes!(admin::staff::list))
        .routes(routes!(admin::staff::appoint))
        .routes(routes!(admin::tax_slabs::list))
        .routes(routes!(admin::tax_slabs::put, admin::tax_slabs::remove))
        .routes(routes!(admin::dead_letters::list::list))
        .routes(routes!(admin::dead_letters::show::show))
        .routes(routes!(admin::dead_letters::replay::replay))
        .routes(routes!(admin::dead_letters::replay::replay_many))
        .routes(routes!(admin::dead_letters::discard::discard))
        .routes(routes!(admin::reviews::list))
        .routes(routes!(admin::reviews::moderate))
        .routes(routes!(admin::imports::list::list))
        .routes(routes!(admin::imports::show::show))
        .routes(routes!(admin::imports::errors::errors))
        .routes(routes!(admin::imports::start::start))
        .routes(routes!(admin::imports::start::cancel))
        .merge(changed_products())
        .layer(from_fn_with_state(app.audit.clone(), audited))
}

/// Routes by which the shop's products are changed, of which one may fit a thousand vehicles, and their categories, all at once.
fn changed_products() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(admin::products::change::create, admin::products::list::list))
        .routes(routes!(admin::products::list::show, admin::products::change::replace, admin::products::change::change))
        .routes(routes!(admin::products::list::history))
        .routes(routes!(admin::categories::show, admin::categories::put))
        .routes(routes!(admin::categories::history::list))
        .layer(DefaultBodyLimit::max(PRODUCT_BYTES))
}

/// Routes by which operators bring files in: they take as long as a file does, and are stored as they come.
fn uploads(app: &Arc<App>) -> OpenApiRouter<Arc<App>> {
    let limits = app.settings.limits;
    OpenApiRouter::new()
        .routes(routes!(admin::imports::upload::upload))
        .layer(from_fn_with_state(app.audit.clone(), audited))
        .layer(from_fn_with_state(Arc::clone(app), rated))
        .layer(from_fn_with_state(Bounds::new(limits.uploads, limits.upload()), bounds))
}

/// Routes on which clients may wait; how many is the watchers' to say.
fn waiting() -> OpenApiRouter<Arc<App>> {
    let longest = orders::status::LONGEST_WAIT_SECONDS.unsigned_abs() + AFTER_THE_WAIT;
    OpenApiRouter::new()
        .routes(routes!(orders::status::status))
        .routes(routes!(orders::events::events))
        .routes(routes!(admin::imports::events::events))
        .layer(from_fn_with_state(Bounds { places: None, time: Duration::from_secs(longest) }, bounds))
}

/// Files of what the shop knows; how many at once is for [`crate::exports`] to say. Once they have begun, nothing but the
/// client's own patience bounds them.
fn exports(app: &App) -> OpenApiRouter<Arc<App>> {
    let time = Duration::from_secs(app.settings.limits.export_seconds);
    OpenApiRouter::new()
        .routes(routes!(admin::exports::products))
        .routes(routes!(admin::exports::prices))
        .routes(routes!(admin::exports::stock))
        .routes(routes!(admin::exports::fitments))
        .routes(routes!(admin::exports::customers))
        .layer(from_fn_with_state(app.audit.clone(), audited))
        .layer(from_fn_with_state(Bounds { places: None, time }, bounds))
}

/// Routes for gateways and carriers.
fn hooks(app: &App) -> OpenApiRouter<Arc<App>> {
    let limits = app.settings.limits;
    OpenApiRouter::new()
        .routes(routes!(webhooks::stripe::stripe_event))
        .routes(routes!(webhooks::razorpay::razorpay_event))
        .routes(routes!(webhooks::carrier::carrier_event))
        .layer(DefaultBodyLimit::max(WEBHOOK_BYTES))
        .layer(from_fn_with_state(Bounds::new(limits.webhooks_in_flight, limits.request()), bounds))
}

fn cors(app: &App) -> Result<CorsLayer, ConfigError> {
    let (idempotency_key, cart_token) = (HeaderName::from_static(IDEMPOTENCY_KEY), HeaderName::from_static(CART_TOKEN));
    Ok(CorsLayer::new()
        .allow_origin(app.settings.allowed_origins()?)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            idempotency_key,
            cart_token.clone(),
            X_REQUEST_ID,
        ])
        .expose_headers([cart_token, header::ETAG, header::LOCATION, header::RETRY_AFTER, X_REQUEST_ID])
        .max_age(Duration::from_secs(3600)))
}
