//! What private servers of all kinds need.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};
use souk_types::Chance;

/// In a process group of its own, so that a Ctrl-C at the tests does not reach it before its work.
pub(crate) fn shell(script: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir("/").process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    shell
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

pub(crate) fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
