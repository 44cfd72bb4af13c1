//! The API against its description, by a client that nobody here wrote: `schemathesis` sends what the description allows
//! and what it does not, and compares every answer with what it says.

use std::{env, process::Stdio, time::Duration};

use e2e::{Basket, Setup, catalog::PADS, run};
use schemas::types::OrderStatus as S;
use tokio::{process::Command, time::timeout};

/// What must hold of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,\
                      response_headers_conformance,negative_data_rejection,unsupported_method,missing_required_header,ignored_auth";
const PHASES: &str = "examples,coverage,fuzzing";
/// These end the session that the client has, wait for what does not happen, or never end.
const LEFT_OUT: &str = "logout|password|/users/me/sessions|/events$|/status$";
/// It takes a workbook, which the client cannot make.
const UPLOAD: &str = "post_admin_imports";
/// What only operators may do.
const ADMIN: &str = "/admin/";
const PATIENCE: Duration = Duration::from_secs(600);

/// One run of it.
struct Trial<'a> {
    description: &'a str,
    folder: &'a str,
    /// Whose it is; a stranger has none.
    token: Option<&'a str>,
    /// Those that the client may call, beyond what is left out.
    paths: Option<&'a str>,
    left_out: &'a str,
}

impl Trial<'_> {
    async fn holds(&self) {
        let report = self.command().output();
        let report = timeout(PATIENCE, report).await.expect("it ends in time").expect("it starts");
        let told = String::from_utf8_lossy(&report.stdout);
        assert!(report.status.success(), "{told}\n{}", String::from_utf8_lossy(&report.stderr));
        assert!(told.contains("selected"), "{told}");
    }

    fn command(&self) -> Command {
        let program = env::var("SCHEMATHESIS_FOLDER").expect("run `cargo xtask test`: SCHEMATHESIS_FOLDER is not set");
        let mut command = Command::new("python3");
        command
            .arg(format!("{program}/bin/schemathesis"))
            .args(["run", self.description])
            .args(self.token.iter().flat_map(|token| ["--header".to_owned(), format!("Authorization: Bearer {token}")]))
            .args(["--checks", CHECKS, "--phases", PHASES, "--exclude-path-regex", self.left_out])
            .args(["--exclude-operation-id", UPLOAD])
            .args(self.paths.into_iter().flat_map(|paths| ["--include-path-regex", paths]))
            .args(["--max-examples", "5", "--seed", "1", "--request-timeout", "20", "--no-color"])
            .args(["--suppress-health-check", "all"])
            .env("PYTHONPATH", &program)
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

#[test]
fn the_api_answers_customers_as_its_description_says() {
    run(async {
        let shop = Setup::new("description").start().await;
        let customer = shop.customer().await;
        customer.place(&Basket::of(&shop.catalog, &[(PADS, 1)]).paid_by("cod")).await.reaches(S::Packed).await;
        let (description, folder) = (format!("{}/openapi.json", shop.api()), shop.file("."));
        let folder = folder.to_str().expect("a path in UTF-8");
        let left_out = format!("{ADMIN}|{LEFT_OUT}");
        let trial = Trial {
            description: &description,
            folder,
            token: Some(&customer.token()),
            paths: None,
            left_out: &left_out,
        };
        trial.holds().await;
    });
}

#[test]
fn the_api_answers_strangers_as_its_description_says() {
    run(async {
        let shop = Setup::new("description-strangers").start().await;
        let (description, folder) = (format!("{}/openapi.json", shop.api()), shop.file("."));
        let folder = folder.to_str().expect("a path in UTF-8");
        // Without a session nothing can be ended or waited for.
        let trial = Trial { description: &description, folder, token: None, paths: None, left_out: "^$" };
        trial.holds().await;
    });
}

#[test]
fn the_api_answers_operators_as_its_description_says() {
    run(async {
        let shop = Setup::new("description-admin").start().await;
        let admin = shop.admin().await;
        let (description, folder) = (format!("{}/openapi.json", shop.api()), shop.file("."));
        let folder = folder.to_str().expect("a path in UTF-8");
        let paths = Some(ADMIN);
        let trial = Trial { description: &description, folder, token: Some(&admin.token()), paths, left_out: LEFT_OUT };
        trial.holds().await;
    });
}
