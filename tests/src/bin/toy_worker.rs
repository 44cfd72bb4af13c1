//! A toy worker with fault points, until it dies or is killed: what `e2e/engine/fault_points.rs` starts again and again.

use std::process::ExitCode;

use clap::Parser;
use e2e::toy::{Ledger, World};
use shared::{
    config::Environment,
    fault_points::{self, Plan},
    telemetry,
};

/// A worker that adds up what it is told, and may die.
#[derive(Parser)]
struct Arguments {
    /// The world that it works in.
    world: String,
    /// Where it fails or dies: see `shared::fault_points`.
    points: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string());
    let worked = runtime.and_then(|runtime| runtime.block_on(work(&arguments)));
    match worked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("toy_worker: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn work(arguments: &Arguments) -> Result<(), String> {
    telemetry::start_logging(Environment::Development);
    fault_points::arm(Plan::parse(&arguments.points, u64::from(std::process::id()))?);
    let mut world = World::named(&arguments.world).await;
    // One that starts again has its place at once, and takes small bites, so that it comes by many points.
    "only".clone_into(&mut world.kafka.instance);
    world.engine.batch_size = 20;
    world.start(Ledger::of(&world)).work().await;
    Ok(())
}
