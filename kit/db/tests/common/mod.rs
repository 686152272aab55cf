//! A small shop's schema, opened on every database.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

use souk_db::{Db, Migration, Statement, args};
use souk_rpc::{Cause, Context};
use souk_testkit::{TestDatabase, databases};
use souk_types::{Chance, Envelope, EventId, Timestamp};
use uuid::Uuid;

pub const MIGRATIONS: &[Migration] = &[Migration {
    version: 101,
    name: "shelves",
    sql: "create table shelves (
            id uuid primary key,
            sku text not null unique,
            on_hand bigint not null check (on_hand >= 0),
            open boolean not null default true,
            facts jsonb,
            picture bytea
        );
        create table tags (shelf uuid not null references shelves (id), tag text not null, primary key (shelf, tag));",
}];

pub const NOW: Timestamp = Timestamp::from_millis(1_795_341_600_000);

/// A database that is open, and the place that is cleared away after it.
pub struct Opened {
    pub db: Db,
    pub place: TestDatabase,
}

pub async fn opened() -> Vec<Opened> {
    let mut all = Vec::new();
    for place in databases() {
        let db = Db::open(&place.config, "shop", MIGRATIONS).await.expect(place.name);
        all.push(Opened { db, place });
    }
    all
}

/// Tells the same story on every database.
pub async fn on_each(story: impl AsyncFn(&Db)) {
    for Opened { db, place } in opened().await {
        println!("on {}", place.name);
        story(&db).await;
        db.close().await;
    }
}

pub fn cx() -> Context {
    Context::system("test")
}

pub fn caused_by(event: EventId, consumer: &'static str) -> Context {
    Context { cause: Some(Cause::new(event, consumer)), ..cx() }
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn add(n: u128, on_hand: i64) -> Statement {
    Statement::new(
        "shelves.add",
        "insert into shelves (id, sku, on_hand) values ($1, $2, $3)",
        args![id(n), format!("SKU-{n}"), on_hand],
    )
    .expect_rows(1)
}

/// Takes `count` off a shelf that has as many.
pub fn take(n: u128, count: i64) -> Statement {
    Statement::new(
        "shelves.take",
        "update shelves set on_hand = on_hand - $1 where id = $2 and on_hand >= $1",
        args![count, id(n)],
    )
    .expect_rows(1)
}

pub async fn on_hand(db: &Db, n: u128) -> Option<i64> {
    db.read_one("select on_hand from shelves where id = $1", args![id(n)], |row| row.get(0))
        .await
        .expect("reads")
}

/// The `sequence`th thing that happened to subject `subject`.
pub fn happened(subject: u128, sequence: i64) -> Envelope {
    Envelope {
        id: EventId(Chance::system().uuid_v7(NOW)),
        kind: "shelf.emptied".to_owned(),
        source: "product".to_owned(),
        subject: id(subject),
        sequence,
        time: NOW,
        traceparent: None,
        data: souk_types::EventData::of(&serde_json::json!({"n": sequence})).expect("JSON"),
    }
}
