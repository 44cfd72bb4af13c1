//! Configuration: built-in defaults, then `config/<environment>.toml`, then `SPAREPARTS_…` variables.
//!
//! It is parsed into something already valid or the daemon does not start: unknown keys, wrong types, missing values and
//! what a [`Section`] refuses each give one line that names the key, before anything is logged.

mod checks;
mod rules;

use std::{collections::BTreeMap, env, fmt, path::PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
    value::{Dict, Value},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use self::rules::Rules;

use crate::fault_points::Plan;

/// Where the system runs. The three differ in what they allow and show, never in what they do to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A developer's machine: demo secrets, open documentation, error details.
    Development,
    /// Mirrors production on test accounts and simulators; documentation behind a password.
    Staging,
    /// The shop. No demo secrets, no documentation, no error details.
    Production,
}

/// The broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaSettings {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// In front of every topic and consumer group: lets several deployments share a broker.
    pub topic_prefix: String,
    /// Partitions of a topic that this deployment creates: the most workers a pool can use.
    pub partitions: i32,
    /// Copies of each partition. Production: 3, with `min.insync.replicas` 2.
    pub replication: i32,
    /// How long a silent worker keeps its partitions, in milliseconds. The broker allows no less than 6000.
    pub session_timeout_ms: u32,
    /// A name of its own for each worker of a pool makes its membership static: a restart within the session time-out
    /// moves no partition. Empty for dynamic membership.
    pub instance: String,
}

/// The record.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MongoSettings {
    /// The connection string.
    pub uri: String,
    /// The database.
    pub database: String,
}

/// The status cache.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedisSettings {
    /// `redis://host:port`.
    pub url: String,
}

/// Health, readiness and metrics.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsSettings {
    /// `host:port`; empty takes `127.0.0.1` and the daemon's port from `ports`.
    pub listen: String,
    /// Each daemon's port when `listen` is empty.
    pub ports: BTreeMap<String, u16>,
}

/// The engine's patience and sizes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSettings {
    /// The most records taken at once.
    pub batch_size: usize,
    /// The most calls to the outside at once.
    pub max_calls: usize,
    /// How long a call that gets no answer is repeated before its fate is called unknown, in seconds.
    pub call_patience_seconds: u64,
    /// How often due deadlines are looked for, in milliseconds.
    pub sweep_interval_ms: u64,
    /// How long after its deadline something counts as stuck, in seconds.
    pub stuck_grace_seconds: u64,
}

/// What goes wrong on purpose, in development alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSettings {
    /// Which [`fault_points`](crate::fault_points) do what and how likely, for example `publish.after=error:0.01`.
    pub points: String,
    /// What is drawn at the points follows from this and the process' number, so that one that starts again draws anew.
    pub seed: u64,
    /// A file that says how many milliseconds the [`clock`](crate::clock) is ahead.
    pub clock_file: String,
}

/// What all daemons have in common, and the daemon's own section.
#[derive(Debug, Clone)]
pub struct Config<S> {
    /// Where the system runs.
    pub environment: Environment,
    /// `[kafka]`.
    pub kafka: KafkaSettings,
    /// `[mongo]`.
    pub mongo: MongoSettings,
    /// `[redis]`.
    pub redis: RedisSettings,
    /// `[ops]`.
    pub ops: OpsSettings,
    /// `[engine]`.
    pub engine: EngineSettings,
    /// `[faults]`.
    pub faults: FaultSettings,
    /// The daemon's own section, named like the daemon.
    pub own: S,
}

/// A daemon's own section: what it refuses to start with.
pub trait Section: DeserializeOwned {
    /// Checks what types cannot: refuses to start rather than to run on a mistake.
    ///
    /// # Errors
    /// [`ConfigError`] naming the key.
    fn check(&self, _environment: Environment) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Checks what it must have in common with other sections, as far as they are given to this process.
    ///
    /// # Errors
    /// [`ConfigError`] naming the keys that contradict each other.
    fn check_beside(_others: &Layers) -> Result<(), ConfigError> {
        Ok(())
    }
}

/// The whole configuration as this process is given it, other daemons' sections included.
#[derive(Debug, Clone)]
pub struct Layers(Figment);

/// Why a daemon does not start.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(pub String);

