//! Every route below `/admin` asks for what its description says, and for nothing less.

use axum::{body::Body, http::Request};
use ingress::auth::{Account, Permission, Permissions, Role};
use mongodb::bson::doc;
use schemas::ids::UserId;
use serde_json::{Value, json};

use crate::{
    samples::drop_record,
    testing::{Bench, request},
};

/// A route with what it says it asks for: `staff`, `admin` or a permission.
#[derive(Debug)]
pub struct Route {
    pub method: String,
    pub template: String,
    pub path: String,
    pub needs: String,
}

impl Route {
    pub async fn all(bench: &Bench) -> Vec<Self> {
        let description = bench.ask(Request::get("/openapi.json").body(Body::empty()).unwrap()).await.1;
        let paths = description["paths"].as_object().unwrap().iter();
        let admin = paths.filter_map(|(path, methods)| Some((path.strip_prefix("/api/v1")?, methods.as_object()?)));
        let admin = admin.filter(|(path, _)| path.starts_with("/admin"));
        let routes = admin.flat_map(|(path, methods)| methods.iter().map(move |(method, route)| (path, method, route)));
        routes.map(|(path, method, route)| Self::of(path, method, route)).collect()
    }

    fn of(template: &str, method: &str, route: &Value) -> Self {
        let parts = template.split('/').map(|part| match part {
            "{email}" => "nobody@example.in",
            "{hsn}" => "8708",
            part if part.starts_with('{') => "0192c1de-7a4c-7b6e-8f3a-2d1c0b9a8e7f",
            part => part,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let roles = route["security"][0]["bearer"].as_array().unwrap_or_else(|| panic!("{method} {path} is open"));
        assert!(roles.len() <= 1, "{method} {path} asks for more than one permission: {roles:?}");
        let needs = roles.first().and_then(Value::as_str).unwrap_or("admin").to_owned();
        Self { method: method.to_uppercase(), template: template.to_owned(), path, needs }
    }

    pub async fn asked_by(&self, bench: &Bench, token: Option<&str>) -> u16 {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        bench.ask(request(&self.method, &self.path, &headers, "{}")).await.0.as_u16()
    }
}

/// The token of somebody with an account of this role and these permissions.
pub async fn somebody(bench: &Bench, role: Role, permissions: Permissions) -> String {
    let email = format!("{}@example.in", UserId::generate());
    let account = Account::new(email, "Somebody".to_owned(), String::new(), String::new());
    let account = Account { role, permissions, ..account };
    bench.app.accounts.create(&account).await.unwrap();
    bench.token_of(account.user_id, role)
}

fn name(permission: &Permission) -> String {
    serde_json::to_value(permission).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_route_for_operators_is_open_to_whom_it_says_and_to_nobody_else() {
    let bench = Bench::on_record().await;
    let all: Permissions = Permission::ALL.iter().copied().collect();
    let admin = somebody(&bench, Role::Admin, Permissions::new()).await;
    let whole_staff = somebody(&bench, Role::Staff, all.clone()).await;
    let mere_staff = somebody(&bench, Role::Staff, Permissions::new()).await;
    let outsiders = [
        somebody(&bench, Role::Customer, Permissions::new()).await,
        somebody(&bench, Role::Wholesale, all.clone()).await,
        somebody(&bench, Role::Customer, all.clone()).await,
        bench.token_of(UserId::generate(), Role::Admin),
        bench.token_of(UserId::generate(), Role::Staff),
    ];
    let routes = Route::all(&bench).await;
    assert!(routes.len() > 15, "{routes:?}");
    for route in &routes {
        assert_eq!(route.asked_by(&bench, None).await, 401, "{route:?}");
        for token in &outsiders {
            assert_eq!(route.asked_by(&bench, Some(token)).await, 403, "{route:?}");
        }
        let is_open = async |token: &str| match route.asked_by(&bench, Some(token)).await {
            403 => false,
            status if status != 401 && status < 500 => true,
            status => panic!("{route:?}: {status}"),
        };
        assert!(is_open(&admin).await, "{route:?}");
        assert_eq!(is_open(&whole_staff).await, route.needs != "admin", "{route:?}");
        assert_eq!(is_open(&mere_staff).await, route.needs == "staff", "{route:?}");
        if matches!(route.needs.as_str(), "admin" | "staff") {
            let is_for_no_permission = matches!(route.template.split('/').nth(2), Some("staff" | "me"));
            assert!(is_for_no_permission, "{route:?} names no permission");
            continue;
        }
        let needed = all.iter().find(|permission| name(permission) == route.needs);
        let needed = *needed.unwrap_or_else(|| panic!("{route:?}: there is no such permission"));
        let with_it = somebody(&bench, Role::Staff, Permissions::from([needed])).await;
        let others = all.iter().copied().filter(|permission| *permission != needed).collect();
        let without = somebody(&bench, Role::Staff, others).await;
        assert!(is_open(&with_it).await && !is_open(&without).await, "{route:?}");
    }
    drop_record(&bench).await;
}

async fn registered(bench: &Bench, name: &str) -> Value {
    let body = json!({"email": format!("{name}@example.in"), "password": "correct horse", "name": name});
    post(bench, "/auth/register", &body).await
}

async fn post(bench: &Bench, path: &str, body: &Value) -> Value {
    bench.ask(request("POST", path, &[("content-type", "application/json")], body.to_string())).await.1
}

async fn get(bench: &Bench, session: &Value, path: &str) -> u16 {
    let bearer = format!("Bearer {}", session["access_token"].as_str().unwrap());
    bench.ask(request("GET", path, &[("authorization", &bearer)], "")).await.0.as_u16()
}

#[tokio::test]
async fn an_admin_appoints_staff_and_every_change_ends_their_sessions() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    let before = registered(&bench, "asha").await;
    let login = json!({"email": "asha@example.in", "password": "correct horse"});
    let form = json!({ "role": "staff", "permissions": ["operations"] });
    let (status, asha) = bench.asked_by_admin(admin, "PUT", "/admin/staff/asha@example.in", &form).await;
    assert_eq!((status, &asha["role"], &asha["permissions"]), (200, &json!("staff"), &json!(["operations"])));
    assert_eq!(get(&bench, &before, "/orders").await, 401);
    let session = post(&bench, "/auth/login", &login).await;
    assert_eq!(get(&bench, &session, "/admin/stuck").await, 200);
    assert_eq!(get(&bench, &session, "/admin/ledger/balances").await, 403);
    // The same again changes nothing, for anybody.
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/staff/asha@example.in", &form).await, (200, asha));
    assert_eq!(get(&bench, &session, "/admin/stuck").await, 200);
    let (_, list) = bench.asked_by_admin(admin, "GET", "/admin/staff", &Value::Null).await;
    let roles: Vec<_> = list["items"].as_array().unwrap().iter().map(|item| item["role"].as_str()).collect();
    assert_eq!(roles, [Some("admin"), Some("staff")]);
    let (_, first) = bench.asked_by_admin(admin, "GET", "/admin/staff?limit=1", &Value::Null).await;
    let path = format!("/admin/staff?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let (_, second) = bench.asked_by_admin(admin, "GET", &path, &Value::Null).await;
    assert_eq!((&second["items"][0]["email"], &second["next_cursor"]), (&json!("asha@example.in"), &Value::Null));
    let dismissal = json!({ "role": "customer" });
    assert_eq!(bench.asked_by_admin(admin, "PUT", "/admin/staff/asha@example.in", &dismissal).await.0, 200);
    assert_eq!(get(&bench, &session, "/orders").await, 401);
    let session = post(&bench, "/auth/login", &login).await;
    assert_eq!(get(&bench, &session, "/admin/stuck").await, 403);
    drop_record(&bench).await;
}

#[tokio::test]
async fn nobody_becomes_an_admin_or_ceases_to_be_one_through_the_api() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    registered(&bench, "asha").await;
    let put = async |email: &str, form: Value| {
        let (status, answer) = bench.asked_by_admin(admin, "PUT", &format!("/admin/staff/{email}"), &form).await;
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(put("asha@example.in", json!({ "role": "admin" })).await, refused(422, "invalid_body"));
    assert_eq!(
        put("asha@example.in", json!({ "role": "staff", "permissions": ["all"] })).await,
        refused(422, "invalid_body")
    );
    let customer = json!({ "role": "customer", "permissions": ["operations"] });
    assert_eq!(put("asha@example.in", customer).await, refused(422, "validation_failed"));
    assert_eq!(put("nobody@example.in", json!({ "role": "staff" })).await, refused(404, "account_not_found"));
    let accounts = bench.mongo.collection::<Account>("accounts");
    let email = accounts.find_one(doc! { "role": "admin" }).await.unwrap().unwrap().email;
    assert_eq!(put(&email, json!({ "role": "customer" })).await, refused(409, "is_admin"));
    assert_eq!(bench.asked_by_admin(admin, "GET", "/admin/me", &Value::Null).await.0, 200);
    drop_record(&bench).await;
}

#[tokio::test]
async fn a_wholesale_approval_leaves_staff_staff() {
    let bench = Bench::on_record().await;
    let admin = bench.admin().await;
    registered(&bench, "asha").await;
    let form = json!({ "role": "staff", "permissions": ["operations"] });
    bench.asked_by_admin(admin, "PUT", "/admin/staff/asha@example.in", &form).await;
    let approval = json!({ "price_list": "wholesale" });
    let path = "/admin/customers/asha@example.in/price-list";
    assert_eq!(bench.asked_by_admin(admin, "PUT", path, &approval).await.0, 404);
    drop_record(&bench).await;
}
