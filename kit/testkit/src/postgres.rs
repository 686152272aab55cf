//! PostgreSQL for tests: the binaries of the machine, a folder and a port of our own, gone when nobody uses it.
//!
//! Test runners start a process per test, and a server takes half a second to make: so tests share one
//! ([`SharedPostgres`]) and each takes databases of its own. Tests that stop, kill or measure a server start
//! theirs ([`PrivatePostgres`]). Neither outlives its users, however those end: a small shell waits for a pipe
//! to close, or for a file lock to fall, and then stops the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::engine::Engine;
use crate::server::{free_port, quoted, shell};
use crate::shared::{Shared, Started, accepts, own_prefix, user_id};

/// Settings of a server whose data survives its own crash, but not the machine's.
const FORGETFUL: &str = "-c fsync=off -c full_page_writes=off";
const STARTED_WITHIN: Duration = Duration::from_secs(20);

/// A server for one test, stopped when dropped and when the test dies.
pub struct PrivatePostgres {
    server: Server,
    _watch: Watch,
    _dir: tempfile::TempDir,
}

impl PrivatePostgres {
    /// Fast, and forgetful in a crash of the machine (not of the server).
    pub fn start() -> Result<PrivatePostgres> {
        PrivatePostgres::start_with(FORGETFUL, &std::env::temp_dir())
    }

    /// With `fsync` as in production, for measuring and for pulling the plug.
    pub fn start_durable() -> Result<PrivatePostgres> {
        PrivatePostgres::start_durable_in(&std::env::temp_dir())
    }

    /// As [`PrivatePostgres::start_durable`], its files below this folder: the one for temporary files may be memory. The
    /// server's own user must be able to pass through it.
    pub fn start_durable_in(parent: &Path) -> Result<PrivatePostgres> {
        PrivatePostgres::start_with("", parent)
    }

    fn start_with(settings: &str, parent: &Path) -> Result<PrivatePostgres> {
        let dir = tempfile::Builder::new().prefix("souk-postgres-").tempdir_in(parent)?;
        let server = Server::create(dir.path(), settings)?;
        let watch = Watch::until_we_end(&server)?;
        Ok(PrivatePostgres { server, _watch: watch, _dir: dir })
    }

    /// The url of a database; it need not exist, souk creates what is missing.
    pub fn url(&self, database: &str) -> String {
        self.server.url(database)
    }

    /// Opens a door in `folder`, a Unix socket by the usual port's name: so servers of many services have URLs that
    /// differ by the service's name only.
    pub fn open_door(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        std::os::unix::fs::symlink(self.server.socket(), folder.join(".s.PGSQL.5432"))
            .with_context(|| format!("no door in {}", folder.display()))
    }

    /// The process that accepts connections.
    pub fn pid(&self) -> Result<u32> {
        self.server.pid()
    }

    /// Stops as a crash would: no checkpoint, connections cut.
    pub fn crash(&self) -> Result<()> {
        self.server.control(&["stop", "-m", "immediate"])
    }

    /// Ends every process of the server with `kill -9`, in the middle of whatever it does.
    pub fn kill(&self) -> Result<()> {
        // The parent stands still first, so that it starts no more children while they are counted.
        signal("STOP", &[self.pid()?])?;
        let processes = self.server.processes()?;
        signal("KILL", &processes)?;
        let started = Instant::now();
        // Its memory is free for a restart once the last one is gone.
        while processes.iter().any(|pid| is_alive(*pid)) {
            ensure!(started.elapsed() < STARTED_WITHIN, "a process of PostgreSQL survives kill -9");
            std::thread::sleep(Duration::from_millis(5));
        }
        // Where nobody buries the dead, its number looks as if it still ran.
        std::fs::remove_file(self.server.socket().with_added_extension("lock"))?;
        Ok(std::fs::remove_file(self.server.data.join("postmaster.pid"))?)
    }

    /// Halts every process of the server: connections stay open, and nobody answers.
    pub fn pause(&self) -> Result<()> {
        // The parent first, so that it starts no more children while they are counted.
        signal("STOP", &[self.pid()?])?;
        signal("STOP", &self.server.processes()?)
    }

    /// Lets a paused server go on.
    pub fn resume(&self) -> Result<()> {
        signal("CONT", &self.server.processes()?)
    }

    /// Starts again after [`PrivatePostgres::crash`] or [`PrivatePostgres::kill`], on the same port.
    pub fn restart(&self) -> Result<()> {
        self.server.start()
    }
}

/// The server that all test processes of this user share; it stops some seconds after the last one.
pub struct SharedPostgres {
    server: Shared,
    /// What names of databases begin with, so that nobody else's do; they are gone when this is dropped.
    prefix: String,
}

impl SharedPostgres {
    /// Joins the running server, or starts it.
    pub fn join() -> Result<SharedPostgres> {
        Engine::Postgres.require()?;
        let server = Shared::join("postgres", |home| {
            let server = Server::create(home, FORGETFUL)?;
            Ok(Started { port: server.port, stop: server.stop_command()? })
        })?;
        Ok(SharedPostgres { server, prefix: own_prefix() })
    }

