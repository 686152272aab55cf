//! A shop under measurement: the release binary with a data folder of its own, on a free port.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hyper::StatusCode;
use souk_db::{Db, DbConfig, inbox, outbox};

use crate::client::{Connection, get};
use crate::machine::{self, Shim};
use crate::numbers::Ratio;
use crate::process::{self, Process};
use crate::traces::Watcher;

/// The services that have events.
const DATABASES: [&str; 5] = ["user", "product", "payment", "order", "notification"];
/// Those that write for an order.
const COMMITTING: [&str; 5] = ["order", "product", "payment", "sandbox", "notification"];
const START_PATIENCE: Duration = Duration::from_secs(20);
const SETTLE_PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(10);

/// As shipped, but that the one address which all the load comes from may ask as often as it likes.
const CONFIG: &str = r#"
[log]
filter = "warn"

[gateway.limits]
reads = { per_minute = 1000000000, burst = 1000000000 }
writes = { per_minute = 1000000000, burst = 1000000000 }
"#;

/// The binary, and the configuration it is measured with.
#[derive(Clone)]
pub(crate) struct Souk {
    binary: PathBuf,
    config: PathBuf,
    /// Its numbers are read all the time.
    watched: bool,
    /// Where its databases are; files in the data folder without one.
    postgres: Option<String>,
}

impl Souk {
    pub(crate) fn new(binary: &Path, scratch: &Path) -> Result<Souk> {
        let binary = binary.canonicalize().with_context(|| format!("{} is not built", binary.display()))?;
        let config = scratch.join("souk.toml");
        std::fs::write(&config, CONFIG)?;
        Ok(Souk { binary, config, watched: false, postgres: None })
    }

    /// The same binary with more settings, and somebody who reads its numbers.
    pub(crate) fn watched(&self, settings: &str) -> Result<Souk> {
        Ok(Souk { watched: true, ..self.with("watched", settings)? })
    }

    /// The same binary with more settings, in a file of this name.
    pub(crate) fn with(&self, name: &str, settings: &str) -> Result<Souk> {
        let config = self.config.with_file_name(name).with_extension("toml");
        std::fs::write(&config, format!("{CONFIG}{settings}"))?;
        Ok(Souk { config, ..self.clone() })
    }

    /// The same binary on PostgreSQL, with more settings; `{name}` in the URL becomes the service's.
    pub(crate) fn on_postgres(&self, name: &str, url: &str, settings: &str) -> Result<Souk> {
        let database = format!("[database]\nengine = \"postgres\"\nurl = \"{url}\"\n");
        let souk = self.with(name, &format!("{database}{settings}"))?;
        Ok(Souk { postgres: Some(url.to_owned()), ..souk })
    }

    fn databases(&self, data: &Path) -> DbConfig {
        self.postgres.as_ref().map_or_else(|| DbConfig::sqlite(data), DbConfig::postgres)
    }

    /// Opens what a service of the shop has written.
    pub(crate) async fn look_into(&self, data: &Path, service: &str) -> Result<Db> {
        Ok(Db::open_read_only(&self.databases(data), service).await?)
    }

    /// A command on a data folder, without anything that the caller's environment says about souk.
    pub(crate) fn command(&self, data: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_remove("RUST_LOG").env_remove("SOUK_FAILPOINTS");
        command.arg("--data").arg(data).arg("--config").arg(&self.config).args(words);
        command
    }

    /// Starts the whole shop and waits for its first answer; how long that took is in `Shop::start`.
    pub(crate) async fn up(&self, data: &Path, shim: Option<&Shim>) -> Result<Shop> {
        let address = machine::free_address()?;
        let mut command = self.command(data, &["up", "--listen", &address.to_string()]);
        if let Some(shim) = shim {
            shim.under(&mut command);
        }
        let begun = Instant::now();
        let mut process = Process::start("souk up", &mut command, &data.with_extension("log"))?;
        wait_for(address, &mut [&mut process]).await?;
        let start = begun.elapsed();
        let watcher = self.watched.then(|| Watcher::of(address));
        Ok(Shop { souk: self.clone(), process, address, data: data.to_owned(), start, _watcher: watcher })
    }

