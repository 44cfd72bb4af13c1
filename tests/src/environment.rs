//! Where the real parts and the built programs are.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// What `cargo xtask test` gives the tests.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The broker, `host:port`.
    pub brokers: String,
    /// The database's connection string.
    pub mongo_uri: String,
    /// The cache, `redis://host:port`.
    pub redis_url: String,
    /// The folder of the built programs.
    pub binaries: PathBuf,
    /// How the broker is reached through a proxy, if it can be.
    pub proxied_broker: Option<ProxiedBroker>,
}

/// A broker sends its clients to the address that it advertises, so a proxy needs a listener that advertises the proxy.
#[derive(Debug, Clone, Copy)]
pub struct ProxiedBroker {
    /// The port of that listener.
    pub listener: u16,
    /// The port that it advertises: the proxy's.
    pub proxy: u16,
}

impl Environment {
    /// The environment of this run.
    ///
    /// # Panics
    /// Without one: the tests then fail at once, each with the line that says what to do.
    #[must_use]
    pub fn get() -> &'static Self {
        if let Some(environment) = ENVIRONMENT.get() {
            return environment;
        }
        match Self::read() {
            Ok(environment) => ENVIRONMENT.get_or_init(|| environment),
            Err(missing) => panic!("run `cargo xtask test`: {missing} is not set"),
        }
    }

    /// Makes this the environment of this process, whatever its variables say: for a program that has parts of its own.
    ///
    /// # Panics
    /// When it has one already.
    pub fn install(self) {
        assert!(ENVIRONMENT.set(self).is_ok(), "this process has found its parts already");
    }

    fn read() -> Result<Self, &'static str> {
        let variable = |name: &'static str| env::var(name).ok().filter(|value| !value.is_empty()).ok_or(name);
        Ok(Self {
            brokers: variable("SPAREPARTS_KAFKA__BROKERS")?,
            mongo_uri: variable("SPAREPARTS_MONGO__URI")?,
            redis_url: variable("SPAREPARTS_REDIS__URL")?,
            binaries: variable("SPAREPARTS_BIN_DIR")?.into(),
            proxied_broker: None,
        })
    }
}

static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();

/// The repository's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
