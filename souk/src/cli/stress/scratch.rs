//! A shop that is there to be killed: a process of this very binary with a folder of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::cli::up::DEMO_STAFF;

/// Whom `souk up --dev` lets in.
pub(super) const STAFF: (&str, &str) = DEMO_STAFF;
const START_PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
/// The shop as shipped, but that one address may buy as often as it likes.
const CONFIG: &str = r#"
[log]
filter = "warn"

[gateway.limits]
reads = { per_minute = 1000000000, burst = 1000000000 }
writes = { per_minute = 1000000000, burst = 1000000000 }
"#;

pub(super) struct Scratch {
    folder: PathBuf,
    address: SocketAddr,
    url: String,
    child: Option<Child>,
}

/// What `souk audit` said.
pub(super) struct Audit {
    pub(super) clean: bool,
    pub(super) verdict: String,
}

impl Scratch {
    pub(super) fn make(folder: Option<PathBuf>) -> Result<Scratch> {
        let folder = folder
            .unwrap_or_else(|| std::env::temp_dir().join(format!("souk-stress-{}", std::process::id())));
        ensure!(
            !folder.exists(),
            "--scratch: {} is there already; a scratch shop needs a folder of its own",
            folder.display()
        );
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        fs::write(folder.join("stress.toml"), CONFIG)?;
        // Free now; the shop says so clearly should somebody else be quicker.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Scratch { folder, address, url: format!("http://{address}"), child: None })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts the shop and waits until it is ready.
    pub(super) async fn start(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.folder.join("log"))?;
        let listen = self.address.to_string();
        let mut command = self.command()?;
        command.args(["up", "--dev", "--demo-products", "20", "--listen", &listen]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().context("cannot start the scratch shop")?);
        let begun = Instant::now();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(2)).no_proxy().build()?;
        while begun.elapsed() < START_PATIENCE {
            if let Some(status) =
                self.child.as_mut().and_then(|child| child.try_wait().transpose()).transpose()?
            {
                bail!("the scratch shop ended with {status}; its log is in {}", self.folder.display());
            }
            let ready = client.get(format!("{}/readyz", self.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!(
            "the scratch shop was not ready after {} s; its log is in {}",
            START_PATIENCE.as_secs(),
            self.folder.display()
        )
    }

    /// `kill -9`.
    pub(super) fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Waits until nothing is under way, and checks every invariant.
    pub(super) fn audit(&self) -> Result<Audit> {
        let output = self.command()?.args(["audit", "--wait-seconds", "120"]).output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().replace('\n', "; ");
        Ok(Audit { clean: output.status.success(), verdict: said })
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status()?;
        child.wait()?;
        Ok(())
    }

    pub(super) fn remove(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).with_context(|| format!("cannot remove {}", self.folder.display()))
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env_remove("SOUK_FAILPOINTS").env_remove("SOUK_CONFIG").env_remove("SOUK_DATA_DIR");
        command
            .arg("--data")
            .arg(self.folder.join("data"))
            .arg("--config")
            .arg(self.folder.join("stress.toml"));
        Ok(command)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
