//! A shop to tell journeys about: all roles in one process, each in its own, or each in several.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use souk::Role;
use souk_testkit::{Fault, FaultProxy, free_port};
use tempfile::TempDir;

use crate::Client;
use crate::backing::Backing;
use crate::catalog::catalog_jsonl;
use crate::process::{Process, souk_binary};
use crate::story::{Buyer, eventually};
use crate::topology::{Seat, Topology};

/// A shop of real processes in a folder of its own; gone when dropped.
pub struct TestShop {
    pub client: Client,
    folder: TempDir,
    topology: Topology,
    /// Public addresses, one for each gateway.
    doors: Vec<String>,
    /// Internal addresses, where there are replicas.
    inside: BTreeMap<Seat, String>,
    processes: BTreeMap<Seat, Process>,
    failpoints: BTreeMap<Role, String>,
    /// Between the roles, where somebody wants to stand in their way.
    hops: BTreeMap<Role, FaultProxy>,
    /// Last, for the processes are its users.
    backing: Option<Backing>,
}

/// Nobody in a test waits for a minute, and everybody comes from one address.
const IMPATIENT: &str = r#"
[gateway.limits]
reads = { per_minute = 1000000, burst = 1000000 }
writes = { per_minute = 1000000, burst = 1000000 }
guesses = { per_minute = 1000000, burst = 1000000 }
webhooks = { per_minute = 1000000, burst = 1000000 }
[user]
password_memory_kib = 1024
[order]
lease_seconds = 3
sweep_seconds = 1
[payment]
provider_timeout_ms = 1500
[payment.reconcile]
pause_ms = 100
first_look_ms = 500
give_up_s = 20
[payment.providers.sandbox]
kind = "sandbox"
webhook_late_ms = 500
"#;

/// The staff member of every test shop: address and password.
pub const STAFF: (&str, &str) = ("boss@shop.example", "correct-horse-battery-staple");

impl TestShop {
    /// Opens a shop with the test catalog and a staff member.
    pub async fn open(topology: Topology) -> Result<TestShop> {
        TestShop::open_with(topology, "").await
    }

    /// As [`open`](TestShop::open), with more settings in TOML.
    pub async fn open_with(topology: Topology, settings: &str) -> Result<TestShop> {
        let backing = topology.parts().broker.map(Backing::join).transpose()?;
        TestShop::open_over(topology, settings, BTreeMap::new(), backing).await
    }

    /// As [`open_with`](TestShop::open_with), but on servers that the settings name, not on those that tests share.
    pub async fn open_on(topology: Topology, settings: &str) -> Result<TestShop> {
        TestShop::open_over(topology, settings, BTreeMap::new(), None).await
    }

    /// Each role in one process, which the others reach through a proxy only.
    pub async fn open_proxied(settings: &str) -> Result<TestShop> {
        let mut hops = BTreeMap::new();
        for role in Role::ALL {
            let inside = SocketAddr::from(([127, 0, 0, 1], free_port()?));
            hops.insert(role, FaultProxy::before(inside).await?);
        }
        TestShop::open_over(Topology::Split, settings, hops, None).await
    }

    async fn open_over(
        topology: Topology,
        settings: &str,
        hops: BTreeMap<Role, FaultProxy>,
        backing: Option<Backing>,
    ) -> Result<TestShop> {
        let folder = TempDir::with_prefix("souk-journey-")?;
        let parts = topology.parts();
        let doors = (0..parts.replicas).map(|_| free_address()).collect::<Result<Vec<_>>>()?;
        let urls: Vec<_> = doors.iter().map(|door| format!("http://{door}")).collect();
        let mut shop = TestShop {
            client: Client::before(&urls),
            folder,
            topology,
            doors,
            inside: BTreeMap::new(),
            processes: BTreeMap::new(),
            failpoints: BTreeMap::new(),
            hops,
            backing,
        };
        shop.write_config(settings)?;
        let catalog = shop.folder.path().join("catalog.jsonl");
        std::fs::write(&catalog, catalog_jsonl())?;
        shop.command(&["import", &catalog.display().to_string()], "")?;
        shop.command(&["staff", "create", "--email", STAFF.0], STAFF.1)?;
        shop.start().await?;
        Ok(shop)
    }

    /// One file for all processes of the shop.
    fn write_config(&mut self, settings: &str) -> Result<()> {
        let mut toml = format!("{IMPATIENT}{settings}");
        if let Some(backing) = &self.backing {
            toml.push_str(&backing.settings());
            toml.push_str("[shop]\nlinger_ms = 1000\n");
        }
        let secret = self.folder.path().join("internal.secret");
        std::fs::write(&secret, crate::new_key().repeat(2))?;
        toml.push_str(&format!("\n[peers]\nsecret_file = \"{}\"\n", secret.display()));
        for role in Role::ALL {
            let mut urls = Vec::new();
            for replica in 0..self.topology.parts().replicas {
                let (address, known) = match self.hops.get(&role) {
                    Some(hop) => (hop.server().to_string(), hop.address().to_string()),
                    None => free_address().map(|address| (address.clone(), address))?,
                };
                urls.push(format!("\"http://{known}\""));
                self.inside.insert(Seat { roles: vec![role], replica }, address);
            }
            toml.push_str(&format!("{role} = [{}]\n", urls.join(", ")));
        }
        Ok(std::fs::write(self.folder.path().join("souk.toml"), toml)?)
    }

