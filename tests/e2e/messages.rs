//! Codes by e-mail and SMS: from the request to the mailbox and back, and while the provider is down.

use e2e::{Answer, Setup, Stack, client::unused_email, eventually, run};
use serde_json::{Value, json};

async fn post(shop: &Stack, path: &str, body: &Value) -> Answer {
    Answer::of(shop.http().post(format!("{}/api/v1{path}", shop.api())).json(body)).await
}

async fn registered(shop: &Stack, email: &str) {
    let account = json!({ "email": email, "password": "correct horse battery", "name": "Asha" });
    post(shop, "/auth/register", &account).await.expect(201);
}

#[test]
fn who_reads_the_mailbox_logs_in_and_sets_a_new_password_also_after_the_provider_was_down() {
    run(async {
        let shop = Setup::new("messages").start().await;
        let (mailbox, email) = (shop.mailbox(), unused_email());
        registered(&shop, &email).await;
        let ask = async |path: &str, email: &str| {
            let answer = post(&shop, path, &json!({ "email": email })).await;
            answer.expect(202);
            answer.json()
        };

        ask("/auth/otp/send", &email).await;
        let code = mailbox.code(&email, 1).await;
        post(&shop, "/auth/otp/verify", &json!({ "email": email, "code": code })).await.expect(200);
        post(&shop, "/auth/otp/verify", &json!({ "email": email, "code": code }))
            .await
            .expect_problem(401, "invalid_code");

        ask("/auth/password/forgot", &email).await;
        let code = mailbox.code(&email, 2).await;
        let reset = json!({ "email": email, "code": code, "new_password": "another horse battery" });
        post(&shop, "/auth/password/reset", &reset).await.expect(204);
        let login = |password: &str| json!({ "email": email, "password": password });
        post(&shop, "/auth/login", &login("another horse battery")).await.expect(200);
        post(&shop, "/auth/login", &login("correct horse battery")).await.expect(401);

        // Who asks cannot tell whether anything was to be sent, nor that it could not be.
        mailbox.set_faults(&json!({ "decline_rate": 1.0 })).await;
        let (known, unknown) = (ask("/auth/otp/send", &email).await, ask("/auth/otp/send", &unused_email()).await);
        assert_eq!(known, unknown);
        eventually("the provider was asked", async || match mailbox.declined().await {
            0 => Err("it was not".to_owned()),
            _ => Ok(()),
        })
        .await;
        mailbox.set_faults(&json!({})).await;
        let code = mailbox.code(&email, 3).await;
        post(&shop, "/auth/otp/verify", &json!({ "email": email, "code": code })).await.expect(200);

        // The answer is lost, the message is not, and comes once.
        mailbox.set_faults(&json!({ "error_500_after_success_rate": 1.0 })).await;
        ask("/auth/otp/send", &email).await;
        mailbox.code(&email, 4).await;
        eventually("the message is posted again", async || {
            let posts = mailbox.of(&email).await[0]["posts"].clone();
            if posts.as_u64() > Some(1) { Ok(()) } else { Err(posts.to_string()) }
        })
        .await;
        assert_eq!(mailbox.of(&email).await.len(), 4);
    });
}
