//! The wall clock of this process, which a test may shift to reach midnight, the end of a token or of a year at once.
//!
//! Timers are not shifted, nor are the times within ids, which only put them in order.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// Between two looks at the file.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

static OFFSET_MILLIS: AtomicI64 = AtomicI64::new(0);
static FILE: OnceLock<PathBuf> = OnceLock::new();

/// Now, in milliseconds since the Unix epoch, as far shifted as the followed file says.
pub(crate) fn now_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond().saturating_add(OFFSET_MILLIS.load(Relaxed))
}

/// Whether the clock may be shifted. The broker's cannot, so that the processes themselves must stamp their records then.
pub(crate) fn may_be_shifted() -> bool {
    FILE.get().is_some()
}

/// From now on the clock is as many milliseconds ahead as this file says; a file that is missing or being written changes
/// nothing. `[faults] clock_file` names it, in development alone.
///
/// # Errors
/// A text when the machine has no thread left.
pub fn follow(file: PathBuf) -> Result<(), String> {
    let file = FILE.get_or_init(|| file);
    look(file);
    let looking = move || {
        loop {
            thread::sleep(LOOK_AGAIN);
            look(file);
        }
    };
    let started = thread::Builder::new().name("clock".to_owned()).spawn(looking);
    started.map(drop).map_err(|error| format!("no thread to follow {}: {error}", file.display()))
}

fn look(file: &Path) {
    let Some(offset) = fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) else { return };
    if OFFSET_MILLIS.swap(offset, Relaxed) != offset {
        tracing::warn!(offset_millis = offset, "the clock was shifted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The only test that shifts: the others of this process must not see it, so it goes back at once and not far.
    #[test]
    fn the_clock_goes_by_the_file_and_by_the_last_one_that_made_sense() {
        let file = std::env::temp_dir().join(format!("clock-{}", std::process::id()));
        let shift = |text: &str| {
            fs::write(&file, text).unwrap();
            look(&file);
            OFFSET_MILLIS.load(Relaxed)
        };
        assert_eq!(shift("5\n"), 5);
        assert_eq!(shift(""), 5);
        assert_eq!(shift("soon"), 5);
        assert_eq!(shift("-3"), -3);
        assert_eq!(shift("0"), 0);
        fs::remove_file(&file).unwrap();
        look(&file);
        assert_eq!(OFFSET_MILLIS.load(Relaxed), 0);
    }
}
