//! Fault points around every step, in processes that really die.

use std::{
    env,
    process::{Child, Command, Stdio},
    time::Duration,
};

use mongodb::bson::{Document, doc};
use shared::{
    config::Environment,
    engine::{Caller, PendingEffect, Unanswered},
    fault_points::{self, Plan},
    telemetry,
};

use super::toy::{Adder, Toy, World};

const WORLD: &str = "TOY_WORLD";
const POINTS: &str = "TOY_POINTS";
const THIS: &str = "engine::fault_points::not_a_test_but_a_worker_that_may_die";

/// An outside that keeps its ledger in the database, where it outlives the worker: how often each key was asked for.
#[derive(Clone)]
struct Ledger(mongodb::Collection<Document>);

impl Ledger {
    fn of(world: &World) -> Self {
        Self(world.database.collection("outside"))
    }
}

impl Caller<Adder> for Ledger {
    async fn call(&self, _: &str, effect: &PendingEffect<i64>) -> Result<Toy, Unanswered> {
        let asked = doc! { "$inc": { "asked": 1 }, "$set": { "amount": effect.effect } };
        let noted = self.0.update_one(doc! { "_id": effect.id.to_string() }, asked).upsert(true).await;
        noted.map_err(|error| Unanswered(error.to_string()))?;
        Ok(Toy::Answered { amount: effect.effect, known: true })
    }

    fn unanswered(&self, _: &str, effect: &i64, _: &Unanswered) -> Toy {
        Toy::Answered { amount: *effect, known: false }
    }
}

/// What the test below starts again and again: a worker with fault points, until it dies or is killed.
#[test]
#[ignore = "a process for the test below"]
fn not_a_test_but_a_worker_that_may_die() {
    let (Ok(name), Ok(points)) = (env::var(WORLD), env::var(POINTS)) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        telemetry::start_logging(Environment::Development);
        fault_points::arm(Plan::parse(&points, u64::from(std::process::id())).unwrap());
        let mut world = World::named(&name).await;
        // One that starts again has its place at once, and takes small bites, so that it comes by many points.
        world.kafka.instance = "only".to_owned();
        world.engine.batch_size = 20;
        let ledger = Ledger::of(&world);
        world.start(ledger).work().await;
    });
}

fn worker(world: &World, points: &str) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([THIS, "--exact", "--ignored", "--nocapture"]).env(WORLD, &world.name).env(POINTS, points);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_fail_lose_their_answer_or_kill_the_worker_count_everything_exactly_once() {
    const ONES: usize = 400;
    const CALLS: usize = 30;
    let steps = ["write", "publish", "call", "project"]
        .map(|step| ["before", "after"].map(|side| format!("{step}.{side}=error:0.1,{step}.{side}=crash:0.03")));
    let offsets = ["offsets.before=crash:0.03,offsets.after=crash:0.03".to_owned()];
    let points = steps.as_flattened().iter().chain(&offsets).cloned().collect::<Vec<_>>().join(",");
    let world = World::new().await;
    world.send_ones(0, ONES).await;
    let calls: Vec<(String, String)> = (0..CALLS).map(|n| (format!("call/{n}"), format!("tally-{}", n % 10))).collect();
    let calls: Vec<_> = calls.iter().map(|(id, tally)| (id.as_str(), tally.as_str(), Toy::Add(-1))).collect();
    world.send(&calls).await;
    let wanted = (ONES as i64 - CALLS as i64, -(CALLS as i64));

    let (mut deaths, mut worker_process) = (0, worker(&world, &points));
    let mut reached = (0, 0);
    for _ in 0..900 {
        let tallies = world.tallies().await;
        reached = (tallies.values().map(|tally| tally.sum).sum(), tallies.values().map(|tally| tally.answered).sum());
        if reached == wanted {
            break;
        }
        if worker_process.try_wait().unwrap().is_some() {
            deaths += 1;
            worker_process = worker(&world, &points);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    worker_process.kill().unwrap();
    worker_process.wait().unwrap();
    assert_eq!(reached, wanted, "after {deaths} deaths");
    assert!(deaths > 0, "nobody died");
    eprintln!("{deaths} workers died");

    // Whoever comes last finds everything done but, at most, something left to publish.
    let last = world.start(Ledger::of(&world));
    world.send(&[("last", "tally-0", Toy::Add(1000))]).await;
    world.until_sum(wanted.0 + 1000).await;
    last.stop().await;
    let tallies = world.tallies().await;
    assert_eq!(tallies.values().map(|tally| tally.answered).sum::<i64>(), wanted.1);
    assert_eq!(tallies.values().map(|tally| tally.unknown).sum::<i64>(), 0);
    assert_eq!(world.told().len(), ONES + CALLS + 1, "each message told others, under one id");
    let asked = Ledger::of(&world).0.count_documents(doc! {}).await.unwrap();
    assert_eq!(asked, CALLS as u64, "each call under one key");
    world.end().await;
}
