//! Downloads that are made once: complete or not there.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, Trying};
use crate::paths;

/// Written last into a finished download.
const MARKER: &str = ".complete";

/// The folder `name` of the cache, if its download was finished.
pub fn present(name: &str) -> Option<PathBuf> {
    let folder = paths::cache().ok()?.join(name);
    folder.join(MARKER).exists().then_some(folder)
}

/// The folder `name` of the cache, which was filled before.
///
/// # Errors
/// It was not.
pub fn fetched(name: &str) -> Outcome<PathBuf> {
    present(name).ok_or_else(|| format!("{name} is not downloaded yet: run `cargo xtask parts` once").into())
}

/// The folder `name` of the cache; `make` fills it where it is not there yet.
///
/// It is filled under another name and renamed when complete, so that an interrupted download starts
/// afresh and two runs side by side do no harm.
///
/// # Errors
/// `make` fails, or the cache cannot be written.
pub fn ensure(name: &str, make: impl FnOnce(&Path) -> Outcome) -> Outcome<PathBuf> {
    if let Some(folder) = present(name) {
        return Ok(folder);
    }
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).trying(format!("create {}", cache.display()))?;
    sweep(&cache);
    let partial = cache.join(format!("{name}.partial-{}", std::process::id()));
    let made = fill(&partial, make).and_then(|()| publish(&partial, &cache.join(name)));
    let _ = fs::remove_dir_all(&partial);
    made
}

fn fill(partial: &Path, make: impl FnOnce(&Path) -> Outcome) -> Outcome {
    let _ = fs::remove_dir_all(partial);
    fs::create_dir_all(partial).trying(format!("create {}", partial.display()))?;
    make(partial)?;
    fs::write(partial.join(MARKER), "").trying(format!("write {}", partial.display()))
}

fn publish(partial: &Path, folder: &Path) -> Outcome<PathBuf> {
    if !folder.join(MARKER).exists() {
        let _ = fs::remove_dir_all(folder);
        fs::rename(partial, folder).trying(format!("rename {}", partial.display()))?;
    }
    Ok(folder.to_owned())
}

/// Removes what interrupted runs left behind.
fn sweep(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.rsplit_once(".partial-"));
        if owner.is_some_and(|(_, pid)| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
