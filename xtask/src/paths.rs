//! Where things are: the project, what it builds, what was downloaded, what a run writes.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::failure::{Outcome, Trying};

/// The project's top folder.
pub fn root() -> PathBuf {
    // Cargo sets the variable for `cargo run`, which `cargo xtask` is an alias of.
    match env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) {
        Some(here) => here.parent().map_or_else(PathBuf::new, Path::to_owned),
        None => env::current_dir().unwrap_or_default(),
    }
}

/// Where Cargo builds to.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The folder of the built binaries.
pub fn binaries(release: bool) -> PathBuf {
    target().join(if release { "release" } else { "debug" })
}

/// Where downloads are kept: outside `target`, so that a clean build does not fetch again.
///
/// # Errors
/// Neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache() -> Outcome<PathBuf> {
    let xdg = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    xdg.or(home)
        .map(|cache| cache.join("spareparts"))
        .ok_or_else(|| "set HOME or XDG_CACHE_HOME: downloads are kept there".into())
}

/// A program by its path, or by its name along `PATH`.
pub fn find_program(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    if path.components().count() > 1 {
        return path.exists().then(|| path.to_owned());
    }
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(path)).find(|candidate| candidate.is_file())
}

/// The files of one run. The data goes when this is dropped; the logs stay, unless the whole folder
/// is a temporary one.
pub struct WorkDir {
    path: PathBuf,
    temporary: bool,
    /// Held as long as this run lasts, so that another does not empty the folder under it.
    _lock: File,
}

impl WorkDir {
    /// A folder of the project: emptied of an earlier run's data and logs.
    ///
    /// # Errors
    /// The folder cannot be emptied or created.
    pub fn fresh(path: PathBuf) -> Outcome<Self> {
        let dir = Self { _lock: lock(&path)?, path, temporary: false };
        for part in [dir.data(), dir.logs()] {
            if part.exists() {
                fs::remove_dir_all(&part).trying(format!("empty {}", part.display()))?;
            }
            fs::create_dir_all(&part).trying(format!("create {}", part.display()))?;
        }
        Ok(dir)
    }

    /// A folder of this run alone, gone at its end.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn temporary(purpose: &str) -> Outcome<Self> {
        let name = format!("spareparts-{purpose}-{}", std::process::id());
        let mut dir = Self::fresh(env::temp_dir().join(name))?;
        dir.temporary = true;
        Ok(dir)
    }

    /// Where the stores keep their data.
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Where everything logs to.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// The log of one process.
    pub fn log(&self, name: &str) -> PathBuf {
        self.logs().join(format!("{name}.log"))
    }

    /// Something else of this run.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

fn lock(folder: &Path) -> Outcome<File> {
    fs::create_dir_all(folder).trying(format!("create {}", folder.display()))?;
    let file = File::create(folder.join(".lock")).trying(format!("write to {}", folder.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("another run uses {}: end that one first", folder.display()).into())
        }
        Err(TryLockError::Error(error)) => Err(error).trying(format!("lock {}", folder.display())),
    }
}

impl Drop for WorkDir {
    fn drop(&mut self) {
        let doomed = if self.temporary { self.path.clone() } else { self.data() };
        let _ = fs::remove_dir_all(doomed);
    }
}

/// Bytes in all files below a folder; 0 if there is none.
pub fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => size_of(&entry.path()),
            Ok(meta) => meta.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A size the way a download shows it.
pub fn megabytes(folder: &Path) -> String {
    format!("{} MB", size_of(folder) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_is_gone_when_dropped() {
        let dir = WorkDir::temporary("unit").unwrap();
        let path = dir.path.clone();
        fs::write(dir.data().join("x"), "12345").unwrap();
        assert_eq!(size_of(&path), 5);
        drop(dir);
        assert!(!path.exists());
    }

    #[test]
    fn programs_are_found_along_the_path() {
        assert!(find_program("sh".as_ref()).is_some());
        assert!(find_program("no-such-program-here".as_ref()).is_none());
    }
}
