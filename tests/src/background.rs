//! Something that goes on beside a run until it is told to end.

use std::future::Future;

use tokio::{sync::watch, task::JoinHandle};

/// A task with an end that others decide, and what it has gathered by then.
pub struct Background<T> {
    end: watch::Sender<bool>,
    task: JoinHandle<T>,
}

/// The sign that it is time to end.
#[derive(Debug, Clone)]
pub struct End(watch::Receiver<bool>);

impl<T: Send + 'static> Background<T> {
    /// Starts it.
    pub fn start<F>(task: impl FnOnce(End) -> F) -> Self
    where
        F: Future<Output = T> + Send + 'static,
    {
        let (end, ended) = watch::channel(false);
        Self { end, task: tokio::spawn(task(End(ended))) }
    }

    /// Ends it and takes what it has gathered.
    ///
    /// # Panics
    /// When it did.
    pub async fn stop(self) -> T {
        let _ = self.end.send(true);
        self.task.await.expect("a task beside the run")
    }
}

impl End {
    /// Whether it is time.
    #[must_use]
    pub fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for so long, or until it is time if that is sooner.
    pub async fn or_after(&mut self, pause: std::time::Duration) {
        let _ = tokio::time::timeout(pause, self.0.wait_for(|ended| *ended)).await;
    }
}
