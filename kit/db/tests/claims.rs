//! Claiming stays cheap however many events wait.

mod common;

use std::time::Duration;

use common::{MIGRATIONS, NOW, cx, happened, on_each};
use souk_db::{Db, DbConfig, PostgresConfig, Statement, args, inbox};
use souk_testkit::TestDatabase;
use souk_types::Envelope;

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
        for _ in 0..3 {
            let claimed = inbox::claim(db, "order", NOW, LEASE, 100).await.expect("claims");
            assert_eq!(claimed.len(), 100);
        }
        let leased = "select count(*) from inbox where lease_until > $1";
        let leased = db.read_one(leased, args![NOW], |row| row.get::<u64>(0)).await.expect("reads");
        assert_eq!(leased, Some(300));
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
    inbox::claim(&db, "order", NOW, LEASE, 10).await.expect("claims");
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
async fn the_leases_of_a_dead_worker_are_taken_over_at_once() {
    on_each(async |db| {
        let event = happened(1, 1);
        for consumer in ["order", "notification"] {
            db.commit(&cx(), inbox::accept(consumer, std::slice::from_ref(&event), NOW))
                .await
                .expect("accepts");
            assert_eq!(inbox::claim(db, consumer, NOW, LEASE, 10).await.expect("claims").len(), 1);
        }
        let ended = db.commit(&cx(), inbox::take_over("order")).await.expect("takes over");
        assert_eq!(ended.affected("inbox.take_over"), 1);
        assert_eq!(inbox::claim(db, "order", NOW, LEASE, 10).await.expect("claims")[0].attempts, 2);
        let others = inbox::claim(db, "notification", NOW, LEASE, 10).await.expect("claims");
        assert!(others.is_empty(), "another consumer's lease is not ours to end");
    })
    .await;
}
