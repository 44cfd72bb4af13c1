//! Batches, crashes and pools.

use std::time::Duration;

use e2e::toy::{Outside, Toy, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_message_counts_once_even_if_it_is_in_the_inbox_twice() {
    let world = World::new().await;
    world.send_ones(0, 500).await;
    world.send_ones(0, 500).await;
    let worker = world.start(Outside::default());
    world.until_sum(500).await;
    worker.stop().await;
    assert_eq!(world.tallies().await.values().map(|tally| tally.sum).sum::<i64>(), 500);
    assert_eq!(world.told().len(), 500);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_die_in_the_middle_lose_nothing_and_double_nothing() {
    let world = World::new().await;
    world.send_ones(0, 1000).await;
    for pause in [40, 120, 200] {
        let worker = world.start(Outside::default());
        tokio::time::sleep(Duration::from_millis(pause)).await;
        worker.kill();
    }
    let worker = world.start(Outside::default());
    world.send_ones(1000, 1000).await;
    world.until_sum(2000).await;
    worker.stop().await;
    assert_eq!(world.tallies().await.values().map(|tally| tally.sum).sum::<i64>(), 2000);
    assert_eq!(world.told().len(), 2000);
    world.end().await;
}

/// A worker that waits for records looks up every quarter of a second; once it lost what came at that very moment.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_just_when_a_waiting_worker_looks_up_is_not_missed() {
    let world = World::new().await;
    let worker = world.start(Outside::default());
    world.send_ones(0, 1).await;
    world.until_sum(1).await;
    for index in 1..=40 {
        tokio::time::sleep(Duration::from_millis(236 + index % 16)).await;
        world.send_ones(usize::try_from(index).expect("a small number"), 1).await;
    }
    world.until_sum(41).await;
    worker.stop().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_grows_and_shrinks_loses_nothing_and_doubles_nothing() {
    let world = World::new().await;
    let first = world.start(Outside::default());
    world.send_ones(0, 500).await;
    let second = world.start(Outside::default());
    world.send_ones(500, 500).await;
    world.until_sum(1000).await;
    first.stop().await;
    world.send_ones(1000, 500).await;
    world.until_sum(1500).await;
    second.stop().await;
    let told = world.told();
    assert_eq!(told.len(), 1500);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_in_order_leaves_nothing_to_repeat() {
    let world = World::new().await;
    world.send_ones(0, 300).await;
    let worker = world.start(Outside::default());
    world.until_sum(300).await;
    worker.stop().await;
    let worker = world.start(Outside::default());
    world.send(&[("last", "tally-0", Toy::Add(1))]).await;
    world.until_sum(301).await;
    worker.stop().await;
    assert!(world.told().values().all(|times| *times == 1), "a record was taken again after an orderly end");
    world.end().await;
}
