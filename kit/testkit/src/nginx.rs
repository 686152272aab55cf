//! nginx for tests: the machine's binary, a folder and ports of our own, gone when the test ends, however it ends.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;

const STARTED_WITHIN: Duration = Duration::from_secs(10);

/// Where an nginx will be: known before its configuration is written, since others must know it too.
pub struct NginxPlace {
    folder: tempfile::TempDir,
    /// The public door.
    pub listen: SocketAddr,
    /// A second one, for whatever the test needs it.
    pub second: SocketAddr,
}

impl NginxPlace {
    /// Picks a folder and two free ports.
    pub fn pick() -> Result<NginxPlace> {
        Engine::Nginx.require()?;
        // Both are held until both are known, or they might be the same.
        let held = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let folder = tempfile::Builder::new().prefix("souk-nginx-").tempdir()?;
        Ok(NginxPlace { folder, listen: held[0].local_addr()?, second: held[1].local_addr()? })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The user of nginx's workers: as root they would become somebody who may not look into a private folder.
    pub fn user() -> Option<&'static str> {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0).then_some("root")
    }

    /// What `nginx -t` says about a configuration; an error when it refuses it.
    pub fn check(&self, config: &str) -> Result<String> {
        let file = self.write(config)?;
        let output = nginx()?.arg("-t").arg("-e").arg(self.errors()).arg("-c").arg(&file).output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "nginx -t: {said}");
        Ok(said)
    }

    /// Starts nginx with this configuration and waits until it listens.
    pub fn start(self, config: &str) -> Result<PrivateNginx> {
        self.check(config)?;
        let file = self.folder().join("nginx.conf");
        // The shell ends nginx when our end of its pipe closes, which not even `kill -9` prevents.
        let script = format!(
            "\"$0\" -g 'daemon off;' -e {errors} -c {file} & nginx=$!; cat >/dev/null; kill -QUIT $nginx; wait $nginx",
            errors = quoted(&self.errors()),
            file = quoted(&file),
        );
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(script).arg(Engine::Nginx.require()?);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell = shell.spawn().context("cannot start a shell")?;
        let pipe = shell.stdin.take();
        let nginx = PrivateNginx { shell, pipe, place: self };
        let begun = Instant::now();
        while TcpStream::connect_timeout(&nginx.place.listen, Duration::from_secs(1)).is_err() {
            let errors = std::fs::read_to_string(nginx.place.errors()).unwrap_or_default();
            ensure!(begun.elapsed() < STARTED_WITHIN, "nginx does not listen: {errors}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    fn write(&self, config: &str) -> Result<PathBuf> {
        let file = self.folder().join("nginx.conf");
        std::fs::write(&file, config)?;
        Ok(file)
    }

    fn errors(&self) -> PathBuf {
        self.folder().join("error.log")
    }
}

/// A running nginx; stopped when dropped.
pub struct PrivateNginx {
    shell: Child,
    pipe: Option<ChildStdin>,
    place: NginxPlace,
}

impl PrivateNginx {
    /// The public door as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.place.listen)
    }

    /// Takes over another configuration; requests of a moment later are answered by it.
    pub fn reload(&self, config: &str) -> Result<()> {
        self.place.check(config)?;
        let pid = std::fs::read_to_string(self.place.folder().join("nginx.pid"))?;
        let done = Command::new("kill").args(["-HUP", pid.trim()]).status()?;
        ensure!(done.success(), "nginx is not there any more");
        Ok(())
    }

    pub fn place(&self) -> &NginxPlace {
        &self.place
    }
}

impl Drop for PrivateNginx {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.shell.wait();
    }
}

fn nginx() -> Result<Command> {
    Ok(Command::new(Engine::Nginx.require()?))
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}