    /// The folder of the shop, or of its commands where each replica has one of its own.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folders of the processes.
    pub fn data_dirs(&self) -> Vec<PathBuf> {
        let folders: BTreeSet<_> = self.seats().iter().map(|seat| self.folder_of(seat)).collect();
        folders.into_iter().map(|folder| self.folder.path().join(folder)).collect()
    }

    /// Each replica has one of its own.
    fn folder_of(&self, seat: &Seat) -> String {
        if self.topology.parts().replicas > 1 { format!("data-{}", seat.name()) } else { "data".to_owned() }
    }

    /// Host and port of the first public door.
    pub fn address(&self) -> &str {
        &self.doors[0]
    }

    /// The URLs of the public doors.
    pub fn doors(&self) -> Vec<String> {
        self.doors.iter().map(|door| format!("http://{door}")).collect()
    }

    /// Whether a process of a shop of replicas takes connections, at its public door too if it has one.
    pub fn is_listening(&self, seat: &Seat) -> bool {
        let door = seat.is_gateway().then(|| &self.doors[seat.replica]);
        let mut addresses = self.inside.get(seat).into_iter().chain(door);
        addresses.all(|address| std::net::TcpStream::connect(address).is_ok())
    }

    pub fn topology(&self) -> Topology {
        self.topology
    }

    /// The groups of roles that share a process.
    pub fn groups(&self) -> Vec<Vec<Role>> {
        match self.topology.parts().split {
            false => vec![Role::ALL.to_vec()],
            true => Role::ALL.iter().map(|role| vec![*role]).collect(),
        }
    }

    /// The places of all processes.
    pub fn seats(&self) -> Vec<Seat> {
        self.groups().iter().flat_map(|group| self.seats_of(group)).collect()
    }

    fn seats_of(&self, group: &[Role]) -> Vec<Seat> {
        let seat = |replica| Seat { roles: group.to_vec(), replica };
        (0..self.topology.parts().replicas).map(seat).collect()
    }

    /// Starts whatever does not run and waits until the shop answers.
    pub async fn start(&mut self) -> Result<()> {
        for seat in self.seats() {
            if self.processes.get_mut(&seat).is_none_or(|process| !process.is_running()) {
                self.start_seat(&seat)?;
            }
        }
        self.ready().await
    }

    /// Starts the processes of one group, without waiting for them.
    pub fn start_group(&mut self, group: &[Role]) -> Result<()> {
        self.seats_of(group).iter().try_for_each(|seat| self.start_seat(seat))
    }

    /// Starts one process, without waiting for it.
    pub fn start_seat(&mut self, seat: &Seat) -> Result<()> {
        let parts = self.topology.parts();
        let mut arguments = self.arguments(&self.folder_of(seat));
        arguments.extend(["up", "--dev", "--demo-products", "0"].map(str::to_owned));
        if parts.split {
            arguments.extend(seat.roles.iter().map(|role| format!("--role={role}")));
        }
        if parts.replicas > 1 || !self.hops.is_empty() {
            arguments.push(format!("--internal-listen={}", self.inside[seat]));
        }
        arguments.push(format!("--listen={}", self.doors[seat.replica]));
        let plans: Vec<_> = seat.roles.iter().filter_map(|role| self.failpoints.remove(role)).collect();
        if !plans.is_empty() {
            arguments.push(format!("--failpoints={}", plans.join(";")));
        }
        let process = Process::start(&arguments, &self.log())?;
        self.processes.insert(seat.clone(), process);
        Ok(())
    }

    /// SIGTERM to one process, and when it has ended a new one in its place; answers when that is ready.
    pub async fn restart(&mut self, seat: &Seat) -> Result<()> {
        let process = self.processes.get_mut(seat).context("it runs")?;
        let status = process.terminate()?;
        ensure!(status.success(), "{seat:?} ended with {status}\n{}", self.last_words());
        self.start_seat(seat)?;
        self.seat_ready(seat).await
    }

    /// Waits until one process says that it is ready.
    async fn seat_ready(&self, seat: &Seat) -> Result<()> {
        let inside = self.client.at(&format!("http://{}", self.inside[seat]));
        let ready = eventually(Duration::from_secs(60), || async {
            let answer = inside.get("/readyz").await?;
            ensure!(answer.status == 200, "{}", answer.text);
            Ok(())
        });
        ready.await.with_context(|| self.last_words())
    }

