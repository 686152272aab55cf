//! Redis for tests: a server of the test's own that remembers nothing, to be stopped, killed and started again.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::server::{free_port, quoted, shell};

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
        let server = spawn(&dir, port)?;
        let redis = PrivateRedis { port, server, watch, pipe, dir };
        redis.wait_until_it_answers()?;
        Ok(redis)
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// `kill -9`: connections break, and everything it knew is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()?;
        self.server.wait()?;
        Ok(())
    }

    /// Starts again after [`PrivateRedis::kill`], empty and on the same port.
    pub fn restart(&mut self) -> Result<()> {
        self.server = spawn(&self.dir, self.port)?;
        self.wait_until_it_answers()
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
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = vec![0; 64 << 10];
        let read = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..read]).into_owned())
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let status =
            Command::new("kill").args([format!("-{signal}"), self.server.id().to_string()]).status()?;
        ensure!(status.success(), "kill -{signal}: {status}");
        Ok(())
    }

    fn wait_until_it_answers(&self) -> Result<()> {
        let started = Instant::now();
        while !self.command("PING").is_ok_and(|answer| answer.starts_with("+PONG")) {
            ensure!(started.elapsed() < STARTED_WITHIN, "redis-server does not answer on port {}", self.port);
            std::thread::sleep(Duration::from_millis(10));
        }
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

fn spawn(dir: &tempfile::TempDir, port: u16) -> Result<Child> {
    let settings = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
    let server = Command::new("redis-server")
        .args(["--port", &port.to_string()])
        .args(settings)
        .arg("--dir")
        .arg(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start redis-server; is it installed?")?;
    std::fs::write(dir.path().join("pid"), server.id().to_string())?;
    Ok(server)
}
