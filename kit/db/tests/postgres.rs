//! What only the server database must stand: it goes away and comes back.

mod common;

use std::time::{Duration, Instant};

use common::{MIGRATIONS, add, cx, id, on_hand};
use souk_db::{Db, DbConfig, DbError, PostgresConfig, Statement, args, batch};
use souk_testkit::{Fault, FaultProxy, PrivatePostgres, SharedPostgres, TestDatabase};

#[tokio::test]
async fn a_crash_of_the_server_is_survived() {
    let server = PrivatePostgres::start().expect("a server");
    let db = Db::open(&DbConfig::postgres(server.url("shop")), "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), add(1, 5)).await.expect("commits");
    server.crash().expect("crashes");
    let error = db.commit(&cx(), add(2, 5)).await.expect_err("nobody there");
    assert!(matches!(error, DbError::Unavailable(_)) && error.is_transient(), "{error}");
    server.restart().expect("restarts");
    db.commit(&cx(), add(3, 5)).await.expect("the pool recovers by itself");
    assert_eq!(on_hand(&db, 1).await, Some(5));
}

#[tokio::test]
async fn a_restart_between_two_commits_goes_unnoticed() {
    let server = PrivatePostgres::start().expect("a server");
    let db = Db::open(&DbConfig::postgres(server.url("shop")), "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), add(1, 5)).await.expect("commits");
    server.crash().expect("crashes");
    server.restart().expect("restarts");
    db.commit(&cx(), add(2, 5)).await.expect("a stale connection is replaced");
}

#[tokio::test]
async fn replicas_that_start_together_on_an_empty_server_migrate_once() {
    let server = PrivatePostgres::start().expect("a server");
    let config = DbConfig::postgres(server.url("shop"));
    let replicas = (0..12).map(|_| Db::open(&config, "shop", MIGRATIONS));
    let opened = futures::future::join_all(replicas).await;
    for (replica, n) in opened.into_iter().zip(0..) {
        let replica = replica.expect("opens");
        // A second application would fail on the tables of the first.
        replica.commit(&cx(), add(n, 1)).await.expect("commits");
        let applied = "select count(*) from schema_migrations where version = 101";
        let applied = replica.read_one(applied, args![], |row| row.get::<i64>(0)).await.expect("reads");
        assert_eq!(applied, Some(1));
        replica.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_new_statements_waits_for_one_round_trip_and_not_for_one_each() {
    let server = SharedPostgres::join().expect("a server");
    let proxy = FaultProxy::before_postgres(server.address()).await.expect("a proxy");
    let url = server.url().replace(&server.address().to_string(), &proxy.address().to_string());
    let db = Db::open(&DbConfig::postgres(url), "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), add(1, 1)).await.expect("commits");

    let trip = Duration::from_millis(200);
    proxy.set(Some(Fault::Slow(trip)));
    // Eight texts that the server has not seen.
    let texts =
        ["select 1", "select 2", "select 3", "select 4", "select 5", "select 6", "select 7", "select 8"];
    let statements = texts.map(|sql| Statement::new("new", sql, args![])).to_vec();
    let begun = Instant::now();
    db.commit(&cx(), statements).await.expect("commits");
    // One for the texts, at the most three for the transaction around them; it would be eight for the texts alone.
    assert!(begun.elapsed() < trip * 6, "it took {:?}", begun.elapsed());
    db.close().await;
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let place = TestDatabase::postgres().expect("a database");
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    let hasty = DbConfig::Postgres(PostgresConfig { statement_timeout_ms: 50, ..config.clone() });
    let db = Db::open(&hasty, "shop", MIGRATIONS).await.expect("opens");
    let nap = Statement::new("nap", "select pg_sleep(10)", args![]);
    let error = db.commit(&cx(), batch![add(1, 1), nap]).await.expect_err("too long");
    assert_eq!(error, DbError::Timeout);
    assert_eq!(on_hand(&db, 1).await, None);
}

#[tokio::test]
async fn an_abandoned_batch_leaves_no_open_transaction() {
    let place = TestDatabase::postgres().expect("a database");
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    let alone = DbConfig::Postgres(PostgresConfig { pool: 1, ..config.clone() });
    let db = Db::open(&alone, "shop", MIGRATIONS).await.expect("opens");
    for n in 0..20 {
        let cx = cx();
        let commit = db.commit(&cx, batch![add(n, 1), add(n + 100, 1)]);
        let _ = tokio::time::timeout(std::time::Duration::from_micros(300), commit).await;
    }
    // Abandoned or not, each was done as a whole; and the one connection still works.
    let halves = "select count(*) % 2 from shelves";
    let open = "select count(*) from pg_stat_activity where datname = current_database()
                and state = 'idle in transaction'";
    for question in [halves, open] {
        let answer = db.read_one(question, args![], |row| row.get::<i64>(0)).await.expect("reads");
        assert_eq!(answer, Some(0), "{question}");
    }
    db.commit(&cx(), add(500, 1)).await.expect("commits");
    assert_eq!(on_hand(&db, 500).await, Some(1));
    let reader = Db::open_read_only(&alone, "shop").await.expect("opens beside");
    let sneaky = Statement::new("x", "delete from shelves where id = $1", args![id(500)]);
    assert!(reader.commit(&cx(), sneaky).await.is_err(), "opened for reading only");
}
