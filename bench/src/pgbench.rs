//! `pgbench` on a database of its own on the shop's PostgreSQL: what a program gets that commits for each buyer.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use souk_testkit::PrivatePostgres;

use crate::process;

const DATABASE: &str = "pgbench";
const TABLES: &str = "
    create table orders (id bigint primary key, number bigint not null, total bigint not null, data text not null);
    create table lines (order_id bigint not null, position bigint not null, variant bigint not null,
        quantity bigint not null, primary key (order_id, position));
    create table events (id uuid primary key, subject bigint not null, data text not null);
    create table keys (scope text not null, key bigint not null, primary key (scope, key));
    create table holds (order_id uuid primary key, variant bigint not null, quantity bigint not null);
    create table stock (id bigint primary key, on_hand bigint not null check (on_hand >= 0));
    insert into stock select id, 1000000000 from generate_series(0, 999) as id;";

/// Five inserts and an update per commit.
pub(crate) const ORDER: Script = Script {
    name: "order",
    sql: r#"\set variant random(0, 999)
\set total random(100, 100000)
\set id random(1, 9000000000000000000)
begin;
insert into orders (id, number, total, data) values (:id, 1, :total, '{"lines":[{"sku":"TEE-M","quantity": 2,"price": 1999}],"shipping":"standard","currency":"EUR"}');
insert into lines (order_id, position, variant, quantity) values (:id, 1, :variant, 1);
insert into lines (order_id, position, variant, quantity) values (:id, 2, :variant, 1);
insert into events (id, subject, data) values (gen_random_uuid(), :id, '{"lines":[{"sku":"TEE-M","quantity": 2,"price": 1999}],"shipping":"standard","currency":"EUR"}');
insert into keys (scope, key) values ('customer:1', :id);
update stock set on_hand = on_hand - 2 where id = :variant and on_hand >= 2;
commit;
"#,
    clients: &[8, 16, 32, 64],
};

/// The last units of one SKU, as programs usually sell them.
pub(crate) const HOT: Script = Script {
    name: "hot",
    sql: "begin;
select on_hand from stock where id = 0 for update;
update stock set on_hand = on_hand - 1 where id = 0;
insert into holds (order_id, variant, quantity) values (gen_random_uuid(), 0, 1);
commit;
",
    clients: &[1, 2, 4, 8, 16, 64],
};

pub(crate) struct Script {
    name: &'static str,
    sql: &'static str,
    /// How many are tried.
    clients: &'static [u32],
}

/// A script at the number of clients that is best for it.
pub(crate) struct Best {
    file: PathBuf,
    url: String,
    pub(crate) clients: u32,
}

pub(crate) fn prepare(server: &PrivatePostgres) -> Result<()> {
    psql(server, "postgres", &format!("create database {DATABASE}"))?;
    psql(server, DATABASE, TABLES).map(drop)
}

/// Lets the server count the rows of all databases whose name begins so: autovacuum does it within a minute after
/// a shop has opened, and a round is shorter than that.
pub(crate) fn count_rows(server: &PrivatePostgres, prefix: &str) -> Result<()> {
    let names = psql(server, "postgres", "select datname from pg_database")?;
    let ours = names.lines().filter(|name| name.starts_with(prefix));
    ours.map(|name| psql(server, name, "vacuum analyze")).try_for_each(|counted| counted.map(drop))
}

fn psql(server: &PrivatePostgres, database: &str, sql: &str) -> Result<String> {
    let mut command = Command::new("psql");
    command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    process::run(command.arg(server.url(database)))
}

impl Best {
    /// Tries each number of clients for a moment.
    pub(crate) fn of(script: &Script, server: &PrivatePostgres, dir: &std::path::Path) -> Result<Best> {
        let file = dir.join(script.name).with_extension("sql");
        std::fs::write(&file, script.sql)?;
        let mut best = Best { file, url: server.url(DATABASE), clients: 1 };
        let mut most = 0;
        for clients in script.clients {
            let tried = Best { clients: *clients, file: best.file.clone(), url: best.url.clone() };
            let rate = tried.run(2)?;
            if rate > most {
                (most, best) = (rate, tried);
            }
        }
        Ok(best)
    }

    /// Commits per second.
    pub(crate) fn run(&self, seconds: u64) -> Result<u64> {
        let (clients, threads) = (self.clients.to_string(), self.clients.min(2).to_string());
        let mut command = Command::new("pgbench");
        command.args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients,
            "-j",
            &threads,
            "-T",
            &seconds.to_string(),
            "-f",
        ]);
        let said = process::run(command.arg(&self.file).arg(&self.url))?;
        if said.contains("ERROR") {
            bail!("pgbench: {said}");
        }
        let rate = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split('.').next()?.parse().ok());
        rate.with_context(|| format!("pgbench said something else than usual:\n{said}"))
    }
}
