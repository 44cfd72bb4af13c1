//! Calls to the outside.

use std::time::Duration;

use e2e::toy::{Outside, Toy, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_repeated_under_one_key_until_it_is_answered() {
    let world = World::new().await;
    let outside = Outside { failures: 2, ..Outside::default() };
    let worker = world.start(outside.clone());
    world.send(&[("1", "a", Toy::Add(-5)), ("2", "b", Toy::Add(-7))]).await;
    world.until(|tallies| tallies.values().map(|tally| tally.answered).sum::<i64>() == -12).await;
    worker.stop().await;
    let ledger = outside.ledger.lock().expect("no panic while held").clone();
    assert_eq!(ledger.into_values().collect::<Vec<_>>(), vec![3, 3], "two keys, each asked three times");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_worker_died_is_made_again_under_the_same_key() {
    let world = World::new().await;
    let slow = Outside { delay: Duration::from_secs(60), ..Outside::default() };
    let worker = world.start(slow);
    world.send(&[("1", "a", Toy::Add(-5))]).await;
    world.until_sum(-5).await;
    worker.kill();
    let outside = Outside::default();
    let worker = world.start(outside.clone());
    world.until(|tallies| tallies["a"].answered == -5).await;
    worker.stop().await;
    assert_eq!(outside.ledger.lock().expect("no panic while held").len(), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_call_holds_up_no_other_message() {
    let world = World::new().await;
    let slow = Outside { delay: Duration::from_secs(3), ..Outside::default() };
    let worker = world.start(slow);
    world.send(&[("slow", "a", Toy::Add(-1)), ("same", "a", Toy::Add(10)), ("other", "b", Toy::Add(10))]).await;
    world
        .until(|tallies| {
            let done = tallies.values().map(|tally| tally.sum).sum::<i64>() == 19;
            assert!(done || tallies.values().all(|tally| tally.answered == 0), "the call was answered first");
            done
        })
        .await;
    world.until(|tallies| tallies["a"].answered == -1).await;
    worker.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_answers_ends_as_unknown_and_not_as_failed() {
    let mut world = World::new().await;
    world.engine.call_patience_seconds = 1;
    let outside = Outside { failures: u32::MAX, ..Outside::default() };
    let worker = world.start(outside);
    world.send(&[("1", "a", Toy::Add(-5))]).await;
    world.until(|tallies| tallies.get("a").is_some_and(|tally| tally.unknown == 1)).await;
    worker.stop().await;
    world.end().await;
}
