//! The first admin, made and unmade on the command line.

use std::process::Output;

use e2e::{
    Answer, Customer, Stack,
    client::{PASSWORD, unused_email},
    run, shop,
};
use reqwest::Method;
use serde_json::{Value, json};

/// What `make-admin` complains of, in one line.
fn complaint(refused: &Output) -> String {
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && refused.stdout.is_empty(), "{refused:?}");
    assert_eq!(told.lines().count(), 1, "{told}");
    told
}

async fn make_new(shop: &Stack, email: &str, password: &str) -> Output {
    shop.tool_with("make-admin", &[("ADMIN_PASSWORD", password)], &["--new", "Asha Rao", email]).await
}

/// What the command did to an account, the newest first, as the audit log has it.
async fn written_down(reader: &Customer, account: &str) -> Vec<Value> {
    let page = reader.get(&format!("/admin/audit?actor=make-admin&subject={account}")).await.expect(200).json();
    page["items"].as_array().cloned().unwrap_or_default()
}

#[test]
fn an_account_is_made_an_admin_and_a_customer_again_and_the_audit_log_has_both() {
    run(async {
        let shop = shop().await;
        let (reader, customer) = (shop.admin().await, shop.customer().await);
        let account = customer.get("/users/me").await.expect(200).json()["user_id"].as_str().unwrap().to_owned();
        customer.get("/admin/audit").await.expect_problem(403, "forbidden");
        assert!(written_down(&reader, &account).await.is_empty());

        let told = shop.command("make-admin", &[customer.email()]).await;
        assert_eq!(told, format!("{} is an admin\n", customer.email()));
        let admin = Customer::log_in(shop.http().clone(), &shop.api(), customer.email()).await;
        admin.get("/admin/audit").await.expect(200);

        shop.command("make-admin", &["--revoke", customer.email()]).await;
        for token_of in [&admin, &customer] {
            token_of.get("/admin/audit").await.expect_problem(403, "forbidden");
        }
        let entries = written_down(&reader, &account).await;
        let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap_or_default()).collect();
        assert_eq!(actions, ["made a customer", "made an admin"]);
        assert!(entries.iter().all(|entry| !entry.to_string().contains(customer.email())), "{entries:?}");

        let nobody = complaint(&shop.tool("make-admin", &[&unused_email()]).await);
        assert!(nobody.contains("there is no such account"), "{nobody}");
    });
}

#[test]
fn no_admin_has_a_password_that_no_customer_could_have() {
    run(async {
        let shop = shop().await;
        let (customer, email) = (shop.customer().await, unused_email());
        let long = "k".repeat(129);
        for weak in ["", "short", "9 letters", &long] {
            for whose in [email.as_str(), customer.email()] {
                let told = complaint(&make_new(&shop, whose, weak).await);
                assert!(told.contains("ADMIN_PASSWORD: must have 10 to 128 characters"), "{told}");
                assert!(weak.is_empty() || !told.contains(weak), "{told}");
            }
        }
        customer.get("/admin/audit").await.expect_problem(403, "forbidden");
        let login = json!({ "email": email, "password": PASSWORD });
        let login = || customer.anonymous(Method::POST, "/auth/login").json(&login);
        Answer::of(login()).await.expect_problem(401, "invalid_credentials");

        assert!(make_new(&shop, &email, PASSWORD).await.status.success());
        Answer::of(login()).await.expect(200);
        // Whoever has the account already keeps the password: the command cannot be used to take it over.
        assert!(make_new(&shop, customer.email(), "another good password").await.status.success());
        let admin = Customer::log_in(shop.http().clone(), &shop.api(), customer.email()).await;
        admin.get("/admin/audit").await.expect(200);
        shop.command("make-admin", &["--revoke", customer.email()]).await;
        shop.command("make-admin", &["--revoke", &email]).await;
    });
}
