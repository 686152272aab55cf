//! One server for all test processes of a user: the first starts it, and it stops some seconds after the last.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;

use crate::server::{quoted, shell};

/// A server that others use as well, for as long as this lives.
pub(crate) struct Shared {
    pub(crate) port: u16,
    _user: File,
}

/// What whoever has started one says of it.
pub(crate) struct Started {
    pub(crate) port: u16,
    /// The shell command that ends it at once.
    pub(crate) stop: String,
}

impl Shared {
    /// Joins the running server of that name, or starts it in the folder that `start` is given.
    pub(crate) fn join(name: &str, start: impl FnOnce(&Path) -> Result<Started>) -> Result<Shared> {
        let dir = std::env::temp_dir().join(format!("souk-testkit-{name}-{}", user_id()));
        std::fs::create_dir_all(&dir)?;
        let starting = open_lock(&dir.join("start.lock"))?;
        starting.lock()?;
        // Waits while the last server is being stopped.
        let user = open_lock(&dir.join("users.lock"))?;
        user.lock_shared()?;
        let port_file = dir.join("port");
        let running = std::fs::read_to_string(&port_file).ok().and_then(|port| port.trim().parse().ok());
        if let Some(port) = running.filter(|port| accepts(*port)) {
            return Ok(Shared { port, _user: user });
        }
        let home = dir.join(format!("server-{}", std::process::id()));
        // Left over by a process of the same number that was killed while it started.
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home)?;
        let Started { port, stop } = start(&home)?;
        stop_after_the_last_user(&dir, &home, &stop)?;
        std::fs::write(&port_file, port.to_string())?;
        Ok(Shared { port, _user: user })
    }
}

impl Shared {
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }
}

/// What names of one user at a shared server begin with; nobody else's do.
pub(crate) fn own_prefix() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("t{}x{}x", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until nobody holds `users.lock` of `dir`, gives newcomers three seconds, then stops the server whose folder
/// is `home` with the shell command `stop`.
fn stop_after_the_last_user(dir: &Path, home: &Path, stop: &str) -> Result<()> {
    let script = format!(
        "exec 9< {users}
         while :; do
             flock -x 9; flock -u 9; sleep 3
             if flock -n -x 9; then rm -f {port}; {stop}; rm -rf {home}; exit; fi
         done",
        users = quoted(&dir.join("users.lock")),
        port = quoted(&dir.join("port")),
        home = quoted(home),
    );
    shell(&script).stdin(Stdio::null()).spawn()?;
    Ok(())
}

pub(crate) fn user_id() -> u32 {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").map_or(u32::MAX, |own| own.uid())
}

fn open_lock(path: &Path) -> Result<File> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.flush()?;
    Ok(file)
}

pub(crate) fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_secs(1)).is_ok()
}
