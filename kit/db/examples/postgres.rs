//! What PostgreSQL makes of many buyers at once, beside `pgbench` on the same private server with fsync on:
//! `cargo run --release -p souk-db --example postgres -- [seconds] [rounds] [writers]`.
//!
//! 1. Orders: five inserts and an update per commit. pgbench at the number of clients that is best for it, and the
//!    same rows through `Db::commit` by 64 and 256 tasks.
//! 2. One hot SKU: select for update, update, insert, commit by pgbench; the same rows by guarded batches.
//!
//! Each round of ours follows a round of pgbench's; what counts is the median of their ratios.

#![expect(clippy::float_arithmetic, reason = "rates and their ratios; no money is near")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use souk_db::{Batch, Db, DbConfig, Migration, PostgresConfig, Statement, args, batch};
use souk_rpc::Context;
use souk_testkit::PrivatePostgres;
use souk_types::{Chance, Clock};

const MIGRATIONS: &[Migration] = &[Migration {
    version: 101,
    name: "orders",
    sql: "create table orders (id uuid primary key, number bigint not null, total bigint not null, data text not null);
          create table lines (order_id uuid not null, position bigint not null, variant bigint not null,
              quantity bigint not null, primary key (order_id, position));
          create table events (id uuid primary key, subject uuid not null, data text not null);
          create table keys (scope text not null, key uuid not null, primary key (scope, key));
          create table holds (order_id uuid primary key, variant bigint not null, quantity bigint not null);
          create table stock (id bigint primary key, on_hand bigint not null check (on_hand >= 0));",
}];
const VARIANTS: i64 = 1_000;
const DATA: &str =
    r#"{"lines":[{"sku":"TEE-M","quantity": 2,"price": 1999}],"shipping":"standard","currency":"EUR"}"#;

const ORDER_SCRIPT: &str = r#"\set variant random(0, 999)
\set total random(100, 100000)
select gen_random_uuid() as id \gset
begin;
insert into orders (id, number, total, data) values (:id, 1, :total, '{"lines":[{"sku":"TEE-M","quantity": 2,"price": 1999}],"shipping":"standard","currency":"EUR"}');
insert into lines (order_id, position, variant, quantity) values (:id, 1, :variant, 1);
insert into lines (order_id, position, variant, quantity) values (:id, 2, :variant, 1);
insert into events (id, subject, data) values (gen_random_uuid(), :id, '{"lines":[{"sku":"TEE-M","quantity": 2,"price": 1999}],"shipping":"standard","currency":"EUR"}');
insert into keys (scope, key) values ('customer:1', :id);
update stock set on_hand = on_hand - 2 where id = :variant and on_hand >= 2;
commit;
"#;
const HOT_SCRIPT: &str = r"begin;
select on_hand from stock where id = 0 for update;
update stock set on_hand = on_hand - 1 where id = 0;
insert into holds (order_id, variant, quantity) values (gen_random_uuid(), 0, 1);
commit;
";

/// A workload: what pgbench does, and what we do.
struct Contest {
    name: &'static str,
    script: &'static str,
    batch: fn(&Chance, &Clock, u64) -> Batch,
    bar: f64,
}