    /// The URL of as many databases as there are names: `{name}` in it becomes the service's.
    pub fn url(&self) -> String {
        format!("{}/{}{{name}}", url_base(self.server.port), self.prefix)
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn drop_databases(&self) -> Result<()> {
        let names =
            self.psql(&format!("select datname from pg_database where datname like '{}%'", self.prefix))?;
        let drops = names.lines().map(|name| format!("drop database if exists \"{name}\" with (force)"));
        drops.map(|drop| self.psql(&drop)).try_for_each(|dropped| dropped.map(|_| ()))
    }

    fn psql(&self, sql: &str) -> Result<String> {
        let output = Command::new(binaries()?.join("psql"))
            .args(["-XqAt", "-c", sql, &format!("{}/postgres", url_base(self.server.port))])
            .stdin(Stdio::null())
            .output()?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for SharedPostgres {
    fn drop(&mut self) {
        if let Err(error) = self.drop_databases() {
            tracing::warn!(%error, "the test's databases stay until the server stops");
        }
    }
}

struct Server {
    data: PathBuf,
    log: PathBuf,
    settings: String,
    port: u16,
}

impl Server {
    fn create(dir: &Path, settings: &str) -> Result<Server> {
        hand_over(dir)?;
        let server = Server {
            data: dir.join("data"),
            log: dir.join("log"),
            settings: settings.to_owned(),
            port: free_port()?,
        };
        let init =
            ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"];
        run(tool("initdb")?.args(init).arg(&server.data))?;
        server.start()?;
        Ok(server)
    }

    fn start(&self) -> Result<()> {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c max_connections=600 \
             -c deadlock_timeout=100ms {}",
            self.port,
            quoted(self.home()),
            self.settings
        );
        let log = self.log.to_string_lossy().into_owned();
        self.control(&["start", "-w", "-l", &log, "-o", &options])?;
        let started = Instant::now();
        while !accepts(self.port) {
            ensure!(started.elapsed() < STARTED_WITHIN, "PostgreSQL does not answer; see {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn home(&self) -> &Path {
        self.data.parent().unwrap_or(&self.data)
    }

    fn socket(&self) -> PathBuf {
        self.home().join(format!(".s.PGSQL.{}", self.port))
    }

    fn control(&self, arguments: &[&str]) -> Result<()> {
        run(tool("pg_ctl")?.arg("-D").arg(&self.data).arg("-s").args(arguments))
    }

    fn pid(&self) -> Result<u32> {
        let file = std::fs::read_to_string(self.data.join("postmaster.pid"))?;
        file.lines().next().and_then(|pid| pid.trim().parse().ok()).context("no pid in postmaster.pid")
    }

    /// The one that accepts connections first, then those that it has started.
    fn processes(&self) -> Result<Vec<u32>> {
        let parent = self.pid()?;
        let mut processes = vec![parent];
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // A process that ends meanwhile has no state any more.
            if state_of(pid).is_some_and(|(_, parent_of)| parent_of == parent) {
                processes.push(pid);
            }
        }
        Ok(processes)
    }

    fn url(&self, database: &str) -> String {
        format!("{}/{database}", url_base(self.port))
    }

    /// The shell command that stops this server at once.
    fn stop_command(&self) -> Result<String> {
        let stop = tool("pg_ctl")?;
        let mut words = vec![quoted(stop.get_program().as_ref())];
        words.extend(stop.get_args().map(|argument| quoted(argument.as_ref())));
        words.push(format!("-D {} -s -m immediate stop", quoted(&self.data)));
        Ok(words.join(" "))
    }
}

/// A shell that stops the server when our end of its pipe closes, which not even `kill -9` prevents.
struct Watch {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watch {
    fn until_we_end(server: &Server) -> Result<Watch> {
        let script = format!("cat > /dev/null; {}; rm -rf {}", server.stop_command()?, quoted(server.home()));
        let mut shell = shell(&script).stdin(Stdio::piped()).spawn()?;
        let pipe = shell.stdin.take();
        Ok(Watch { shell, pipe })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // The server is gone before the next test begins; if waiting fails, the shell stops it all the same.
        let _ = self.shell.wait();
    }
}

/// A tool of PostgreSQL. The server refuses to run as root, so root becomes `postgres` first.
fn tool(name: &str) -> Result<Command> {
    let path = binaries()?.join(name);
    let mut command = match is_root() {
        false => Command::new(path),
        true => {
            let mut setpriv = Command::new("setpriv");
            setpriv.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
            setpriv
        }
    };
    command.current_dir("/");
    Ok(command)
}

fn binaries() -> Result<PathBuf> {
    Engine::Postgres.require()
}

fn signal(name: &str, processes: &[u32]) -> Result<()> {
    let signal = format!("-{name}");
    for pid in processes {
        let sent = run(Command::new("kill").args([&signal, &pid.to_string()]));
        // Sessions come and go by themselves.
        ensure!(sent.is_ok() || !is_alive(*pid), "cannot send {signal} to {pid}");
    }
    Ok(())
}

/// Gone, or only waiting to be buried.
fn is_alive(pid: u32) -> bool {
    state_of(pid).is_some_and(|(state, _)| state != 'Z')
}

/// The state of a process and its parent.
fn state_of(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in front may hold anything, blanks and brackets too.
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

fn is_root() -> bool {
    user_id() == 0
}

/// Lets the server's user have the folder, when that is not us.
fn hand_over(dir: &Path) -> Result<()> {
    if !is_root() {
        return Ok(());
    }
    run(Command::new("chown").arg("postgres:postgres").arg(dir))
}

fn run(command: &mut Command) -> Result<()> {
    let errors = tempfile::tempfile()?;
    // A pipe would stay open for as long as the server that inherits it.
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.try_clone()?)
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    if status.success() {
        return Ok(());
    }
    use std::io::{Read, Seek};
    let (mut errors, mut text) = (errors, String::new());
    errors.rewind()?;
    errors.read_to_string(&mut text)?;
    bail!("{command:?}: {status}: {text}")
}

fn url_base(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}")
}