    /// Waits until no event and no mail is under way; answers when that was.
    pub(crate) async fn settle(&self, data: &Path) -> Result<Instant> {
        let mut dbs = Vec::new();
        for name in DATABASES {
            dbs.push(self.look_into(data, name).await?);
        }
        let begun = Instant::now();
        // An event moves from one database to the next, so one empty look may have missed it.
        let mut empty_since = None;
        while begun.elapsed() < SETTLE_PATIENCE {
            let mut under_way = unsent_mails(&dbs).await?;
            for db in &dbs {
                under_way += outbox::lag(db).await?.unsent + inbox::lag(db).await?.pending;
            }
            match (under_way, empty_since) {
                (0, None) => empty_since = Some((Instant::now(), 1)),
                (0, Some((since, 3))) => return Ok(since),
                (0, Some((since, looks))) => empty_since = Some((since, looks + 1)),
                _ => empty_since = None,
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("events are still under way after {} s", SETTLE_PATIENCE.as_secs())
    }

    /// The auditor's verdict on everything that the shop has written.
    pub(crate) fn audit(&self, data: &Path) -> Result<()> {
        process::run(&mut self.command(data, &["audit"])).map(drop)
    }

    /// Turns a catalog in another form into souk's JSONL.
    pub(crate) fn convert(&self, compressed: &Path, jsonl: &Path) -> Result<()> {
        let mut unpack = Command::new("zstd").arg("-dc").arg(compressed).stdout(Stdio::piped()).spawn()?;
        let unpacked = unpack.stdout.take().context("zstd has no output")?;
        let converted = std::fs::File::create(jsonl)?;
        let status =
            Command::new(&self.binary).args(["convert", "-"]).stdin(unpacked).stdout(converted).status()?;
        if !unpack.wait()?.success() || !status.success() {
            bail!("{} could not be converted", compressed.display());
        }
        Ok(())
    }

    /// Imports; answers how long it took and what it said.
    pub(crate) fn import(&self, data: &Path, jsonl: &Path) -> Result<(Duration, String)> {
        let file = jsonl.to_str().context("the path is not UTF-8")?;
        let begun = Instant::now();
        let said = process::run(&mut self.command(data, &["import", file]))?;
        Ok((begun.elapsed(), said))
    }
}

/// The last of `DATABASES` holds the mails.
async fn unsent_mails(dbs: &[Db]) -> Result<u64> {
    let Some(notification) = dbs.last() else { return Ok(0) };
    let sql = "select count(*) from mails where state = 'pending'";
    Ok(notification.read_one(sql, Vec::new(), |row| row.get(0)).await?.unwrap_or(0))
}

/// Waits for the first answer of a shop that these processes make.
pub(crate) async fn wait_for(address: SocketAddr, processes: &mut [&mut Process]) -> Result<()> {
    let begun = Instant::now();
    while !answers(address).await {
        processes.iter_mut().try_for_each(|process| process.check_alive())?;
        if begun.elapsed() > START_PATIENCE {
            let logs = processes.iter().map(|process| process.log_end()).collect::<Vec<_>>();
            bail!("the shop does not answer:\n{}", logs.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn answers(address: SocketAddr) -> bool {
    let asked = async {
        let answer = Connection::open(address).await?.send(get("/v1/products?limit=1")?).await?;
        anyhow::Ok(answer.status == StatusCode::OK)
    };
    asked.await.unwrap_or(false)
}

pub(crate) struct Shop {
    souk: Souk,
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    data: PathBuf,
    /// From the start of the process to the first 200.
    pub(crate) start: Duration,
    _watcher: Option<Watcher>,
}

impl Shop {
    pub(crate) async fn settle(&self) -> Result<Instant> {
        self.souk.settle(&self.data).await
    }

    /// How each database has committed so far, in a line.
    pub(crate) async fn commits(&self) -> Result<String> {
        let answer = Connection::open(self.address).await?.send(get("/metrics")?).await?;
        let metrics = String::from_utf8(answer.body.to_vec())?;
        let value = |metric: &str, db: &str| {
            let name = format!("souk_db_commit_{metric}{{db=\"{db}\"}} ");
            metrics.lines().find_map(|line| line.strip_prefix(&name))
        };
        let count = |metric: &str, db: &str| value(metric, db)?.parse::<u64>().ok();
        let of = |db: &&str| {
            let commits = count("batches_count", db).unwrap_or_default();
            let batches = Ratio::of(count("batches_sum", db).unwrap_or_default(), commits.max(1));
            let seconds = value("seconds_sum", db).unwrap_or("0");
            format!("{db} {commits} of {batches} batches in {seconds:.4} s")
        };
        Ok(COMMITTING.iter().map(of).collect::<Vec<_>>().join(" · "))
    }

    pub(crate) fn audit(&self) -> Result<()> {
        self.souk.audit(&self.data)
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.process.stop()
    }
}
