//! Removing what a shop stored: when it ends, and, for a run that was killed, when the next run begins.

use std::path::Path;

use mongodb::Database;
use tokio::sync::OnceCell;

use crate::{kafka, runtime, store};

/// How everything that the tests store begins: `e2e-<process>-<number>`.
pub(super) const PREFIX: &str = "e2e-";

/// Removes what a shop stored.
pub(super) fn remove(database: Database, prefix: String) {
    runtime::run_aside(async move {
        let _ = database.drop().await;
        remove_topics_and_keys(&prefix).await;
    });
}

/// Removes what runs stored whose process is gone; once in this process.
pub(super) async fn sweep() {
    static SWEPT: OnceCell<()> = OnceCell::const_new();
    SWEPT.get_or_init(sweep_once).await;
}

async fn sweep_once() {
    sweep_logs();
    let client = store::client().await;
    for name in client.list_database_names().await.unwrap_or_default() {
        if is_dead(&name) {
            let _ = client.database(&name).drop().await;
            remove_topics_and_keys(&format!("{name}.")).await;
        }
    }
}

/// The logs of a run are kept until the next one begins.
fn sweep_logs() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_dead) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

async fn remove_topics_and_keys(prefix: &str) {
    let wanted = prefix.to_owned();
    if let Ok(topics) = tokio::task::spawn_blocking(move || kafka::topic_names(&wanted)).await {
        kafka::delete_topics(&topics).await;
    }
    store::delete_cache_keys(store::cache_keys(prefix).await).await;
}

/// Whether a name is that of a run whose process is gone.
fn is_dead(name: &str) -> bool {
    let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
    process.is_some_and(|pid| !Path::new("/proc").join(pid).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_run_left_is_swept() {
        assert!(is_dead("e2e-4194305-1"), "no process has a number beyond the kernel's limit");
        assert!(!is_dead(&format!("e2e-{}-1", std::process::id())));
        assert!(!is_dead("spareparts") && !is_dead("admin"));
    }
}
