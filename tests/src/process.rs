//! Processes of the real binary.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

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
