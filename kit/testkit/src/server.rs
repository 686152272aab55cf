//! What private servers of all kinds need.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;

/// In a process group of its own, so that a Ctrl-C at the tests does not reach it before its work.
pub(crate) fn shell(script: &str) -> Command {
    use std::os::unix::process::CommandExt;
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir("/").process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    shell
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

pub(crate) fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
