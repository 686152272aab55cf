//! Claiming stays cheap however many events wait.

mod common;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use common::{MIGRATIONS, NOW, cx, happened, on_each};
use souk_db::inbox::Claimed;
use souk_db::{Db, DbConfig, Dialect, PostgresConfig, Statement, args, inbox};
use souk_testkit::TestDatabase;
use souk_types::{Envelope, EventId, Timestamp};

const LEASE: Duration = Duration::from_secs(30);
const WAITING: u128 = 3_000;

async fn fill(db: &Db) {
    let events: Vec<Envelope> = (1..=WAITING).map(|subject| happened(subject, 1)).collect();
    db.commit(&cx(), inbox::accept("order", &events, NOW)).await.expect("accepts");
}

#[tokio::test]
async fn a_claim_takes_no_more_than_its_limit_of_thousands() {
    on_each(async |db| {
        fill(db).await;
        let mut in_hand = HashMap::new();
        for claims in 1..=3 {
            let claimed = inbox::claim(db, "order", NOW, LEASE, 100, &in_hand).await.expect("claims");
            assert_eq!(claimed.len(), 100);
            in_hand.extend(claimed.iter().map(|claimed| (claimed.envelope.id, Instant::now())));
            assert_eq!(in_hand.len(), claims * 100, "none is claimed twice");
        }
    })
    .await;
}

#[tokio::test]
async fn a_claim_chooses_once_on_postgres_and_not_once_per_waiting_event() {
    let place = TestDatabase::postgres().expect("a database");
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    // One connection that writes, so that it is the one that tells what it has prepared.
    let alone = DbConfig::Postgres(PostgresConfig { writers: 1, ..config.clone() });
    let db = Db::open(&alone, "shop", MIGRATIONS).await.expect("opens");
    fill(&db).await;
    claim(&db, "order", NOW).await;
    let prepared = Statement::new(
        "prepared",
        "select statement from pg_prepared_statements where statement like 'update inbox set lease_until%'",
        args![],
    );
    let prepared =
        db.commit(&cx(), prepared.returning().expect_rows(1)).await.expect("the claim was prepared");
    let claim: String = prepared.rows("prepared")[0].get(0).expect("a text");
    let explain = format!("explain (analyze, costs off, timing off) {claim}");
    let plan = db
        .read_dynamic(explain, args![NOW.plus(LEASE), "order", NOW, 10_i64], |row| row.get::<String>(0))
        .await
        .expect("explains");
    let plan_text = plan.join("\n");
    let choices: Vec<&String> = plan.iter().filter(|line| line.contains("LockRows")).collect();
    assert_eq!(choices.len(), 1, "{plan_text}");
    assert!(choices[0].contains("loops=1)"), "{plan_text}");
    // What came before is looked up for each candidate, not by reading all that waits for each.
    let earlier = plan.iter().find(|line| line.contains("inbox earlier")).expect("it looks for earlier ones");
    assert!(earlier.contains("inbox_heads") || earlier.contains("loops=1)"), "{plan_text}");
}

#[tokio::test]
async fn what_a_dead_worker_had_in_hand_is_claimed_again() {
    on_each(async |db| {
        let event = happened(1, 1);
        for consumer in ["order", "notification"] {
            let accept = inbox::accept(consumer, std::slice::from_ref(&event), NOW);
            db.commit(&cx(), accept).await.expect("accepts");
            assert_eq!(claim(db, consumer, NOW).await.len(), 1);
        }
        // A file has one owner, so whoever opens it knows that the one before is dead. On a server the worker
        // may be another replica's and alive, until its lease has run out.
        let again = match db.dialect() {
            Dialect::Sqlite => claim(db, "order", NOW).await,
            Dialect::Postgres => {
                assert_eq!(claim(db, "order", NOW).await, []);
                claim(db, "order", NOW.plus(LEASE)).await
            }
        };
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].envelope, event);
    })
    .await;
}

#[tokio::test]
async fn what_a_living_worker_renews_is_nobody_elses() {
    on_each(async |db| {
        if db.dialect() == Dialect::Sqlite {
            return;
        }
        let accept = inbox::accept("order", std::slice::from_ref(&happened(1, 1)), NOW);
        db.commit(&cx(), accept).await.expect("accepts");
        let held = claim(db, "order", NOW).await;
        let (first_end, second_end) = (NOW.plus(LEASE), NOW.plus(LEASE).plus(LEASE));
        inbox::renew(db, "order", &[held[0].envelope.id], second_end).await.expect("renews");
        assert_eq!(claim(db, "order", first_end).await, []);
        assert_eq!(claim(db, "order", second_end).await.len(), 1, "not for ever");
    })
    .await;
}

/// As a worker with empty hands.
async fn claim(db: &Db, consumer: &'static str, now: Timestamp) -> Vec<Claimed> {
    let nothing: HashMap<EventId, Instant> = HashMap::new();
    inbox::claim(db, consumer, now, LEASE, 10, &nothing).await.expect("claims")
}
