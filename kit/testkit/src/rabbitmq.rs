//! RabbitMQ for tests: a node with ports, name daemon and folder of its own, gone when nobody uses it.
//!
//! A node takes six seconds to start, so test processes share one ([`SharedRabbit`]) and each takes names of its own
//! for exchanges and queues. Tests that kill or stop a broker start theirs ([`PrivateRabbit`]).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::server::{free_port, quoted, shell};
use crate::shared::{Shared, Started, accepts, own_prefix};

const STARTED_WITHIN: Duration = Duration::from_secs(60);

/// One scheduler and no busy waiting: other tests want the processors too.
const MODEST: &str = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none";

/// A node for one test, gone when dropped and when the test dies.
pub struct PrivateRabbit {
    node: Node,
    script: Option<Child>,
    names: Child,
    watch: Child,
    pipe: Option<ChildStdin>,
    _dir: tempfile::TempDir,
}

impl PrivateRabbit {
    /// Waits until it takes connections.
    pub fn start() -> Result<PrivateRabbit> {
        let mut rabbit = PrivateRabbit::stopped()?;
        rabbit.restart()?;
        Ok(rabbit)
    }

    /// Has its address already, but nobody is there before [`PrivateRabbit::restart`].
    pub fn stopped() -> Result<PrivateRabbit> {
        Engine::RabbitMq.require()?;
        let dir = tempfile::Builder::new().prefix("souk-rabbitmq-").tempdir()?;
        let node = Node::create(dir.path())?;
        let names = node.start_names()?;
        let script = format!("cat > /dev/null; {}; rm -rf {}", node.stop_command(), quoted(&node.home));
        let mut watch = shell(&script).stdin(Stdio::piped()).spawn()?;
        let pipe = watch.stdin.take();
        Ok(PrivateRabbit { node, script: None, names, watch, pipe, _dir: dir })
    }

    pub fn url(&self) -> String {
        url(self.node.port)
    }

    /// `kill -9`: connections break, what is on disk stays. Queues of the last four seconds are not on disk.
    pub fn kill(&mut self) -> Result<()> {
        self.node.signal("KILL")?;
        if let Some(mut script) = self.script.take() {
            script.wait()?;
        }
        // Its number may be somebody else's by the time that this test ends.
        std::fs::remove_file(self.node.home.join("pid"))?;
        Ok(())
    }

    /// Starts, or starts again after [`PrivateRabbit::kill`], with the same ports and data.
    pub fn restart(&mut self) -> Result<()> {
        self.script = Some(self.node.start()?);
        Ok(())
    }

    /// SIGSTOP: connections stay, new ones are taken by the kernel, and nothing answers.
    pub fn pause(&self) -> Result<()> {
        self.node.signal("STOP")
    }

    /// SIGCONT: it goes on where it was.
    pub fn resume(&self) -> Result<()> {
        self.node.signal("CONT")
    }
}

impl Drop for PrivateRabbit {
    fn drop(&mut self) {
        // The shell stops node and name daemon, which then only need to be waited for.
        drop(self.pipe.take());
        let _ = self.watch.wait();
        let _ = self.names.wait();
        if let Some(script) = &mut self.script {
            let _ = script.wait();
        }
    }
}

/// The node that all test processes of this user share; it stops some seconds after the last one.
pub struct SharedRabbit {
    server: Shared,
    /// What names of exchanges and queues begin with, so that nobody else's do.
    pub prefix: String,
}

impl SharedRabbit {
    /// Joins the running node, or starts it.
    pub fn join() -> Result<SharedRabbit> {
        Engine::RabbitMq.require()?;
        let server = Shared::join("rabbitmq", |home| {
            let node = Node::create(home)?;
            node.start_names()?;
            node.start()?;
            Ok(Started { port: node.port, stop: node.stop_command() })
        })?;
        Ok(SharedRabbit { server, prefix: own_prefix() })
    }

    pub fn url(&self) -> String {
        url(self.server.port)
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }
}

struct Node {
    home: PathBuf,
    port: u16,
    dist_port: u16,
    names_port: u16,
}

impl Node {
    fn create(home: &Path) -> Result<Node> {
        let node = Node {
            home: home.to_owned(),
            port: free_port()?,
            dist_port: free_port()?,
            names_port: free_port()?,
        };
        std::fs::write(home.join("rabbitmq.conf"), "log.file.level = warning\n")?;
        std::fs::write(home.join("enabled_plugins"), "[].\n")?;
        Ok(node)
    }

    /// The daemon that tells Erlang nodes of each other. The node would start one that outlives everything.
    fn start_names(&self) -> Result<Child> {
        let script = format!("exec epmd -port {} -address 127.0.0.1", self.names_port);
        let names = shell(&script).stdin(Stdio::null()).spawn().context("cannot start epmd")?;
        std::fs::write(self.home.join("epmd.pid"), names.id().to_string())?;
        Ok(names)
    }

    fn start(&self) -> Result<Child> {
        let at = |name: &str| self.home.join(name);
        // The package's own; the command on the path becomes another user first.
        let program = Engine::RabbitMq.require()?;
        let script = shell(&format!("exec {}", quoted(&program)))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LANG", "C.UTF-8")
            .env("HOME", &self.home)
            .env("ERL_EPMD_PORT", self.names_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODENAME", "souk@localhost")
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", at("mnesia"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", at("no-such-file"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", MODEST)
            .stdin(Stdio::null())
            .spawn()
            .context("cannot start rabbitmq-server")?;
        let started = Instant::now();
        while !accepts(self.port) {
            let log = at("log");
            ensure!(started.elapsed() < STARTED_WITHIN, "RabbitMQ does not answer; see {}", log.display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(script)
    }

    fn signal(&self, signal: &str) -> Result<()> {
        let pid = std::fs::read_to_string(self.home.join("pid")).context("no pid file: it never started")?;
        let status = Command::new("kill").args(["-s", signal, pid.trim()]).status()?;
        ensure!(status.success(), "kill -s {signal} {}: {status}", pid.trim());
        Ok(())
    }

    /// The shell command that ends the node and its name daemon at once.
    fn stop_command(&self) -> String {
        let home = quoted(&self.home);
        format!("for file in {home}/pid {home}/epmd.pid; do kill -9 $(cat $file); done")
    }
}

fn url(port: u16) -> String {
    format!("amqp://guest:guest@127.0.0.1:{port}/%2f")
}
