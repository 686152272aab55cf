//! Processes of the real binary, and ports for them.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use souk_types::Chance;

/// The binary that `make test` has built beside the tests.
pub fn souk_binary() -> Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.ancestors().nth(2).context("a test lies in target/<profile>/deps")?;
    let binary = profile.join("souk");
    if !binary.exists() {
        bail!("{} is missing: cargo build --package souk", binary.display());
    }
    Ok(binary)
}

/// A port that is this test's until its process ends: locked against other tests, and none of those that the kernel
/// gives to outgoing connections, of which a shop of many processes makes many.
pub fn free_port() -> Result<u16> {
    static KEPT: Mutex<Vec<File>> = Mutex::new(Vec::new());
    let locks = std::env::temp_dir().join("souk-test-ports");
    std::fs::create_dir_all(&locks)?;
    for _ in 0..1_000 {
        let port = 10_000 + u16::from_le_bytes(Chance::system().bytes::<2>()) % 20_000;
        let lock = File::options().create(true).append(true).open(locks.join(port.to_string()))?;
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(lock);
            return Ok(port);
        }
    }
    bail!("no port is free")
}

/// One process of a shop; killed when dropped.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts `souk` with these arguments; what it prints goes to `log`.
    pub(crate) fn start(arguments: &[String], log: &Path) -> Result<Process> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let child = Command::new(souk_binary()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .env("RUST_BACKTRACE", "0")
            .spawn()
            .context("cannot start souk")?;
        Ok(Process { child })
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn terminate(&mut self) -> Result<std::process::ExitStatus> {
        self.signal("TERM")?;
        Ok(self.child.wait()?)
    }

    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
