//! Ctrl-C and SIGTERM as a question that every waiting loop asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, atomic::AtomicBool};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::{Failure, Outcome, Trying};

static ARRIVED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Starts listening for SIGINT, SIGTERM and SIGHUP.
///
/// # Errors
/// The operating system refuses a handler.
pub fn install() -> Outcome {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ARRIVED)).trying("listen for signals")?;
    }
    Ok(())
}

fn count() -> usize {
    if ARRIVED.swap(false, Ordering::SeqCst) {
        COUNT.fetch_add(1, Ordering::SeqCst) + 1
    } else {
        COUNT.load(Ordering::SeqCst)
    }
}

/// Whether somebody asked this tool to end.
pub fn requested() -> bool {
    count() >= 1
}

/// Whether somebody asked a second time: whatever is still ending gracefully is killed.
pub fn impatient() -> bool {
    count() >= 2
}

/// Fails once the end was asked for.
///
/// # Errors
/// [`Failure::Interrupted`].
pub fn check() -> Outcome {
    if requested() { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Sleeps, and wakes at once when the end is asked for.
pub fn nap(length: Duration) {
    let until = Instant::now() + length;
    while !requested() && Instant::now() < until {
        thread::sleep(Duration::from_millis(20).min(length));
    }
}
