//! One runtime for all tests of the binary: the shop that they share is used from each of them.

use std::{future::Future, sync::LazyLock};

use tokio::runtime::Runtime;

use crate::environment::Environment;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(start);

/// A runtime of its own, for a program.
///
/// # Panics
/// When the operating system gives no threads.
#[must_use]
pub fn start() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().expect("a runtime")
}

/// Runs a test.
///
/// # Panics
/// Without the real parts: see [`Environment::get`].
pub fn run<F: Future>(test: F) -> F::Output {
    let _ = Environment::get();
    RUNTIME.block_on(test)
}

/// Runs something from a destructor, where nothing can be awaited.
pub fn run_aside<F>(task: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _ = std::thread::spawn(|| RUNTIME.block_on(task)).join();
}
