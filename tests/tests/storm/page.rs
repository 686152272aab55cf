//! `docs/storm.md`: the record of one run of `make storm`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use souk_types::Clock;

use crate::victim::{Blow, Victim};

const HEAD: &str = "\
# The fleet in a storm

Made by `make storm`. Two replicas of each role, a PostgreSQL for each service, Redis and RabbitMQ; 8 people buy at a steady pace
through both gateways, 3 look around and sign in. Each process in turn is killed (`kill -9`, started again two seconds later) and
stopped (SIGSTOP for 10 s).

- **Asserted** after each blow: every order that somebody was told of is there, once, and the same `Idempotency-Key` tells of the
  same one; the auditor finds nothing; within 5 s of the return orders are placed at the usual rate again. `make test` asserts the
  same of fewer blows.
- The return is the moment at which a killed process takes connections again, or SIGCONT. Usual is the median of the 4 s
  before the blow; \"back\" is the first window of 1.5 s with 70 % of it
  that lasts, counted from the return to its beginning: 0.0 is at once.
- A client waits 3 s for an answer. It is counted whenever one sees an error, then it comes again, with the same key. *Refused*: a
  gateway does not take the connection; the client goes to the other one, as nginx does. Counts differ from run to run.
- Time to settle is how long the auditor had to wait, after the last buyer, until nothing was under way.
- A killed process is a killed server, not a killed machine: PostgreSQL ran without fsync, and its services reached it by Unix sockets.
";

/// What one blow came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) victim: String,
    pub(crate) blow: Blow,
    pub(crate) requests: u32,
    pub(crate) errors: BTreeMap<String, u32>,
    pub(crate) orders: usize,
    pub(crate) usual_per_min: u64,
    pub(crate) gap_ms: u64,
    pub(crate) back_after_ms: Option<u64>,
    pub(crate) settled_ms: u64,
}

impl Told {
    pub(crate) fn line(&self) -> String {
        let how = if self.blow == Blow::Killed { "kill -9" } else { "SIGSTOP 10 s" };
        let errors: Vec<_> = self.errors.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let errors = if errors.is_empty() { "none".to_owned() } else { errors.join(", ") };
        let back = self.back_after_ms.map_or_else(|| "never".to_owned(), seconds);
        format!(
            "| {} | {how} | {} | {errors} | {} | {}/min | {} | {back} | {} | clean |",
            self.victim,
            self.requests,
            self.orders,
            self.usual_per_min,
            seconds(self.gap_ms),
            seconds(self.settled_ms)
        )
    }

    /// For the page, which is made when all have been told.
    pub(crate) fn write_down(&self) -> Result<()> {
        let folder = records();
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}-{:?}.json", self.victim, self.blow));
        Ok(std::fs::write(file, serde_json::to_vec(self)?)?)
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1_000, ms % 1_000 / 100)
}

fn records() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("storm")
}

fn blows() -> impl Iterator<Item = (Victim, Blow)> {
    Victim::all().into_iter().flat_map(|victim| [Blow::Killed, Blow::Stopped].map(|blow| (victim, blow)))
}

fn page() -> Result<String> {
    let today = Clock::system().now().to_string();
    let today = today.split('T').next().context("a date")?.to_owned();
    let mut page = format!("{HEAD}\nRun on {today}, debug build, two cores shared with others.\n\n");
    page.push_str("| victim | blow | requests | errors seen | orders | usual | longest gap | back | to settle | audit |\n");
    page.push_str(&format!("|{}\n", "---|".repeat(10)));
    for (victim, blow) in blows() {
        let file = records().join(format!("{}-{blow:?}.json", victim.name()));
        let record =
            std::fs::read(&file).with_context(|| format!("{} {blow:?} was not told", victim.name()))?;
        let told: Told = serde_json::from_slice(&record)?;
        page.push_str(&format!("{}\n", told.line()));
    }
    Ok(page)
}

#[test]
fn the_page_has_every_blow() -> Result<()> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/storm.md");
    if std::env::var_os("SOUK_UPDATE").is_some() {
        return Ok(std::fs::write(file, page()?)?);
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    ensure!(written.starts_with(HEAD), "docs/storm.md is of another storm: `make storm` writes it anew");
    for (victim, _) in blows() {
        let rows = written.lines().filter(|line| line.starts_with(&format!("| {} |", victim.name()))).count();
        ensure!(rows == 2, "docs/storm.md has {rows} rows of {}", victim.name());
    }
    Ok(())
}
