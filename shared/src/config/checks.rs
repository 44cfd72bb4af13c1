//! What types cannot say of the sections that all daemons have.

use mongodb::options::ConnectionString;

use super::{
    Config, ConfigError, EngineSettings, Environment, FaultSettings, KafkaSettings, MongoSettings, RedisSettings,
};

/// What the broker allows as a session, and the client library beside its other settings, in milliseconds.
const SESSIONS: std::ops::RangeInclusive<u32> = 6_000..=300_000;

impl<S> Config<S> {
    /// Checks the common sections.
    pub(super) fn check_common(&self) -> Result<(), ConfigError> {
        self.faults.check(self.environment)?;
        self.kafka.check()?;
        self.mongo.check()?;
        self.redis.check()?;
        self.engine.check()
    }
}

impl FaultSettings {
    fn check(&self, environment: Environment) -> Result<(), ConfigError> {
        let given = [
            ("faults.points", !self.points.is_empty()),
            ("faults.seed", self.seed != 0),
            ("faults.clock_file", !self.clock_file.is_empty()),
        ];
        match given.into_iter().find(|(_, given)| *given) {
            Some((key, _)) if environment != Environment::Development => {
                refuse(key, &format!("is for development alone and this is {environment}: leave it out"))
            }
            _ => self.plan().map(drop),
        }
    }
}

impl KafkaSettings {
    fn check(&self) -> Result<(), ConfigError> {
        if self.brokers.trim().is_empty() {
            return refuse("kafka.brokers", "is empty; it must be host:port");
        }
        if self.partitions < 1 {
            return refuse("kafka.partitions", "must be at least 1");
        }
        if self.replication < 1 {
            return refuse("kafka.replication", "must be at least 1");
        }
        if !SESSIONS.contains(&self.session_timeout_ms) {
            return refuse("kafka.session_timeout_ms", "must be 6000 to 300000");
        }
        Ok(())
    }
}

impl MongoSettings {
    fn check(&self) -> Result<(), ConfigError> {
        match ConnectionString::parse(&self.uri) {
            Ok(_) if self.database.is_empty() => refuse("mongo.database", "is empty"),
            Ok(_) => Ok(()),
            // Not what the driver says of it, which may cite what stands where it expects something else: the password.
            Err(_) => refuse("mongo.uri", "is no connection string such as mongodb://host:port/?replicaSet=rs0"),
        }
    }
}

impl RedisSettings {
    fn check(&self) -> Result<(), ConfigError> {
        match redis::Client::open(self.url.as_str()) {
            Ok(_) => Ok(()),
            Err(_) => refuse("redis.url", "is no address such as redis://host:port"),
        }
    }
}

impl EngineSettings {
    fn check(&self) -> Result<(), ConfigError> {
        if self.batch_size == 0 {
            return refuse("engine.batch_size", "must be at least 1");
        }
        if self.max_calls == 0 {
            return refuse("engine.max_calls", "must be at least 1");
        }
        if self.sweep_interval_ms == 0 {
            return refuse("engine.sweep_interval_ms", "must be at least 1");
        }
        Ok(())
    }
}

fn refuse(key: &str, what: &str) -> Result<(), ConfigError> {
    Err(ConfigError::about(key, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DEFAULTS, Layers, section};

    fn config() -> Config<()> {
        let layers = Layers::of(DEFAULTS);
        Config {
            environment: Environment::Development,
            kafka: section(&layers, "kafka").unwrap(),
            mongo: section(&layers, "mongo").unwrap(),
            redis: section(&layers, "redis").unwrap(),
            ops: section(&layers, "ops").unwrap(),
            engine: section(&layers, "engine").unwrap(),
            faults: section(&layers, "faults").unwrap(),
            own: (),
        }
    }

    #[test]
    fn what_cannot_work_in_a_common_section_is_refused_by_its_key() {
        assert!(config().check_common().is_ok());
        for (change, key) in [
            ((|config| config.kafka.brokers = " ".to_owned()) as fn(&mut Config<()>), "kafka.brokers"),
            (|config| config.kafka.partitions = 0, "kafka.partitions"),
            (|config| config.kafka.replication = 0, "kafka.replication"),
            (|config| config.kafka.session_timeout_ms = 5_999, "kafka.session_timeout_ms"),
            (|config| config.kafka.session_timeout_ms = 300_001, "kafka.session_timeout_ms"),
            (|config| config.mongo.uri = "127.0.0.1:27017".to_owned(), "mongo.uri"),
            (|config| config.mongo.database.clear(), "mongo.database"),
            (|config| config.redis.url = "127.0.0.1:6379".to_owned(), "redis.url"),
            (|config| config.engine.batch_size = 0, "engine.batch_size"),
            (|config| config.engine.max_calls = 0, "engine.max_calls"),
            (|config| config.engine.sweep_interval_ms = 0, "engine.sweep_interval_ms"),
        ] {
            let mut config = config();
            change(&mut config);
            let refusal = config.check_common().unwrap_err().to_string();
            assert!(refusal.contains(key) && !refusal.contains('\n'), "{refusal}");
        }
    }

    #[test]
    fn a_connection_string_that_is_refused_does_not_show_its_password() {
        for uri in ["mongodb://shop:hunter2@", "mongodb://shop:hun%ter2@h:1", "mongodb:/shop:hunter2@h"] {
            let refusal =
                MongoSettings { uri: uri.to_owned(), database: "d".to_owned() }.check().unwrap_err().to_string();
            assert!(refusal.contains("SPAREPARTS_MONGO__URI") && !refusal.contains("ter2"), "{refusal}");
        }
        let refusal = RedisSettings { url: "redis//:hunter2@h".to_owned() }.check().unwrap_err().to_string();
        assert!(refusal.contains("SPAREPARTS_REDIS__URL") && !refusal.contains("hunter2"), "{refusal}");
    }

    #[test]
    fn faults_are_for_development_alone_and_must_name_a_point_that_exists() {
        let faults = |points: &str, clock_file: &str| FaultSettings {
            points: points.to_owned(),
            clock_file: clock_file.to_owned(),
            ..FaultSettings::default()
        };
        let seeded = FaultSettings { seed: 1, ..faults("", "") };
        for (some, key) in [
            (faults("write.after=error:0.1", ""), "faults.points"),
            (faults("", "/tmp/clock"), "faults.clock_file"),
            (seeded, "faults.seed"),
        ] {
            assert!(some.check(Environment::Development).is_ok());
            for environment in [Environment::Staging, Environment::Production] {
                let refusal = some.check(environment).unwrap_err().to_string();
                assert!(
                    refusal.contains(&format!("{key} is for development alone")) && !refusal.contains('\n'),
                    "{refusal}"
                );
                assert!(faults("", "").check(environment).is_ok());
            }
        }
        let refusal = faults("writes.after=error:0.1", "").check(Environment::Development).unwrap_err().to_string();
        assert!(refusal.contains("faults.points") && refusal.contains("write.after"), "{refusal}");
    }
}
