//! The yardstick for pages: nginx with one worker, which serves the same bytes from a file with the same headers.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hyper::header::HeaderMap;

use crate::client::{Connection, get};
use crate::machine;
use crate::process::{self, Process};

/// Headers that nginx makes by itself, or that belong to one connection.
const ITS_OWN: &[&str] =
    &["content-length", "content-type", "date", "etag", "last-modified", "server", "connection", "vary"];

pub(crate) struct Nginx {
    master: Process,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    pub(crate) async fn serve(dir: &Path, headers: &HeaderMap, body: &[u8]) -> Result<Nginx> {
        let address = machine::free_address()?;
        fs::write(dir.join("product.json"), body)?;
        fs::write(dir.join("nginx.conf"), config(dir, address, headers)?)?;
        let mut command = Command::new("nginx");
        // Debian keeps it where only root looks.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        command.arg("-c").arg(dir.join("nginx.conf")).arg("-e").arg(dir.join("error.log"));
        let mut master = Process::start("nginx", &mut command, &dir.join("nginx.log"))?;
        let begun = Instant::now();
        loop {
            if let Ok(mut connection) = Connection::open(address).await {
                let answer = connection.send(get("/product.json")?).await?;
                if answer.body != body {
                    bail!("nginx does not serve the same bytes");
                }
                return Ok(Nginx { master, address });
            }
            master.check_alive()?;
            if begun.elapsed() > Duration::from_secs(5) {
                bail!("nginx does not answer:\n{}", master.log_end());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Of the worker, which does the work.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let pid = self.master.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
        let workers = children.split_whitespace().map(|worker| process::cpu_of(worker.parse()?));
        workers.sum::<Result<Duration>>().context("nginx has no worker")
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.master.stop()
    }
}

fn config(dir: &Path, address: SocketAddr, headers: &HeaderMap) -> Result<String> {
    let dir = dir.to_str().context("the path is not UTF-8")?;
    let mut copied = String::new();
    for (name, value) in headers {
        let (name, value) = (name.as_str(), value.to_str()?);
        if !ITS_OWN.contains(&name) && !value.contains(['"', '$']) {
            writeln!(copied, "      add_header {name} \"{value}\";")?;
        }
    }
    // As root, nginx would give the worker to a user who cannot look into a private folder.
    let user = if fs::metadata("/proc/self").is_ok_and(|own| is_root(&own)) { "user root;" } else { "" };
    Ok(format!(
        "{user}
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  default_type application/json;
  types {{ }}
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  open_file_cache max=100;
  client_body_temp_path {dir}/body;
  proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi;
  uwsgi_temp_path {dir}/uwsgi;
  scgi_temp_path {dir}/scgi;
  server {{
    listen {address};
    root {dir};
    location / {{
{copied}    }}
  }}
}}
"
    ))
}

fn is_root(own: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    own.uid() == 0
}
