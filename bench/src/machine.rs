//! The machine under the figures: where files go, how fast its disk confirms, free ports, the shim.

use std::fs::File;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::numbers::per_second;
use crate::process;

/// A folder that is removed at the end. It lies beside the build, on a disk: /tmp may be memory, where fsync is free.
pub(crate) fn scratch(parent: &Path) -> Result<TempDir> {
    std::fs::create_dir_all(parent)?;
    let parent = parent.canonicalize()?;
    tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(&parent)
        .context("cannot make a folder for the databases")
}

/// An address that nobody listens at.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Whether a program can be found.
pub(crate) fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).exists())
}

/// How often per second the disk confirms an appended page.
pub(crate) fn fsync_rate(dir: &Path) -> Result<u64> {
    let path = dir.join("fsync.probe");
    let mut file = File::create(&path)?;
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = per_second(count, started.elapsed());
    std::fs::remove_file(path)?;
    Ok(rate)
}

/// The library that counts fsyncs and can slow them down.
#[derive(Clone)]
pub(crate) struct Shim {
    library: PathBuf,
    count: PathBuf,
    /// The least that an fsync takes.
    fsync_us: u64,
}

impl Shim {
    pub(crate) fn compile(dir: &Path) -> Result<Shim> {
        let (source, library) = (dir.join("shim.c"), dir.join("shim.so"));
        std::fs::write(&source, include_str!("../shim.c"))?;
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        process::run(&mut cc)?;
        Ok(Shim { library, count: dir.join("shim.count"), fsync_us: 0 })
    }

    pub(crate) fn slowed_to(&self, fsync_us: u64) -> Shim {
        Shim { fsync_us, ..self.clone() }
    }

    /// The command runs under the shim.
    pub(crate) fn under(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("SHIM_COUNT", &self.count)
            .env("SHIM_FSYNC_US", self.fsync_us.to_string());
    }

    /// Fsyncs so far, of all that run under it.
    pub(crate) fn fsyncs(&self) -> u64 {
        let bytes = std::fs::read(&self.count).unwrap_or_default();
        bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}
