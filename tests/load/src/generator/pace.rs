//! When it is time, to some tens of microseconds: the runtime's own timer counts whole milliseconds, which would be a good part
//! of what a read takes.

use std::thread;

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::Instant,
};

use super::schedule::Schedule;

/// Tells the number of each step of a schedule when it is meant to start, until `until`.
pub fn pace(schedule: Schedule, until: Instant) -> UnboundedReceiver<u64> {
    let (tell, told) = unbounded_channel();
    thread::spawn(move || {
        for n in (0..).take_while(|n| schedule.at(*n) < until) {
            thread::sleep(schedule.at(n).saturating_duration_since(Instant::now()));
            if tell.send(n).is_err() {
                return;
            }
        }
    });
    told
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn each_step_is_told_once_and_not_before_its_time() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 1_000.0);
        let mut told = pace(schedule.clone(), start + Duration::from_millis(50));
        for expected in 0..50 {
            assert_eq!(told.recv().await, Some(expected));
            assert!(Instant::now() >= schedule.at(expected));
        }
        assert_eq!(told.recv().await, None);
    }
}
