//! `docs/resiliency.md`, made of the table.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use souk::Role;

use crate::row::AT_ONCE_S;
use crate::table::{Cell, Condition, Dependency, Row, TABLE};

const HEAD: &str = "\
# What works while something does not

Made by `make resiliency` from the table in `tests/tests/resiliency/table.rs`. Every cell is asserted by `make test`: it is
really done, by people who came before anything was wrong, in a shop of six processes on PostgreSQL, Redis, RabbitMQ and a mail
server, **one of each**. Replicas turn most of what stands here about a service into \"works\"
([why](adr/0012-replicas-are-found-by-their-callers.md)).

- *Down*: killed, or nobody listens. *Stalled*: stopped like with SIGSTOP, connections stay and no answer comes. *Slow*: each
  answer comes 300 ms later.
- After each row the dependency comes back. What was refused works again; the same `Idempotency-Key` finds out what became
  of a checkout; what was accepted is done within 30 s; the auditor finds nothing.
- The shop of the tests waits 3 s for the user, product and notification services and 5 s for order and payment
  (`gateway.hop_ms_max`, by default 10 s and 30 s), and 1.5 s for the payment provider (`payment.provider_timeout_ms`, 10 s).
";

const FOOT: &str = "\
**works** within SECONDS s · **slower** than ever, within the time given · **kept**: the last good answer, from a cache or
from the gateway's memory (when there is none within `gateway.stale.patience_ms`), which may be old · **stale**: the gateway's last good answer, marked by `Warning` and `Cache-Status` ·
**503** `unavailable` within SECONDS s, or **503/504** `unavailable` or `timeout` within the time given · **later**: accepted within
SECONDS s, done when the dependency is back · **later, or canceled**: accepted (202); what the provider never heard of within
`payment.reconcile.give_up_s` is canceled and mailed, since card tokens are not kept and nobody can ask again.

A mail is that of somebody who registers. A customer who has been seen by a gateway is
known to it for five minutes without the user service; whoever has not, staff and API keys wait for it to come back
([why](adr/0022-customers-stay-signed-in.md)).
";

fn page() -> String {
    let mut page =
        format!("{HEAD}\n| away | how | browse | search | log in | cart | check out | history | mail |\n");
    page.push_str(&format!("|{}\n", "---|".repeat(9)));
    for row in TABLE {
        page.push_str(&line(row));
    }
    page.push_str(&format!("\n{}", FOOT.replace("SECONDS", &AT_ONCE_S.to_string())));
    page
}

fn line(row: &Row) -> String {
    let how = match row.condition {
        Condition::Down => "down",
        Condition::Stalled => "stalled",
        Condition::Slow => "slow",
    };
    // Named once for its three rows.
    let name = if row.condition == Condition::Down { name(row.dependency) } else { String::new() };
    let cells: Vec<_> = row.cells.iter().map(|cell| text(*cell)).collect();
    format!("| {name} | {how} | {} |\n", cells.join(" | "))
}

fn name(dependency: Dependency) -> String {
    match dependency {
        Dependency::Service(role) => format!("**{role}** service"),
        Dependency::Database(Role::Product) => "**product** database".to_owned(),
        Dependency::Database(role) => format!("**{role}** database"),
        Dependency::Provider => "**payment provider**".to_owned(),
        Dependency::Redis => "**Redis**".to_owned(),
        Dependency::Bus => "**bus** (RabbitMQ)".to_owned(),
        Dependency::Smtp => "**SMTP**".to_owned(),
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Works => "works".to_owned(),
        Cell::Slower(seconds) => format!("slower, {seconds} s"),
        Cell::Kept(seconds) => format!("kept, {seconds} s"),
        Cell::Stale(seconds) => format!("stale, {seconds} s"),
        Cell::Unavailable => "503".to_owned(),
        Cell::NoAnswer(seconds) => format!("503/504, {seconds} s"),
        Cell::Later => "later".to_owned(),
        Cell::Canceled => "later, or canceled".to_owned(),
    }
}

#[test]
fn the_page_says_what_the_table_says() -> Result<()> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/resiliency.md");
    if std::env::var_os("SOUK_UPDATE").is_some() {
        return Ok(std::fs::write(file, page())?);
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    ensure!(
        written == page(),
        "docs/resiliency.md is not what the tests assert: `make resiliency` writes it anew"
    );
    Ok(())
}