impl ConfigError {
    /// What is wrong with a key such as `ingress.jwt_secret`, with the variable that sets it.
    #[must_use]
    pub fn about(key: &str, what: &str) -> Self {
        Self(format!("{key} {what} ({PREFIX}{})", key.to_ascii_uppercase().replace('.', "__")))
    }
}

impl Layers {
    /// The layers in which a file's text is the only one.
    #[must_use]
    pub fn of(toml: &str) -> Self {
        Self(Figment::from(Toml::string(toml)))
    }

    /// What `section.key` is set to, if it is.
    ///
    /// # Errors
    /// [`ConfigError`] when it is set to something else.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, ConfigError> {
        if !self.0.contains(key) {
            return Ok(None);
        }
        self.0.extract_inner(key).map(Some).map_err(|error| readable(&error))
    }
}

const DEFAULTS: &str = include_str!("defaults.toml");
const PREFIX: &str = "SPAREPARTS_";
/// Variables with the prefix that are not configuration keys.
const NOT_KEYS: [&str; 3] = ["env", "config_dir", "bin_dir"];
/// The sections a file may have: the common ones, then one per daemon.
const SECTIONS: [&str; 15] = [
    "kafka",
    "mongo",
    "redis",
    "ops",
    "engine",
    "faults",
    "ingress",
    "orders",
    "inventory",
    "coupons",
    "payments",
    "invoicing",
    "shipping",
    "catalog",
    "imports",
];
/// How many of them are common.
const COMMON: usize = 6;

/// Loads the configuration of the daemon `name`.
///
/// # Errors
/// [`ConfigError`] naming the key.
pub fn load<S: Section>(name: &str) -> Result<Config<S>, ConfigError> {
    let environment = environment()?;
    let layers = layers(name, environment)?;
    let config: Config<S> = Config {
        environment,
        kafka: section(&layers, "kafka")?,
        mongo: section(&layers, "mongo")?,
        redis: section(&layers, "redis")?,
        ops: section(&layers, "ops")?,
        engine: section(&layers, "engine")?,
        faults: section(&layers, "faults")?,
        own: section(&layers, name)?,
    };
    config.check_common()?;
    config.own.check(environment)?;
    S::check_beside(&layers)?;
    Ok(config)
}

/// The effective configuration as TOML-like lines, secrets masked.
///
/// # Errors
/// [`ConfigError`] when the layers do not even parse.
pub fn describe(name: &str) -> Result<String, ConfigError> {
    let environment = environment()?;
    let all: Dict = layers(name, environment)?.0.extract().map_err(|error| readable(&error))?;
    let mut lines = vec![format!("environment = {environment}")];
    for (section, value) in &all {
        if SECTIONS[..COMMON].contains(&section.as_str()) || section == name {
            flatten(section, value, &mut lines);
        }
    }
    Ok(lines.join("\n"))
}

fn environment() -> Result<Environment, ConfigError> {
    match env::var("SPAREPARTS_ENV").as_deref() {
        Err(_) | Ok("" | "development") => Ok(Environment::Development),
        Ok("staging") => Ok(Environment::Staging),
        Ok("production") => Ok(Environment::Production),
        Ok(other) => {
            Err(ConfigError(format!("SPAREPARTS_ENV is {other:?}; it must be development, staging or production")))
        }
    }
}

fn layers(name: &str, environment: Environment) -> Result<Layers, ConfigError> {
    let folder = env::var_os("SPAREPARTS_CONFIG_DIR").map_or_else(|| PathBuf::from("config"), PathBuf::from);
    let variables = Env::prefixed(PREFIX).filter(|key| !NOT_KEYS.contains(&key.as_str().to_lowercase().as_str()));
    let figment = Figment::from(Serialized::default(name, Dict::new()))
        .merge(Toml::string(DEFAULTS))
        .merge(Toml::file_exact(folder.join(format!("{environment}.toml"))))
        .merge(variables.split("__"));
    let all: Dict = figment.extract().map_err(|error| readable(&error))?;
    match all.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
        Some(unknown) => Err(ConfigError(format!("unknown section {unknown:?}; known are {}", SECTIONS.join(", ")))),
        None => Ok(Layers(figment)),
    }
}

fn section<T: DeserializeOwned>(layers: &Layers, name: &str) -> Result<T, ConfigError> {
    layers.0.focus(name).extract().map_err(|error| {
        let ConfigError(text) = readable(&error);
        ConfigError(format!("[{name}] {text}"))
    })
}

