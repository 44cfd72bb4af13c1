//! Fault points around every step, in processes that really die.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use e2e::toy::{Ledger, Toy, World};

/// A worker with fault points, until it dies or is killed.
fn worker(world: &World, points: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy_worker"));
    command.args([&world.name, points]);
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
    assert_eq!(Ledger::of(&world).keys().await, CALLS as u64, "each call under one key");
    world.end().await;
}
