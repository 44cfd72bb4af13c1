//! F9: no space is left under a store. Its data lies on a small file system of its own, which needs the right to mount one.

use std::{
    fmt,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use futures::future::LocalBoxFuture;
use tokio::time::sleep;

use super::Fault;
use crate::{
    chaos::{ground::Ground, parts::Part, world::World},
    life::Dice,
    store::blocking,
};

const STORES: [Part; 2] = [Part::Kafka, Part::Mongo];
const SIZE: &str = "size=768m";
const BALLAST: &str = "ballast";

struct Full {
    part: Part,
    lasts: Duration,
}

/// A mounted file system, gone when dropped.
struct Mount(PathBuf);

pub(super) fn draw(dice: &mut Dice) -> Box<dyn Fault> {
    let part = dice.one_of(&STORES);
    Box::new(Full { part, lasts: dice.between(Duration::from_secs(2), Duration::from_secs(5)) })
}

pub(super) fn prepare(ground: &mut Ground) -> Result<(), String> {
    for part in STORES {
        let mount = Mount::over(&ground.parts.data(part))?;
        ground.held.push(Box::new(mount));
    }
    Ok(())
}

impl Fault for Full {
    fn lasts(&self) -> Duration {
        self.lasts
    }

    /// A store that found its disk full may end by itself or not; either way it is started again once there is space.
    fn strike<'a>(&'a self, world: &'a World) -> LocalBoxFuture<'a, ()> {
        Box::pin(async {
            let ballast = world.parts.data(self.part).join(BALLAST);
            let filled = ballast.clone();
            blocking(move || fill(&filled)).await;
            world.parts.ask_for_space().await;
            sleep(self.lasts).await;
            world.parts.kill(self.part);
            let _ = fs::remove_file(&ballast);
            world.parts.start_again(self.part);
        })
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no space left for {} for {:.1?}", self.part.name(), self.lasts)
    }
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("a file on the store's disk");
    for piece in [1 << 20, 1 << 12, 1] {
        let zeros = vec![0; piece];
        while file.write_all(&zeros).is_ok() {}
    }
}

impl Mount {
    fn over(folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "none"]).arg(folder);
        let said = mount.output().map_err(|error| format!("mount: {error}"))?;
        if said.status.success() {
            return Ok(Self(folder.to_owned()));
        }
        Err(String::from_utf8_lossy(&said.stderr).trim().to_owned())
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let mut umount = Command::new("umount");
        // At once for everybody, and for good when the last file is closed.
        umount.arg("--lazy").arg(&self.0).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = umount.status();
    }
}
