//! How many durable orders per second: `cargo run --release -p souk-db --example commits -- [tasks] [seconds] [url]`.
//!
//! An order is an insert, a guarded update of one of a thousand stock rows and an outbox row, in one batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use souk_db::{Db, DbConfig, DbError, Migration, Statement, args, batch, outbox};
use souk_rpc::Context;
use souk_types::{Chance, Clock, Event};
use uuid::Uuid;

const MIGRATIONS: &[Migration] = &[Migration {
    version: 101,
    name: "orders",
    sql: "create table orders (id uuid primary key, number bigint not null, total bigint not null, data text not null);
          create table stock (id bigint primary key, on_hand bigint not null check (on_hand >= 0));",
}];

const VARIANTS: u64 = 1_000;

#[derive(Serialize, Deserialize)]
struct OrderPlaced {
    order: Uuid,
    total: i64,
}

impl Event for OrderPlaced {
    const TYPE: &'static str = "order.placed";
    fn subject(&self) -> Uuid {
        self.order
    }
}

#[tokio::main]
async fn main() -> Result<(), DbError> {
    let mut words = std::env::args().skip(1);
    let tasks: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(256);
    let seconds: u64 = words.next().and_then(|word| word.parse().ok()).unwrap_or(5);
    let dir = std::env::temp_dir().join(format!("souk-commits-{}", std::process::id()));
    let config = words.next().map_or_else(|| DbConfig::sqlite(&dir), DbConfig::postgres);
    let db = Db::open(&config, "bench", MIGRATIONS).await?;
    let cx = Context::system("bench");
    for variant in 0..VARIANTS {
        db.commit(&cx, stock(variant)).await?;
    }
    let before = db.stats();
    let (started, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let refused = Arc::new(AtomicU64::new(0));
    let workers = (0..tasks).map(|worker| {
        let (db, refused) = (db.clone(), refused.clone());
        tokio::spawn(async move {
            let (cx, chance, clock) = (Context::system("bench"), Chance::system(), Clock::system());
            let mut n = worker * 7919;
            while Instant::now() < until {
                n += 1;
                if db.commit(&cx, order(&cx, &chance, &clock, n)).await.is_err() {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    });
    futures::future::join_all(workers).await;
    let (after, elapsed_ms) = (db.stats(), started.elapsed().as_millis());
    let rate = |count: u64| u128::from(count) * 1000 / elapsed_ms;
    println!(
        "{tasks} tasks: {} orders/s in {} commits/s, {} refused",
        rate(after.jobs - before.jobs),
        rate(after.commits - before.commits),
        refused.load(Ordering::Relaxed)
    );
    reads(&db).await?;
    db.close().await;
    let _ = std::fs::remove_dir_all(dir);
    Ok(())
}

async fn reads(db: &Db) -> Result<(), DbError> {
    let (started, mut count) = (Instant::now(), 0_u64);
    while started.elapsed() < Duration::from_secs(1) {
        let id = i64::try_from(count % VARIANTS).unwrap_or(0);
        db.read_one("select on_hand from stock where id = $1", args![id], |row| row.get::<i64>(0)).await?;
        count += 1;
    }
    println!("1 task: {count} reads/s");
    Ok(())
}

fn stock(variant: u64) -> Statement {
    let id = i64::try_from(variant).unwrap_or(0);
    Statement::new("stock.add", "insert into stock (id, on_hand) values ($1, 1000000000)", args![id])
}

fn order(cx: &Context, chance: &Chance, clock: &Clock, n: u64) -> souk_db::Batch {
    let (now, variant) = (clock.now(), i64::try_from(n % VARIANTS).unwrap_or(0));
    let order = chance.uuid_v7(now);
    let data =
        r#"{"lines":[{"sku":"TEE-M","quantity":2,"price":1999}],"shipping":"standard","currency":"EUR"}"#;
    batch![
        Statement::new(
            "orders.save",
            "insert into orders (id, number, total, data) values ($1, $2, $3, $4)",
            args![order, 1_i64, 3998_i64, data],
        )
        .expect_rows(1),
        Statement::new(
            "stock.take",
            "update stock set on_hand = on_hand - $1 where id = $2 and on_hand >= $1",
            args![2_i64, variant],
        )
        .expect_rows(1),
        outbox::emit(cx, now, chance, "order", 1, &OrderPlaced { order, total: 3998 }),
    ]
}