/// Figment's own text, on one line.
fn readable(error: &figment::Error) -> ConfigError {
    ConfigError(error.to_string().replace('\n', "; "))
}

fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Dict(_, entries) => {
            for (key, value) in entries {
                flatten(&format!("{path}.{key}"), value, lines);
            }
        }
        _ if is_secret(path) => lines.push(format!("{path} = ****")),
        other => lines.push(format!("{path} = {}", masked_uri(&scalar(other)))),
    }
}

fn is_secret(path: &str) -> bool {
    let key = path.rsplit('.').next().unwrap_or(path);
    ["secret", "password", "token", "secret_key"].iter().any(|word| key.ends_with(word))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|signed| signed.to_string())
            .or_else(|| number.to_u128().map(|unsigned| unsigned.to_string()))
            .or_else(|| number.to_f64().map(|float| float.to_string()))
            .unwrap_or_default(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Array(_, items) => items.iter().map(scalar).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

/// Hides the user and password of a connection string.
fn masked_uri(text: &str) -> String {
    // A password may contain an @ of its own: the last one ends it.
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}****{}", &text[..scheme + 3], &text[at..]),
        _ => text.to_owned(),
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        })
    }
}

impl OpsSettings {
    /// Where the daemon `name` listens.
    #[must_use]
    pub fn address(&self, name: &str) -> String {
        if self.listen.is_empty() {
            format!("127.0.0.1:{}", self.ports.get(name).copied().unwrap_or(0))
        } else {
            self.listen.clone()
        }
    }
}

impl FaultSettings {
    /// The fault points to arm.
    ///
    /// # Errors
    /// [`ConfigError`] naming the point that does not exist or makes no sense.
    pub fn plan(&self) -> Result<Plan, ConfigError> {
        let seed = self.seed.wrapping_mul(1 << 32).wrapping_add(u64::from(std::process::id()));
        Plan::parse(&self.points, seed)
            .map_err(|problem| ConfigError::about("faults.points", &format!("makes no sense: {problem}")))
    }
}

impl KafkaSettings {
    /// A topic's full name in this deployment.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.topic_prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_in_a_connection_string_is_masked() {
        assert_eq!(masked_uri("mongodb://u:p@h:1/?x=y"), "mongodb://****@h:1/?x=y");
        assert_eq!(masked_uri("redis://h:1"), "redis://h:1");
    }

    #[test]
    fn a_number_of_any_kind_is_shown() {
        assert_eq!(scalar(&Value::from(27_u8)), "27");
        assert_eq!(scalar(&Value::from(-5_i64)), "-5");
        assert_eq!(scalar(&Value::from(1.5)), "1.5");
    }

    #[test]
    fn keys_that_name_secrets_are_masked() {
        assert!(is_secret("payments.stripe_secret_key") && is_secret("ingress.docs_password"));
        assert!(!is_secret("payments.stripe_url"));
    }

    #[test]
    fn the_built_in_defaults_are_complete_for_every_common_section() {
        let layers = Layers::of(DEFAULTS);
        assert!(section::<KafkaSettings>(&layers, "kafka").is_ok());
        assert!(section::<MongoSettings>(&layers, "mongo").is_ok());
        assert!(section::<RedisSettings>(&layers, "redis").is_ok());
        assert!(section::<OpsSettings>(&layers, "ops").is_ok());
        assert!(section::<EngineSettings>(&layers, "engine").is_ok());
        assert_eq!(section::<FaultSettings>(&layers, "faults").ok(), Some(FaultSettings::default()));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let layers = Layers(Layers::of(DEFAULTS).0.merge(Toml::string("[redis]\nurll = \"x\"")));
        let error = section::<RedisSettings>(&layers, "redis").unwrap_err();
        assert!(error.to_string().contains("urll"), "{error}");
    }

    #[test]
    fn a_key_of_another_section_is_seen_where_it_is_given_and_refused_by_name_where_it_is_something_else() {
        let layers = Layers::of("[invoicing.seller]\nstate_code = \"27\"");
        assert_eq!(layers.get::<String>("invoicing.seller.state_code").unwrap().as_deref(), Some("27"));
        assert_eq!(layers.get::<String>("ingress.seller_state_code").unwrap(), None);
        let error = layers.get::<u8>("invoicing.seller.state_code").unwrap_err().to_string();
        assert!(error.contains("invoicing.seller.state_code") && !error.contains('\n'), "{error}");
    }
}
