//! How fast files are checked and carried out, and how much memory the imports daemon takes for it: brings a file of that many
//! new products and one of their stock into the shop that `cargo xtask demo --release` runs, and prints rows a second.
//!
//! `ADMIN_PASSWORD=… cargo run --release -p imports --example import_speed -- --email <the demo's admin> --rows 100000`

#![allow(clippy::print_stdout, reason = "a tool for people")]

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    time::{Duration, Instant},
};

use clap::Parser;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use shared::id::Uuid;

#[derive(Parser)]
struct Arguments {
    /// Where the shop is.
    #[arg(long, default_value = "http://127.0.0.1:8080/api/v1")]
    api: String,
    /// An admin; the password is in `ADMIN_PASSWORD`.
    #[arg(long)]
    email: String,
    /// The rows of each file.
    #[arg(long, default_value_t = 100_000)]
    rows: u32,
}

struct Shop {
    http: Client,
    api: String,
    token: String,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let shop = Shop::log_in(&arguments).await?;
    let run = Uuid::now_v7().simple().to_string()[..12].to_uppercase();
    for (kind, file) in [("products", products(&run, arguments.rows)), ("stock", stock(&run, arguments.rows))] {
        shop.measure(kind, file, arguments.rows).await?;
        println!("the daemon took at most {} MiB", peak_mib()?);
    }
    Ok(())
}

fn products(run: &str, rows: u32) -> String {
    let mut file = "sku,slug,name,category,brand,kind,hsn,price,weight_grams,status,fitment\n".to_owned();
    let lower = run.to_lowercase();
    for row in 0..rows {
        let slug = format!("p-{lower}-{row}");
        let _ = writeln!(
            file,
            "P-{run}-{row},{slug},Part {row},Brakes,Bosch,aftermarket,87083000,{}.50,900,draft,Tata/Nexon/2018/2023",
            100 + row % 900
        );
    }
    file
}

fn stock(run: &str, rows: u32) -> String {
    let mut file = "sku,quantity,receipt\n".to_owned();
    for row in 0..rows {
        let _ = writeln!(file, "P-{run}-{row},5,{run}");
    }
    file
}

impl Shop {
    async fn log_in(arguments: &Arguments) -> Outcome<Self> {
        let (http, api) = (Client::builder().no_proxy().build()?, arguments.api.clone());
        let login = json!({ "email": arguments.email, "password": env::var("ADMIN_PASSWORD")? });
        let session = answer(http.post(format!("{api}/auth/login")).json(&login)).await?;
        let token = session["access_token"].as_str().ok_or("not logged in")?.to_owned();
        Ok(Self { http, api, token })
    }

    async fn measure(&self, kind: &str, file: String, rows: u32) -> Outcome<()> {
        let (key, bytes, begun) = (Uuid::now_v7().to_string(), file.len(), Instant::now());
        let path = format!("{}/admin/imports?kind={kind}", self.api);
        let request = self.http.post(path).bearer_auth(&self.token).header("content-type", "text/csv");
        let brought = answer(request.header("idempotency-key", key).body(file)).await?;
        let path = format!("{}/admin/imports/{}", self.api, brought["import_id"].as_str().unwrap_or_default());
        let checked = self.stands(&path, "checked", begun).await?;
        println!("{kind}: {rows} rows, {bytes} bytes: checked {} a second", rate(rows, checked));
        let begun = Instant::now();
        answer(self.http.post(format!("{path}/start")).bearer_auth(&self.token).json(&json!({}))).await?;
        let finished = self.stands(&path, "finished", begun).await?;
        println!("{kind}: carried out {} a second", rate(rows, finished));
        let seen = answer(self.http.get(&path).bearer_auth(&self.token)).await?;
        println!("{kind}: {}", seen["progress"]);
        Ok(())
    }

    async fn stands(&self, path: &str, status: &str, begun: Instant) -> Outcome<Duration> {
        loop {
            let seen = answer(self.http.get(path).bearer_auth(&self.token)).await?;
            match seen["status"].as_str() {
                Some(found) if found == status => return Ok(begun.elapsed()),
                Some("refused" | "cancelled") => return Err(seen.to_string().into()),
                _ => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

async fn answer(request: RequestBuilder) -> Outcome<Value> {
    let answer = request.send().await?;
    let (status, body) = (answer.status(), answer.text().await?);
    if status.is_success() { Ok(serde_json::from_str(&body)?) } else { Err(format!("{status}: {body}").into()) }
}

fn rate(rows: u32, time: Duration) -> u64 {
    u64::from(rows) * 1_000 / u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The most that the process called `imports` had resident.
fn peak_mib() -> Outcome<u64> {
    for process in fs::read_dir("/proc")?.flatten() {
        let read = |name: &str| fs::read_to_string(process.path().join(name)).unwrap_or_default();
        if read("comm").trim() == "imports" {
            let status = read("status");
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
            return Ok(peak.trim().trim_end_matches(" kB").parse::<u64>()? / 1024);
        }
    }
    Err("no process is called imports".into())
}
