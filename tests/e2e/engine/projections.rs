//! Projections: what was not taken is offered again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use shared::engine::{Changed, Projection};

use e2e::toy::{Tally, Toy, World};

/// Fails a few times, then keeps what it is offered.
#[derive(Clone, Default)]
struct Flaky {
    failures_left: Arc<Mutex<u32>>,
    kept: Arc<Mutex<HashMap<String, (i64, i64)>>>,
}

impl Projection<Tally> for Flaky {
    async fn project(&self, changed: &[Changed<'_, Tally>]) -> Result<(), String> {
        let mut left = self.failures_left.lock().expect("no panic while held");
        if *left > 0 {
            *left -= 1;
            return Err("down".to_owned());
        }
        let mut kept = self.kept.lock().expect("no panic while held");
        kept.extend(changed.iter().map(|change| (change.id.to_owned(), (change.version, change.state.sum))));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_was_down_is_offered_the_newest_version() {
    let world = World::new().await;
    let projection = Flaky { failures_left: Arc::new(Mutex::new(2)), ..Flaky::default() };
    let worker = world.start_projecting(projection.clone());
    world.send(&[("1", "a", Toy::Add(1))]).await;
    world.until_sum(1).await;
    world.send(&[("2", "a", Toy::Add(2))]).await;
    world.until_sum(3).await;
    for _ in 0..100 {
        if projection.kept.lock().expect("no panic while held").get("a").is_some_and(|(_, sum)| *sum == 3) {
            worker.stop().await;
            return world.end().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("never projected: {:?}", projection.kept.lock().expect("no panic while held"));
}
