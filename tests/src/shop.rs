//! A shop to tell journeys about: all roles in one process, or each in its own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use souk::Role;
use tempfile::TempDir;

use crate::Client;
use crate::process::{Process, free_port, souk_binary};
use crate::story::{Buyer, eventually};

/// Where the roles of a shop run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// All in one process.
    Embedded,
    /// Each in a process of its own, speaking HTTP.
    Split,
}

impl Topology {
    pub const ALL: [Topology; 2] = [Topology::Embedded, Topology::Split];
}

/// A shop of real processes in a folder of its own; gone when dropped.
pub struct TestShop {
    pub client: Client,
    folder: TempDir,
    listen: String,
    topology: Topology,
    processes: BTreeMap<Vec<Role>, Process>,
    failpoints: BTreeMap<Role, String>,
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
        let folder = TempDir::with_prefix("souk-journey-")?;
        let listen = format!("127.0.0.1:{}", free_port()?);
        let mut toml = format!("{IMPATIENT}{settings}");
        toml.push_str("\n[peers]\n");
        for role in Role::ALL {
            toml.push_str(&format!("{role} = \"http://127.0.0.1:{}\"\n", free_port()?));
        }
        std::fs::write(folder.path().join("souk.toml"), toml)?;
        let client = Client::new(&format!("http://{listen}"));
        let (processes, failpoints) = (BTreeMap::new(), BTreeMap::new());
        let mut shop = TestShop { client, folder, listen, topology, processes, failpoints };
        let catalog = shop.folder.path().join("catalog.jsonl");
        std::fs::write(&catalog, catalog_jsonl())?;
        shop.command(&["import", &catalog.display().to_string()], "")?;
        shop.command(&["staff", "create", "--email", STAFF.0], STAFF.1)?;
        shop.start().await?;
        Ok(shop)
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Host and port of the public door.
    pub fn address(&self) -> &str {
        &self.listen
    }

    pub fn topology(&self) -> Topology {
        self.topology
    }

    /// The groups of roles that share a process.
    pub fn groups(&self) -> Vec<Vec<Role>> {
        match self.topology {
            Topology::Embedded => vec![Role::ALL.to_vec()],
            Topology::Split => Role::ALL.iter().map(|role| vec![*role]).collect(),
        }
    }

    /// Starts whatever does not run and waits until the shop answers.
    pub async fn start(&mut self) -> Result<()> {
        for group in self.groups() {
            if self.processes.get_mut(&group).is_none_or(|process| !process.is_running()) {
                self.start_group(&group)?;
            }
        }
        self.ready().await
    }

    /// Starts the process of one group, without waiting for it.
    pub fn start_group(&mut self, group: &[Role]) -> Result<()> {
        let mut arguments = self.arguments();
        arguments.extend(["up", "--dev", "--demo-products", "0"].map(str::to_owned));
        if self.topology == Topology::Split {
            arguments.extend(group.iter().map(|role| format!("--role={role}")));
        }
        arguments.push(format!("--listen={}", self.listen));
        let plans: Vec<_> = group.iter().filter_map(|role| self.failpoints.remove(role)).collect();
        if !plans.is_empty() {
            arguments.push(format!("--failpoints={}", plans.join(";")));
        }
        let process = Process::start(&arguments, &self.log())?;
        self.processes.insert(group.to_vec(), process);
        Ok(())
    }

    /// Arms fail points of a role at its next start, for that start only.
    pub fn arm(&mut self, role: Role, plan: &str) {
        self.failpoints.insert(role, plan.to_owned());
    }

    /// `kill -9` on the process of a group.
    pub fn kill(&mut self, group: &[Role]) {
        if let Some(process) = self.processes.get_mut(group) {
            process.kill();
        }
    }

    pub fn is_running(&mut self, group: &[Role]) -> bool {
        self.processes.get_mut(group).is_some_and(Process::is_running)
    }

    /// SIGTERM to every process, gateway first, as an operator would.
    pub fn close(&mut self) -> Result<()> {
        for (group, process) in self.processes.iter_mut().rev() {
            let status = process.terminate()?;
            ensure!(status.success(), "{group:?} ended with {status}");
        }
        Ok(())
    }

    /// Waits until the gateway and everything behind it is ready.
    pub async fn ready(&self) -> Result<()> {
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
        command.args(self.arguments()).args(arguments);
        let piped = std::process::Stdio::piped;
        let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn()?;
        child.stdin.take().context("piped")?.write_all(stdin.as_bytes())?;
        Ok(child.wait_with_output()?)
    }

    fn arguments(&self) -> Vec<String> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        vec!["--data".into(), path("data"), "--config".into(), path("souk.toml")]
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("souk.log")
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A small catalog whose every number a journey can rely on.
fn catalog_jsonl() -> String {
    let sizes = ["S", "M", "L"];
    let tees: Vec<Value> =
        sizes.iter().map(|size| variant(&format!("TEE-{size}"), &[size], 1999, 1000)).collect();
    let mut products = vec![
        json!({"key": "tee", "title": "Everyday Tee", "brand": "Cobalt", "category": ["Clothing", "Shirts"],
               "description": "Soft cotton.", "attributes": {"material": "cotton"}, "options": ["Size"], "variants": tees}),
        json!({"key": "mug", "title": "Stoneware Mug", "brand": "Dune", "category": ["Home", "Kitchen"],
               "variants": [variant("MUG", &[], 1250, 1000)]}),
        json!({"key": "toner", "title": "HP Laser Toner", "brand": "HP", "category": ["Office"],
               "variants": [variant("TONER", &[], 8900, 1000)]}),
        json!({"key": "last", "title": "The Last Shirt", "brand": "Cobalt", "category": ["Clothing"],
               "variants": [variant("LAST", &[], 4900, 50)]}),
        json!({"key": "rare", "title": "Rare Lamp", "brand": "Harrow", "category": ["Home"],
               "variants": [variant("RARE", &[], 9900, 1)]}),
    ];
    for n in 0..20 {
        let sku = format!("SPREAD-{n}");
        products.push(json!({"key": sku, "title": format!("Spread {n}"), "variants": [variant(&sku, &[], 1000 + n, 100_000)]}));
    }
    products.iter().map(|product| format!("{product}\n")).collect()
}

fn variant(sku: &str, option_values: &[&str], cents: i64, stock: i64) -> Value {
    json!({"sku": sku, "option_values": option_values, "prices": {"USD": cents, "EUR": cents},
           "weight_grams": 200, "stock": {"main": stock}})
}