const CONTESTS: [Contest; 2] = [
    Contest { name: "orders", script: ORDER_SCRIPT, batch: order, bar: 0.25 },
    Contest { name: "one hot SKU", script: HOT_SCRIPT, batch: hold, bar: 10.0 },
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let seconds: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(3);
    let rounds: usize = words.next().and_then(|word| word.parse().ok()).unwrap_or(5);
    let server = PrivatePostgres::start_durable()?;
    let dir = std::env::temp_dir().join(format!("souk-pgbench-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let url = server.url("bench");
    let mut config = PostgresConfig { url: url.clone(), ..PostgresConfig::default() };
    config.writers = words.next().and_then(|word| word.parse().ok()).unwrap_or(config.writers);
    println!("{} writers, {} batches per commit at most", config.writers, config.batch_max);
    let db = Db::open(&DbConfig::Postgres(config), "bench", MIGRATIONS).await?;
    let shelves: Vec<Statement> = (0..VARIANTS).map(shelf).collect();
    db.commit(&Context::system("bench"), shelves).await?;
    println!("fsync {}/s", fsyncs(&dir)?);
    for contest in CONTESTS {
        run(&contest, &db, &url, &dir, seconds, rounds).await?;
    }
    println!("fsync {}/s", fsyncs(&dir)?);
    db.close().await;
    std::fs::remove_dir_all(dir)?;
    Ok(())
}

async fn run(
    contest: &Contest,
    db: &Db,
    url: &str,
    dir: &Path,
    seconds: u64,
    rounds: usize,
) -> Result<(), Box<dyn std::error::Error>> {
    let script = dir.join("script.sql");
    std::fs::write(&script, contest.script)?;
    let alone = (pgbench(url, &script, 1, seconds)?, commits(db, contest.batch, 1, seconds).await);
    println!("{}: one at a time: pgbench {:.0}/s, ours {:.0}/s", contest.name, alone.0, alone.1);
    let (mut best, mut crowd) = ((1, alone.0), alone.0);
    for clients in [4, 8, 16, 32, 64] {
        let rate = pgbench(url, &script, clients, seconds)?;
        println!("{}: pgbench with {clients} clients {rate:.0}/s", contest.name);
        if rate > best.1 {
            best = (clients, rate);
        }
        crowd = rate;
    }
    for tasks in [64, 256] {
        let (mut theirs, mut ours, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let before = db.stats();
            let pair =
                (pgbench(url, &script, best.0, seconds)?, commits(db, contest.batch, tasks, seconds).await);
            let after = db.stats();
            theirs.push(pair.0);
            ours.push(pair.1);
            ratios.push(pair.1 / pair.0);
            println!(
                "  pgbench {:.0}/s, ours {:.0}/s in {} commits/s",
                pair.0,
                pair.1,
                (after.commits - before.commits) / seconds
            );
        }
        println!(
            "{}: pgbench with {} clients {:.0}/s; {tasks} tasks of ours {:.0}/s; ratio {:.2} (bar {}); {:.2} beside 64 clients",
            contest.name,
            best.0,
            median(&mut theirs),
            median(&mut ours),
            median(&mut ratios),
            contest.bar,
            median(&mut ours) / crowd
        );
    }
    Ok(())
}

fn pgbench(url: &str, script: &Path, clients: u32, seconds: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let threads = clients.min(2).to_string();
    let output = Command::new("pgbench")
        .args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients.to_string(),
            "-j",
            &threads,
            "-T",
            &seconds.to_string(),
            "-f",
        ])
        .arg(script)
        .arg(url)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.ok_or_else(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Batches committed per second. One that fails ends the run: the rates would not be comparable.
async fn commits(db: &Db, batch: fn(&Chance, &Clock, u64) -> Batch, tasks: u64, seconds: u64) -> f64 {
    let (started, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let done = Arc::new(AtomicU64::new(0));
    let workers = (0..tasks).map(|worker| {
        let (db, done) = (db.clone(), done.clone());
        tokio::spawn(async move {
            let (cx, chance, clock) = (Context::system("bench"), Chance::system(), Clock::system());
            let mut n = worker * 7919;
            while Instant::now() < until {
                n += 1;
                db.commit(&cx, batch(&chance, &clock, n)).await.expect("every batch fits");
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for ended in futures::future::join_all(workers).await {
        ended.expect("no worker panics");
    }
    #[expect(clippy::cast_precision_loss, reason = "a count for a rate")]
    let count = done.load(Ordering::Relaxed) as f64;
    count / started.elapsed().as_secs_f64()
}

fn order(chance: &Chance, clock: &Clock, n: u64) -> Batch {
    let (now, variant) = (clock.now(), i64::try_from(n).unwrap_or(0) % VARIANTS);
    let (order, event) = (chance.uuid_v7(now), chance.uuid_v7(now));
    let line = |position: i64| {
        let sql = "insert into lines (order_id, position, variant, quantity) values ($1, $2, $3, $4)";
        Statement::new("lines.add", sql, args![order, position, variant, 1_i64]).expect_rows(1)
    };
    batch![
        Statement::new(
            "orders.save",
            "insert into orders (id, number, total, data) values ($1, $2, $3, $4)",
            args![order, 1_i64, 3998_i64, DATA],
        )
        .expect_rows(1),
        line(1),
        line(2),
        Statement::new(
            "events.add",
            "insert into events (id, subject, data) values ($1, $2, $3)",
            args![event, order, DATA],
        )
        .expect_rows(1),
        Statement::new(
            "keys.add",
            "insert into keys (scope, key) values ($1, $2)",
            args!["customer:1", order]
        )
        .expect_rows(1),
        take(variant, 2),
    ]
}

fn hold(chance: &Chance, clock: &Clock, _: u64) -> Batch {
    let order = chance.uuid_v7(clock.now());
    let sql = "insert into holds (order_id, variant, quantity) values ($1, $2, $3)";
    batch![Statement::new("holds.add", sql, args![order, 0_i64, 1_i64]).expect_rows(1), take(0, 1)]
}

fn take(variant: i64, count: i64) -> Statement {
    Statement::new(
        "stock.take",
        "update stock set on_hand = on_hand - $1 where id = $2 and on_hand >= $1",
        args![count, variant],
    )
    .expect_rows(1)
}

fn shelf(variant: i64) -> Statement {
    Statement::new("stock.add", "insert into stock (id, on_hand) values ($1, 1000000000)", args![variant])
}

/// How often the disk of the temporary folder syncs per second; it swings with what the machine's neighbours do.
fn fsyncs(dir: &Path) -> std::io::Result<u64> {
    use std::io::Write;
    let mut file = std::fs::File::create(dir.join("fsync"))?;
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 512])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(count)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
