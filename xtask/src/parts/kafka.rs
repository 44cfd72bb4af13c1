//! Apache Kafka without Docker: the broker's own jars, one process that is broker and controller.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::kafka_wire;
use super::native::{Proxied, Site};
use crate::cache;
use crate::failure::{Outcome, Trying};
use crate::paths::{self, WorkDir};
use crate::process::{Output, Process};
use crate::run;
use crate::term::Task;

const VERSION: &str = "4.1.1";
const LOG4J: &str = "2.25.1";
const COPY_JARS: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
/// Any 16 bytes in base64: one id for the only broker of every local cluster.
const CLUSTER_ID: &str = "c3BhcmVwYXJ0cy1sb2NhbA";
/// What the storage tool writes into an empty log.
const FORMATTED: [&str; 2] = ["meta.properties", "bootstrap.checkpoint"];
const LIMIT: Duration = Duration::from_secs(90);

/// Starts a broker with an empty log and waits until it serves.
///
/// # Errors
/// The jars cannot be had, or the broker does not come up.
pub fn start(site: &Site, dir: &WorkDir, task: &Task) -> Outcome<Process> {
    fetch(dir, task)?;
    task.say("starting");
    let mut process = Process::start("kafka", &command(site)?, Output::Log(&dir.log("kafka")))?;
    let until = Instant::now() + LIMIT;
    while !kafka_wire::serves(site.port) {
        process.ensure_alive()?;
        if Instant::now() > until {
            return Err(format!("kafka does not serve after {LIMIT:?}{}", process.last_words()).into());
        }
        task.pause()?;
    }
    Ok(process)
}

/// Sees to it that the jars are there.
///
/// # Errors
/// They cannot be had.
pub fn fetch(dir: &WorkDir, task: &Task) -> Outcome {
    cache::ensure(&folder(), |folder| download(folder, dir, task)).map(|_| ())
}

/// The broker as a command: its log is empty where there was none, and goes on where there was one.
///
/// # Errors
/// The jars are not there, or the data folder cannot be written.
pub fn command(site: &Site) -> Outcome<Command> {
    let home = cache::fetched(&folder())?;
    if !site.data.join(FORMATTED[0]).exists() {
        copy_formatted(&home, &site.data)?;
    }
    let config = site.data.with_extension("properties");
    write(&config, &properties(site))?;
    // On two cores the optimising compiler takes, for minutes, more than its code gives back.
    let mut command = java(&home)?;
    command
        .args(["-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
        .arg("kafka.Kafka")
        .arg(&config);
    Ok(command)
}

fn folder() -> String {
    format!("kafka-{VERSION}")
}

/// Fetches the jars with Maven and lets Kafka's own tool format a storage to copy for each run.
fn download(folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
    task.announce(&format!("downloading Apache Kafka {VERSION} with mvn (about 45 MB, kept)"));
    let repository = folder.join("repository");
    write(&folder.join("pom.xml"), &pom())?;
    write(&folder.join("log4j2.xml"), LOGGING)?;
    let mut maven = Command::new("mvn");
    maven
        .args(["-B", "-q", COPY_JARS, "-DincludeScope=runtime", "-DoutputDirectory=libs"])
        .arg(format!("-Dmaven.repo.local={}", repository.display()))
        .current_dir(folder);
    let progress = || format!("downloading, {}", paths::megabytes(&repository));
    run::quietly(task, "mvn", &maven, &dir.log("mvn"), progress)?;
    let _ = fs::remove_dir_all(&repository);
    format(folder, dir, task)
}

/// Formats a storage, and keeps the loaded classes in an archive that shortens the broker's start.
fn format(folder: &Path, dir: &WorkDir, task: &Task) -> Outcome {
    let formatted = folder.join("formatted");
    let config = folder.join("format.properties");
    write(&config, &properties(&Site { data: formatted, port: 9092, controller: 9093, proxied: None }))?;
    let mut tool = java(folder)?;
    tool.args(["-XX:ArchiveClassesAtExit=classes.jsa", "kafka.tools.StorageTool", "format"])
        .args(["--cluster-id", CLUSTER_ID, "--config"])
        .arg(&config);
    run::quietly(task, "kafka.tools.StorageTool", &tool, &dir.log("kafka-format"), || "formatting".to_owned())
}

/// `java` with the broker's jars, in the folder that holds them: the class archive is only valid for
/// the very same class path.
fn java(home: &Path) -> Outcome<Command> {
    let libs = home.join("libs");
    let entries = fs::read_dir(&libs).trying(format!("read {}", libs.display()))?;
    let jars: BTreeSet<String> =
        entries.flatten().map(|entry| format!("libs/{}", entry.file_name().display())).collect();
    let mut command = Command::new("java");
    command.current_dir(home).env("CLASSPATH", Vec::from_iter(jars).join(":"));
    command.args(["-Dlog4j2.configurationFile=log4j2.xml", "-Xlog:disable", "-Xlog:all=error:stderr"]);
    if home.join("classes.jsa").exists() {
        command.arg("-XX:SharedArchiveFile=classes.jsa");
    }
    Ok(command)
}

fn copy_formatted(home: &Path, data: &Path) -> Outcome {
    fs::create_dir_all(data).trying(format!("create {}", data.display()))?;
    for file in FORMATTED {
        let from = home.join("formatted").join(file);
        fs::copy(&from, data.join(file)).trying(format!("copy {}", from.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).trying(format!("write {}", path.display()))
}

fn pom() -> String {
    format!(
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>spareparts</groupId>
  <artifactId>broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>{LOG4J}</version>
    </dependency>
  </dependencies>
</project>
"#
    )
}

const LOGGING: &str = r#"<Configuration status="error">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d %p %c{1}: %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="warn"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
"#;

/// One broker that is also the controller. Internal topics are small and on this broker alone, a group does not wait for
/// late joiners, and a broker that was killed need not wait long until its former self counts as dead and it may take its
/// place: what counts on one machine is a quick start.
fn properties(site: &Site) -> String {
    let Site { data, port, controller, proxied } = site;
    let second = |port: fn(&Proxied) -> u16| {
        proxied.as_ref().map(|proxied| format!(",PROXIED://127.0.0.1:{}", port(proxied))).unwrap_or_default()
    };
    let (proxied, proxy) = (second(|proxied| proxied.port), second(|proxied| proxied.proxy));
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port}{proxied},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{proxy}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={}
auto.create.topics.enable=false
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.dedupe.buffer.size=16777216
log.segment.bytes=134217728
log.retention.hours=24
",
        data.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(proxied: Option<Proxied>, key: &str) -> String {
        let text = properties(&Site { data: "d".into(), port: 1, controller: 2, proxied });
        text.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned()
    }

    #[test]
    fn who_comes_through_a_proxy_is_sent_to_the_proxy_and_nobody_else_is() {
        let proxied = Some(Proxied { port: 3, proxy: 4 });
        let own = "listeners=PLAINTEXT://127.0.0.1:1";
        assert_eq!(line(proxied, "listeners"), format!("{own},PROXIED://127.0.0.1:3,CONTROLLER://127.0.0.1:2"));
        assert_eq!(line(proxied, "advertised"), format!("advertised.{own},PROXIED://127.0.0.1:4"));
        assert_eq!(line(None, "listeners"), format!("{own},CONTROLLER://127.0.0.1:2"));
        assert_eq!(line(None, "advertised"), format!("advertised.{own}"));
    }
}
