//! The servers that tests stand on, and what becomes of a test where one of them is not installed.
//!
//! It is skipped by name, with the line that would install what is missing; under `CI=true` it fails. A test runner
//! has no way for a test to say that it was skipped, so the test's process ends itself, which only nextest allows: it
//! gives each test a process of its own. Everywhere else the test fails, with the same line.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// A server of the machine's packages, but for Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Redis,
    RabbitMq,
    /// The stand-in that is built from `tools/kafka-broker`.
    Kafka,
    Nginx,
}

/// What a test does about an engine that is not there.
#[derive(Debug, PartialEq, Eq)]
enum Absence {
    Fails,
    Skips,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Engine::Postgres => "PostgreSQL",
            Engine::Redis => "Redis",
            Engine::RabbitMq => "RabbitMQ",
            Engine::Kafka => "Kafka",
            Engine::Nginx => "nginx",
        }
    }

    /// The line that installs it.
    pub fn install_line(self) -> &'static str {
        match self {
            Engine::Postgres => "apt-get install postgresql",
            Engine::Redis => "apt-get install redis-server",
            Engine::RabbitMq => "apt-get install rabbitmq-server",
            Engine::Kafka => "make kafka-broker",
            Engine::Nginx => "apt-get install nginx-light libnginx-mod-http-cache-purge",
        }
    }

    /// Where its program is: the folder for PostgreSQL, which has several. Goes on where it is installed; otherwise
    /// the test is skipped, or fails.
    pub(crate) fn require(self) -> Result<PathBuf> {
        let hidden = std::env::var("SOUK_TEST_WITHOUT").unwrap_or_default();
        let hidden = hidden.split(',').any(|name| name.trim().eq_ignore_ascii_case(self.name()));
        if let Some(program) = self.program().filter(|_| !hidden) {
            return Ok(program);
        }
        let missing = format!("{} is not installed: {}", self.name(), self.install_line());
        let test = std::env::args().skip(1).find(|word| !word.starts_with('-'));
        let variable = |name: &str| std::env::var(name).ok();
        match (absence(variable), test) {
            (Absence::Skips, Some(test)) => {
                note_skipped(&test, &missing)?;
                // Whatever the test has started ends with the process that watches it.
                std::process::exit(0)
            }
            _ => bail!(missing),
        }
    }

    fn program(self) -> Option<PathBuf> {
        match self {
            Engine::Postgres => postgres_folder(),
            Engine::Redis => on_path("redis-server"),
            Engine::RabbitMq => exists("/usr/lib/rabbitmq/bin/rabbitmq-server"),
            Engine::Kafka => built_broker(),
            // Debian keeps it where only root looks.
            Engine::Nginx => on_path("nginx").or_else(|| exists("/usr/sbin/nginx")),
        }
    }
}

fn absence(variable: impl Fn(&str) -> Option<String>) -> Absence {
    let in_ci = variable("CI").is_some_and(|ci| ci == "true");
    let own_process = variable("NEXTEST_EXECUTION_MODE").is_some_and(|mode| mode == "process-per-test");
    if own_process && !in_ci { Absence::Skips } else { Absence::Fails }
}

/// Into the file of SOUK_SKIPPED_TESTS, which `make test` shows at its end, and into the test's own output.
fn note_skipped(test: &str, missing: &str) -> Result<()> {
    let binary = std::env::var("NEXTEST_BINARY_ID").unwrap_or_default();
    let line = format!("{binary} {test}: {missing}\n");
    eprint!("skipped {line}");
    if let Some(file) = std::env::var_os("SOUK_SKIPPED_TESTS") {
        let file = File::options().create(true).append(true).open(file);
        file.context("SOUK_SKIPPED_TESTS names a file")?.write_all(line.as_bytes())?;
    }
    Ok(())
}

/// The newest installation of the machine, or what SOUK_POSTGRES_BIN names.
fn postgres_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SOUK_POSTGRES_BIN") {
        return Some(named.into());
    }
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = installed.filter_map(|entry| {
        Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
    });
    versions.filter(|(_, bin)| bin.join("initdb").exists()).max().map(|(_, bin)| bin)
}

/// Where `make kafka-broker` puts it; a test lies in `target/<profile>/deps`.
fn built_broker() -> Option<PathBuf> {
    let test = std::env::current_exe().ok()?;
    let broker = test.ancestors().nth(3)?.join("kafka-broker/debug/souk-kafka-broker");
    broker.exists().then_some(broker)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.exists())
}

fn exists(file: &str) -> Option<PathBuf> {
    Path::new(file).exists().then(|| file.into())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_test_is_skipped_only_where_it_has_a_process_of_its_own_and_never_in_ci() {
        let with = |variables: &'static [(&str, &str)]| {
            absence(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), Absence::Fails, "plain cargo test");
        assert_eq!(with(&[("NEXTEST_EXECUTION_MODE", "process-per-test")]), Absence::Skips);
        let in_ci = with(&[("NEXTEST_EXECUTION_MODE", "process-per-test"), ("CI", "true")]);
        assert_eq!(in_ci, Absence::Fails);
    }

    /// Needs nothing but Redis; the test below runs it again, without.
    #[test]
    fn a_redis_starts() {
        let redis = crate::PrivateRedis::start().expect("Redis for the test");
        assert!(redis.command("PING").expect("an answer").starts_with("+PONG"));
    }

    #[test]
    fn without_an_engine_its_tests_are_named_with_the_line_that_installs_it_and_fail_in_ci() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("skipped");
        let run = |ci: &str| {
            let test = std::env::current_exe().expect("this program");
            let mut command = Command::new(test);
            command.args(["engine::tests::a_redis_starts", "--exact"]).env("SOUK_TEST_WITHOUT", "redis");
            command.env("NEXTEST_EXECUTION_MODE", "process-per-test").env("CI", ci);
            command.env("SOUK_SKIPPED_TESTS", &file).output().expect("the test runs")
        };
        assert!(run("").status.success(), "it is skipped");
        let named = std::fs::read_to_string(&file).expect("the skipped test is written down");
        assert!(named.contains("a_redis_starts: Redis is not installed: apt-get install redis-server"));
        let in_ci = run("true");
        assert!(!in_ci.status.success(), "in CI it fails");
        let named = std::fs::read_to_string(&file).expect("the file is still there");
        assert_eq!(named.lines().count(), 1, "and is not called skipped");
    }
}
