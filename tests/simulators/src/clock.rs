//! The only place that reads the clock; the state machines are handed the time.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering::Relaxed},
    thread,
    time::Duration,
};

use jiff::Timestamp;

/// Between two looks at the file that shifts the clock.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

static OFFSET_MILLIS: AtomicI64 = AtomicI64::new(0);

/// Seconds since the Unix epoch, the unit in which the gateways state times.
pub fn unix_seconds() -> i64 {
    unix_millis().div_euclid(1000)
}

/// Milliseconds since the Unix epoch, the unit of the ledger, fine enough to order what happened.
pub fn unix_millis() -> i64 {
    Timestamp::now().as_millisecond().saturating_add(OFFSET_MILLIS.load(Relaxed))
}

/// From now on the clock is as many milliseconds ahead as this file says; while it says nothing, nothing changes.
pub fn follow(file: PathBuf) {
    look(&file);
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK_AGAIN);
            look(&file);
        }
    });
}

fn look(file: &Path) {
    if let Some(offset) = fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) {
        OFFSET_MILLIS.store(offset, Relaxed);
    }
}
