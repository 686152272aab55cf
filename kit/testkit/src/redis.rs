//! Redis for tests: servers that remember nothing. Tests share one ([`SharedRedis`]) and take keys of their own; those
//! that pause, kill or start it again have theirs ([`PrivateRedis`]).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::server::{free_port, quoted, shell};
use crate::shared::{Shared, Started, own_prefix};

const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// A server for one test, gone when dropped and when the test dies.
pub struct PrivateRedis {
    port: u16,
    server: Child,
    watch: Child,
    pipe: Option<ChildStdin>,
    dir: tempfile::TempDir,
}

impl PrivateRedis {
    /// On a free port, without persistence.
    pub fn start() -> Result<PrivateRedis> {
        let dir = tempfile::Builder::new().prefix("souk-redis-").tempdir()?;
        let port = free_port()?;
        // The pid changes with every restart, so the shell that cleans up after a dead test looks for it last.
        let home = quoted(dir.path());
        let script = format!("cat > /dev/null; kill -9 $(cat {home}/pid); rm -rf {home}");
        let mut watch = shell(&script).stdin(Stdio::piped()).spawn()?;
        let pipe = watch.stdin.take();
        let server = spawn(dir.path(), port)?;
        let redis = PrivateRedis { port, server, watch, pipe, dir };
        wait_until_it_answers(port)?;
        Ok(redis)
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        url(self.port)
    }

    /// `kill -9`: connections break, and everything it knew is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()?;
        self.server.wait()?;
        Ok(())
    }

    /// Starts again after [`PrivateRedis::kill`], empty and on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.server = spawn(self.dir.path(), self.port)?;
        wait_until_it_answers(self.port)
    }

    /// SIGSTOP: connections stay, and nothing answers on them.
    pub fn pause(&self) -> Result<()> {
        self.signal("STOP")
    }

    /// SIGCONT: it goes on where it was.
    pub fn resume(&self) -> Result<()> {
        self.signal("CONT")
    }

    /// Sends one command without arguments in quotes, such as `DBSIZE`, and returns what comes back at once.
    pub fn command(&self, command: &str) -> Result<String> {
        ask(self.port, command)
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let status =
            Command::new("kill").args([format!("-{signal}"), self.server.id().to_string()]).status()?;
        ensure!(status.success(), "kill -{signal}: {status}");
        Ok(())
    }
}

impl Drop for PrivateRedis {
    fn drop(&mut self) {
        let _ = self.kill();
        // Otherwise the shell would look for a process that is gone, whose number may be somebody else's by then.
        let _ = std::fs::remove_file(self.dir.path().join("pid"));
        drop(self.pipe.take());
        let _ = self.watch.wait();
    }
}

/// The server that all test processes of this user share; it stops some seconds after the last one.
pub struct SharedRedis {
    server: Shared,
    /// What keys and channels begin with, so that nobody else's do.
    pub prefix: String,
}

impl SharedRedis {
    /// Joins the running server, or starts it.
    pub fn join() -> Result<SharedRedis> {
        Engine::Redis.require()?;
        let server = Shared::join("redis", |home| {
            let port = free_port()?;
            spawn(home, port)?;
            wait_until_it_answers(port)?;
            Ok(Started { port, stop: format!("kill -9 $(cat {}/pid)", quoted(home)) })
        })?;
        Ok(SharedRedis { server, prefix: own_prefix() })
    }

    pub fn url(&self) -> String {
        url(self.server.port)
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

fn url(port: u16) -> String {
    format!("redis://127.0.0.1:{port}")
}

fn ask(port: u16, command: &str) -> Result<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = vec![0; 64 << 10];
    let read = stream.read(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
}

fn wait_until_it_answers(port: u16) -> Result<()> {
    let started = Instant::now();
    while !ask(port, "PING").is_ok_and(|answer| answer.starts_with("+PONG")) {
        ensure!(started.elapsed() < STARTED_WITHIN, "redis-server does not answer on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// In a process group of its own, so that neither a Ctrl-C nor the end of one test takes it from the others.
fn spawn(dir: &Path, port: u16) -> Result<Child> {
    use std::os::unix::process::CommandExt;
    let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
    let server = Command::new(Engine::Redis.require()?)
        .args(["--port", &port.to_string()])
        .args(settings)
        .arg("--dir")
        .arg(dir)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start redis-server")?;
    std::fs::write(dir.join("pid"), server.id().to_string())?;
    Ok(server)
}
