//! The memory of every process over time.

use std::{fs, time::Duration};

use serde::Serialize;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{
    machine::{field, kib},
    processes::Watched,
};

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The memory of one process, look by look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Memory {
    /// The process.
    pub name: String,
    /// Its resident memory in MiB, one figure a second from the start of the run; 0 once it is gone.
    pub rss_mib: Vec<f64>,
}

impl Memory {
    /// The most it had between these seconds of the run.
    #[must_use]
    pub fn most(&self, from_seconds: f64, to_seconds: f64) -> f64 {
        let looks = self.rss_mib.iter().enumerate();
        looks
            .filter(|(at, _)| (from_seconds..to_seconds).contains(&(*at as f64)))
            .map(|(_, mib)| *mib)
            .fold(0.0, f64::max)
    }
}

/// Looks at the processes until told to stop.
pub async fn watch(processes: Vec<Watched>, start: Instant, until: impl Future<Output = ()>) -> Vec<Memory> {
    let mut memories: Vec<Memory> =
        processes.iter().map(|process| Memory { name: process.name.clone(), rss_mib: Vec::new() }).collect();
    tokio::time::sleep_until(start).await;
    let mut ticks = interval(LOOK_AGAIN);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    tokio::pin!(until);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = &mut until => return memories,
        }
        for (process, memory) in processes.iter().zip(&mut memories) {
            memory.rss_mib.push(resident_mib(process.pid));
        }
    }
}

fn resident_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    kib(field(&status, "VmRSS")) as f64 / 1_024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_looked_at_until_told_to_stop() {
        let this = Watched { name: "this".to_owned(), pid: std::process::id() };
        let until = tokio::time::sleep(Duration::from_millis(1_200));
        let memories = watch(vec![this], Instant::now(), until).await;
        assert_eq!(memories[0].rss_mib.len(), 2);
        assert!(memories[0].most(0.0, 2.0) > 1.0 && memories[0].most(2.0, 9.0) == 0.0);
    }
}
