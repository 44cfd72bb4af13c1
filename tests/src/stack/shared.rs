//! The shops that tests share, so that not every test waits for one to start.

use std::ops::Deref;

use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::{Setup, Stack};
use crate::catalog::Catalog;

/// How many pairs of parts there are of which one unit is left: `LAST-<n>-A` and `LAST-<n>-B`.
pub const PAIRS: usize = 12;

/// A test's use of a shared shop: shows the shop's logs when the test fails.
pub struct Guest(&'static Stack);

/// A test's use of the quiet shop: nobody else uses it meanwhile.
pub struct QuietGuest {
    guest: Guest,
    _alone: MutexGuard<'static, ()>,
}

/// The shop that most tests share. They run side by side, so each looks at its own orders alone.
pub async fn shop() -> Guest {
    static SHOP: OnceCell<Stack> = OnceCell::const_new();
    let setup = || Setup::new("shared").catalog(catalog());
    Guest(SHOP.get_or_init(|| setup().start()).await)
}

/// The shop where nothing happens but what the one test does that uses it: for tests that show that nothing happened.
pub async fn quiet_shop() -> QuietGuest {
    static SHOP: OnceCell<Stack> = OnceCell::const_new();
    static ALONE: Mutex<()> = Mutex::const_new(());
    let guest = Guest(SHOP.get_or_init(|| Setup::new("quiet").start()).await);
    QuietGuest { guest, _alone: ALONE.lock().await }
}

fn catalog() -> Catalog {
    (0..PAIRS).fold(Catalog::demo(), |catalog, pair| {
        catalog.with(&format!("LAST-{pair}-A"), 1).with(&format!("LAST-{pair}-B"), 1)
    })
}

impl Deref for Guest {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        self.0
    }
}

impl Deref for QuietGuest {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.guest
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0.last_words());
        }
    }
}
