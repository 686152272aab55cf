//! Kafka for tests. No Apache Kafka can be had from Debian's packages: the broker of `tools/kafka-broker` stands in, a
//! process of its own that speaks the protocol, forms consumer groups and keeps everything in memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::server::{free_port, quoted};
use crate::shared::{Shared, Started, accepts, own_prefix};

const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// The broker that all test processes of this user share; it stops some seconds after the last one.
pub struct SharedKafka {
    server: Shared,
    /// What names of topics and groups begin with, so that nobody else's do.
    pub prefix: String,
}

impl SharedKafka {
    /// Joins the running broker, or starts it.
    pub fn join() -> Result<SharedKafka> {
        Engine::Kafka.require()?;
        let server = Shared::join("kafka", |home| {
            let port = free_port()?;
            start(home, port)?;
            Ok(Started { port, stop: format!("kill -9 $(cat {}/pid)", quoted(home)) })
        })?;
        Ok(SharedKafka { server, prefix: own_prefix() })
    }

    /// `host:port`, as clients want it.
    pub fn brokers(&self) -> String {
        address(self.server.port)
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// In a process group of its own, so that neither a Ctrl-C nor the end of one test takes it from the others.
fn start(home: &Path, port: u16) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let mut broker = Command::new(Engine::Kafka.require()?);
    broker.arg(address(port)).current_dir(home).process_group(0);
    broker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let broker = broker.spawn().context("cannot start the broker")?;
    std::fs::write(home.join("pid"), broker.id().to_string())?;
    let started = Instant::now();
    while !accepts(port) {
        ensure!(started.elapsed() < STARTED_WITHIN, "the broker does not answer on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
