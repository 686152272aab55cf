//! Nodes on one PostgreSQL, each with a replica of every role: what a machine of a fleet is, but for nginx and the database.
//! Events go straight from role to role, and there is no Redis.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::Bench;
use crate::cgroup::Cgroup;
use crate::client::{Connection, get};
use crate::nginx::Nginx;
use crate::process::Process;
use crate::shop::Souk;

const ROLES: [&str; 6] = ["user", "product", "payment", "order", "notification", "gateway"];
const START_PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Fleet {
    pub(crate) souk: Souk,
    pub(crate) data: PathBuf,
    nodes: Vec<Node>,
    balancer: Nginx,
}

struct Node {
    processes: Vec<Process>,
    gateway: SocketAddr,
    group: Option<Cgroup>,
}

impl Fleet {
    /// Furnishes a shop in databases of its own (`url` with `{name}` in it) and starts its nodes, with nginx before them.
    pub(crate) async fn up(bench: &Bench, count: usize, url: &str) -> Result<Fleet> {
        let name = format!("fleet-{count}");
        let data = bench.folder(&name)?;
        let internal = addresses(count * ROLES.len())?;
        let at = |node: usize, role: usize| internal[node * ROLES.len() + role];
        let mut settings = "[shop]\nlinger_ms = 0\n[peers]\n".to_owned();
        for (number, role) in ROLES.iter().enumerate() {
            let urls: Vec<_> = (0..count).map(|node| format!("\"http://{}\"", at(node, number))).collect();
            settings += &format!("{role} = [{}]\n", urls.join(", "));
        }
        let secret = data.join("secret");
        std::fs::write(&secret, "0123456789abcdef".repeat(4))?;
        settings =
            settings.replace("[peers]\n", &format!("[peers]\nsecret_file = \"{}\"\n", secret.display()));
        let souk = bench.souk.on_postgres(&name, url, &settings)?;
        souk.import(&data.join("console"), &bench.path("catalog.jsonl"))?;
        let doors = addresses(count)?;
        let mut nodes = Vec::new();
        for (number, gateway) in doors.iter().enumerate() {
            let start = |(nth, role): (usize, &&str)| {
                let own = data.join(format!("{role}-{number}"));
                let mut command =
                    souk.command(&own, &["up", "--role", role, "--listen", &gateway.to_string()]);
                command.args(["--internal-listen", &at(number, nth).to_string()]);
                Process::start(&format!("{role} {number}"), &mut command, &own.with_extension("log"))
            };
            let processes = ROLES.iter().enumerate().map(start).collect::<Result<Vec<_>>>()?;
            nodes.push(Node { processes, gateway: *gateway, group: None });
        }
        let mut gateways = Vec::new();
        for node in &mut nodes {
            node.wait().await?;
            gateways.push(node.gateway);
        }
        let balancer = Nginx::proxy(&bench.folder(&format!("{name}-nginx"))?, &gateways).await?;
        Ok(Fleet { souk, data: data.join("console"), nodes, balancer })
    }

    /// Where nginx takes requests for all nodes.
    pub(crate) fn door(&self) -> SocketAddr {
        self.balancer.address
    }

    /// From now on each node gets `quota` of every `period`.
    pub(crate) fn pin(&mut self, quota: Duration, period: Duration) -> Result<()> {
        let count = self.nodes.len();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let group = Cgroup::make(&format!("{count}-{number}"), quota, period)?;
            node.processes.iter().try_for_each(|process| group.take(process.pid()))?;
            node.group = Some(group);
        }
        Ok(())
    }

    pub(crate) fn stop(self) -> Result<()> {
        self.balancer.stop()?;
        for node in self.nodes {
            node.processes.iter().try_for_each(Process::ask_to_end)?;
            node.processes.into_iter().try_for_each(Process::stop)?;
        }
        Ok(())
    }
}

impl Node {
    async fn wait(&mut self) -> Result<()> {
        let begun = Instant::now();
        while !ready(self.gateway).await {
            self.processes.iter_mut().try_for_each(Process::check_alive)?;
            if begun.elapsed() > START_PATIENCE {
                let logs = self.processes.iter().map(Process::log_end).collect::<Vec<_>>();
                bail!("a node does not come up:\n{}", logs.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

async fn ready(gateway: SocketAddr) -> bool {
    let asked = async {
        let answer = Connection::open(gateway).await?.send(get("/readyz")?).await?;
        anyhow::Ok(answer.status.is_success())
    };
    asked.await.unwrap_or(false)
}

/// Addresses that nobody listens at: all are held until all are known, or some might be the same.
fn addresses(count: usize) -> Result<Vec<SocketAddr>> {
    let held = (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<Vec<_>, _>>()?;
    Ok(held.iter().map(TcpListener::local_addr).collect::<Result<_, _>>()?)
}
