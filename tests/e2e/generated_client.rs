//! The API by a client that nobody here wrote: `openapi-python-client` makes it of the description of a running shop, and
//! an app that has nothing else places an order (`generated_client/app.py`).

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use e2e::{catalog::PADS, run, shop};
use serde_json::{Value, json};
use tokio::{process::Command, time::timeout};

const PATIENCE: Duration = Duration::from_secs(120);

/// What lies beside this test.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/generated_client").join(name)
}

/// Where the generator and what its clients need are.
fn program() -> String {
    env::var("OPENAPI_PYTHON_CLIENT_FOLDER").expect("run `cargo xtask test`: OPENAPI_PYTHON_CLIENT_FOLDER is not set")
}

/// What a Python program prints that ends well.
async fn python(modules: &[&Path], arguments: &[&str]) -> String {
    let mut command = Command::new("python3");
    let paths = env::join_paths(modules).expect("paths without a colon");
    command.args(arguments).env("PYTHONPATH", paths).stdin(Stdio::null()).kill_on_drop(true);
    let done = timeout(PATIENCE, command.output()).await.expect("it ends in time").expect("it starts");
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{told}\n{}", String::from_utf8_lossy(&done.stderr));
    told
}

/// Makes the package `shop` in this folder. The least doubt about the description is a failure.
async fn generate(description: &str, folder: &Path) {
    let program = program();
    let (generator, settings) = (format!("{program}/bin/openapi-python-client"), beside("generator.yml"));
    let (settings, package) = (settings.to_string_lossy(), folder.join("shop"));
    let from = [&generator, "generate", "--url", description, "--config", &settings];
    let to = ["--meta", "none", "--output-path", &package.to_string_lossy(), "--fail-on-warning"];
    python(&[program.as_ref()], &[&from[..], &to[..]].concat()).await;
}

#[test]
fn an_app_orders_by_a_client_that_was_generated_from_the_description() {
    run(async {
        let shop = shop().await;
        let folder = shop.file(&format!("generated-client-{}", e2e::client::unused_name()));
        std::fs::create_dir(&folder).unwrap();
        let (api, app, program) = (shop.api(), beside("app.py"), program());
        generate(&format!("{api}/openapi.json"), &folder).await;
        let arguments = [&app.to_string_lossy(), api.as_str(), PADS];
        let told: Value = serde_json::from_str(&python(&[&folder, program.as_ref()], &arguments).await).unwrap();

        let order_ids = told["order_ids"].as_array().unwrap();
        assert_eq!(order_ids.len(), 1, "{told}");
        let lines = json!([[PADS, 2]]);
        assert_eq!((&told["lines"], &told["payment_method"]), (&lines, &json!("cod")));
        assert!(["packed", "shipped", "delivered"].contains(&told["status"].as_str().unwrap()), "{told}");
        let history: Vec<&str> = told["history"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(history.starts_with(&["accepted", "reserving"]) && history.contains(&"packed"), "{told}");
        assert_eq!(told["quoted"], told["total"]);
        assert!(told["total"].as_i64().unwrap() > 0);
        assert_eq!(told["unknown"], json!([404, "product_not_found"]));
    });
}
