//! nginx with one worker: as a yardstick it serves the same bytes from a file with the same headers, or passes on to
//! another one that does; in front of replicas it is the balancer.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
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
    /// Serves these bytes at `/product.json`, with these headers.
    pub(crate) async fn serve(dir: &Path, headers: &HeaderMap, body: &[u8]) -> Result<Nginx> {
        fs::write(dir.join("product.json"), body)?;
        let root = dir.to_str().context("the path is not UTF-8")?;
        let location = format!("root {root};\n{}", copied(headers)?);
        let nginx = Nginx::start(dir, "", &location).await?;
        let answer = Connection::open(nginx.address).await?.send(get("/product.json")?).await?;
        ensure!(answer.body == body, "nginx does not serve the same bytes");
        Ok(nginx)
    }

    /// Passes everything on to these, over connections that stay open.
    pub(crate) async fn proxy(dir: &Path, upstreams: &[SocketAddr]) -> Result<Nginx> {
        let servers = upstreams.iter().map(|address| format!("server {address};")).collect::<String>();
        let upstream =
            format!("upstream behind {{ {servers} keepalive 256; keepalive_requests 1000000000; }}");
        let location = "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\";";
        Nginx::start(dir, &upstream, location).await
    }

    async fn start(dir: &Path, upstream: &str, location: &str) -> Result<Nginx> {
        let address = machine::free_address()?;
        fs::write(dir.join("nginx.conf"), config(dir, address, upstream, location)?)?;
        let mut command = Command::new("nginx");
        // Debian keeps it where only root looks.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        command.arg("-c").arg(dir.join("nginx.conf")).arg("-e").arg(dir.join("error.log"));
        let mut master = Process::start("nginx", &mut command, &dir.join("nginx.log"))?;
        let begun = Instant::now();
        while Connection::open(address).await.is_err() {
            master.check_alive()?;
            if begun.elapsed() > Duration::from_secs(5) {
                bail!("nginx does not answer:\n{}", master.log_end());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Nginx { master, address })
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

fn copied(headers: &HeaderMap) -> Result<String> {
    let mut copied = String::new();
    for (name, value) in headers {
        let (name, value) = (name.as_str(), value.to_str()?);
        if !ITS_OWN.contains(&name) && !value.contains(['"', '$']) {
            writeln!(copied, "      add_header {name} \"{value}\";")?;
        }
    }
    Ok(copied)
}

fn config(dir: &Path, address: SocketAddr, upstream: &str, location: &str) -> Result<String> {
    let dir = dir.to_str().context("the path is not UTF-8")?;
    // As root, nginx would give the worker to a user who cannot look into a private folder.
    let user = if fs::metadata("/proc/self").is_ok_and(|own| is_root(&own)) { "user root;" } else { "" };
    Ok(format!(
        "{user}
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
events {{ worker_connections 4096; }}
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
  {upstream}
  server {{
    listen {address};
    location / {{
      {location}
    }}
  }}
}}
"
    ))
}

fn is_root(own: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    own.uid() == 0
}