    /// `kill -9` on one process.
    pub fn kill_seat(&mut self, seat: &Seat) {
        if let Some(process) = self.processes.get_mut(seat) {
            process.kill();
        }
    }

    /// Stops one process where it stands (SIGSTOP), or lets it go on.
    pub fn freeze(&self, seat: &Seat, frozen: bool) -> Result<()> {
        self.processes.get(seat).context("it runs")?.signal(if frozen { "STOP" } else { "CONT" })
    }

    /// What is wrong with the way to a role, in a shop of proxies.
    pub fn hinder(&self, role: Role, fault: Option<Fault>) -> Result<()> {
        self.hops.get(&role).context("a shop of proxies").map(|hop| hop.set(fault))
    }

    /// Arms fail points of a role at its next start, for that start only.
    pub fn arm(&mut self, role: Role, plan: &str) {
        self.failpoints.insert(role, plan.to_owned());
    }

    /// `kill -9` on the processes of a group.
    pub fn kill(&mut self, group: &[Role]) {
        for seat in self.seats_of(group) {
            self.kill_seat(&seat);
        }
    }

    /// Whether all processes of a group are there.
    pub fn is_running(&mut self, group: &[Role]) -> bool {
        let seats = self.seats_of(group);
        seats.iter().all(|seat| self.processes.get_mut(seat).is_some_and(Process::is_running))
    }

    /// SIGTERM to every process, gateway first, as an operator would.
    pub fn close(&mut self) -> Result<()> {
        for (seat, process) in self.processes.iter_mut().rev() {
            let status = process.terminate()?;
            ensure!(status.success(), "{seat:?} ended with {status}");
        }
        Ok(())
    }

    /// Waits until the gateway and everything behind it is ready, each replica of it.
    pub async fn ready(&self) -> Result<()> {
        if self.topology.parts().replicas > 1 {
            for seat in self.seats() {
                self.seat_ready(&seat).await?;
            }
        }
        let ready = eventually(Duration::from_secs(60), || async {
            let answer = self.client.get("/readyz").await?;
            ensure!(answer.status == 200, "{}", answer.text);
            Ok(())
        });
        ready.await.with_context(|| self.last_words())
    }

    /// A staff client that may do everything.
    pub async fn staff(&self) -> Result<Client> {
        let login = json!({"email": STAFF.0, "password": STAFF.1});
        let session = self.client.post("/v1/sessions", login).await?.ok()?;
        Ok(self.client.with_token(session["token"].as_str().context("a token")?))
    }

    /// Somebody who has registered, proved the address by the mail, and signed in.
    pub async fn customer(&self, name: &str) -> Result<Buyer> {
        Buyer::registered(self.client.clone(), name).await
    }

    /// Somebody who just came in.
    pub fn guest(&self, name: &str) -> Buyer {
        Buyer::guest(self.client.clone(), name)
    }

    /// The variant's row of the stock table.
    pub async fn stock(&self, sku: &str) -> Result<Value> {
        let page = self.staff().await?.get(&format!("/v1/admin/stock?sku={sku}")).await?.ok()?;
        page["items"].get(0).cloned().with_context(|| format!("no stock of {sku}: {page}"))
    }

    /// Runs `souk audit` until nothing is under way, and fails on a breach.
    pub async fn audit(&self) -> Result<()> {
        let output = self.souk(&["audit", "--wait-seconds", "120"], "")?;
        ensure!(
            output.status.success(),
            "audit:\n{}{}\n{}",
            text(&output.stdout),
            text(&output.stderr),
            self.last_words()
        );
        Ok(())
    }

    /// Runs a command of the binary on this shop and fails when it does.
    pub fn command(&self, arguments: &[&str], stdin: &str) -> Result<String> {
        let output = self.souk(arguments, stdin)?;
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        ensure!(output.status.success(), "souk {arguments:?}: {}\n{out}{err}", output.status);
        Ok(out)
    }

    /// Runs a command of the binary on this shop.
    pub fn souk(&self, arguments: &[&str], stdin: &str) -> Result<std::process::Output> {
        use std::io::Write;
        let mut command = Command::new(souk_binary()?);
        command.args(self.arguments("data")).args(arguments);
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn()?;
        child.stdin.take().context("piped")?.write_all(stdin.as_bytes())?;
        Ok(child.wait_with_output()?)
    }

    fn arguments(&self, data: &str) -> Vec<String> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        vec!["--data".into(), path(data), "--config".into(), path("souk.toml")]
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("souk.log")
    }

    /// What all its processes have logged as JSON, in the order in which it was written.
    pub fn log_lines(&self) -> Result<Vec<Value>> {
        let log = std::fs::read_to_string(self.log())?;
        Ok(log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

fn free_address() -> Result<String> {
    Ok(format!("127.0.0.1:{}", free_port()?))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
