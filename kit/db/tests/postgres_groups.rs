//! What commits for many at once must stand on a server: rows that others hold, replicas, and a server that dies.

mod common;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{MIGRATIONS, add, cx, id, on_hand, take};
use futures::future::join_all;
use parking_lot::Mutex;
use souk_db::{Db, DbConfig, DbError, PostgresConfig, Statement, args, batch};
use souk_testkit::{PrivatePostgres, TestDatabase};
use tokio_postgres::NoTls;

/// An operator with a session of his own.
async fn operator(place: &TestDatabase) -> tokio_postgres::Client {
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    let url = config.url.replace("{name}", "shop");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    client
}

async fn holds_shelf(operator: &tokio_postgres::Client, shelf: u128) {
    let hold = format!("begin; update shelves set open = true where id = '{}'", id(shelf));
    operator.batch_execute(&hold).await.expect("holds the row");
}

#[tokio::test]
async fn a_row_that_somebody_holds_delays_only_those_who_want_it() {
    let place = TestDatabase::postgres().expect("a database");
    let db = Db::open(&place.config, "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), batch![add(1, 10), add(2, 10)]).await.expect("two shelves");
    let operator = operator(&place).await;
    holds_shelf(&operator, 1).await;
    let held = tokio::spawn({
        let db = db.clone();
        async move { db.commit(&cx(), batch![add(50, 0), take(1, 1)]).await }
    });
    let started = Instant::now();
    let others = (100..160_u128).map(|n| {
        let db = db.clone();
        tokio::spawn(async move { db.commit(&cx(), batch![add(n, 0), add(n + 1_000, 0)]).await })
    });
    for answer in join_all(others).await {
        answer.expect("no panic").expect("commits");
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(db.read("select 1", args![], |_| Ok(())).await.expect("reads").len(), 1);
    assert!(!held.is_finished(), "the one who wants the row waits for it");
    operator.batch_execute("commit").await.expect("lets go");
    held.await.expect("no panic").expect("gets the row");
    assert_eq!(on_hand(&db, 1).await, Some(9));
}

#[tokio::test]
async fn a_row_that_is_never_let_go_is_a_timeout_and_nothing_is_done() {
    let place = TestDatabase::postgres().expect("a database");
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    let hasty = DbConfig::Postgres(PostgresConfig { statement_timeout_ms: 600, ..config.clone() });
    let db = Db::open(&hasty, "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), add(1, 10)).await.expect("a shelf");
    let operator = operator(&place).await;
    holds_shelf(&operator, 1).await;
    let error = db.commit(&cx(), batch![add(2, 0), take(1, 1)]).await.expect_err("held");
    assert_eq!(error, DbError::Timeout);
    assert_eq!((on_hand(&db, 2).await, on_hand(&db, 1).await), (None, Some(10)));
    // Closing waits for nobody who is not there.
    db.close().await;
    assert_eq!(db.commit(&cx(), add(3, 1)).await.expect_err("closed"), DbError::Closed);
    db.close().await;
}

#[tokio::test]
async fn replicas_whose_buyers_cross_on_hot_rows_do_not_deadlock() {
    const BUYERS: i64 = 48;
    const ROUNDS: i64 = 12;
    let server = PrivatePostgres::start().expect("a server");
    let config = DbConfig::postgres(server.url("shop"));
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(Db::open(&config, "shop", MIGRATIONS).await.expect("opens"));
    }
    for shelf in 0..6 {
        replicas[0].commit(&cx(), add(shelf, 1_000_000)).await.expect("a shelf");
    }
    let buyers = (0..BUYERS).map(|buyer| {
        let db = replicas[usize::try_from(buyer % 3).expect("small")].clone();
        tokio::spawn(async move {
            for round in 0..ROUNDS {
                // Two of six shelves, in the order that the shop keeps to: groups meet in every other order.
                let first = u128::try_from((buyer + round) % 5).expect("small");
                let second = first + 1 + u128::try_from(buyer % (5 - (buyer + round) % 5)).expect("small");
                db.commit(&cx(), batch![take(first, 1), take(second, 1)]).await.expect("commits");
            }
        })
    });
    for ended in join_all(buyers).await {
        ended.expect("everybody has bought");
    }
    let left = "select cast(sum(on_hand) as bigint) from shelves";
    let left = replicas[0].read_one(left, args![], |row| row.get::<i64>(0)).await.expect("reads");
    assert_eq!(left, Some(6_000_000 - 2 * BUYERS * ROUNDS));
    for replica in &replicas {
        replica.close().await;
    }
    // The server counts once a session has ended.
    let witness = Db::open_read_only(&config, "shop").await.expect("opens");
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    let deadlocks = witness.read_one(deadlocks, args![], |row| row.get::<i64>(0)).await.expect("reads");
    assert_eq!(deadlocks, Some(0));
}

#[tokio::test]
async fn a_group_that_never_gets_its_turn_goes_without() {
    let place = TestDatabase::postgres().expect("a database");
    let db = Db::open(&place.config, "shop", MIGRATIONS).await.expect("opens");
    let operator = operator(&place).await;
    operator.batch_execute("select pg_advisory_lock(1937077612)").await.expect("keeps the turn");
    let started = Instant::now();
    let commits = (0..40_u128).map(|n| {
        let db = db.clone();
        tokio::spawn(async move { db.commit(&cx(), batch![add(n, 1), add(n + 100, 1)]).await })
    });
    for answer in join_all(commits).await {
        answer.expect("no panic").expect("commits");
    }
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn sessions_that_an_operator_ends_are_replaced() {
    let place = TestDatabase::postgres().expect("a database");
    let db = Db::open(&place.config, "shop", MIGRATIONS).await.expect("opens");
    let operator = operator(&place).await;
    let (ends, stop) = (place_sessions(), Arc::new(AtomicBool::new(false)));
    let buyers: Vec<_> = (0..16_u128)
        .map(|buyer| {
            let (db, stop) = (db.clone(), stop.clone());
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for n in (buyer * 10_000..).take(9_000) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    answers.push((n, db.commit(&cx(), batch![add(n, 1), add(n + 500_000, 1)]).await.err()));
                }
                answers
            })
        })
        .collect();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        operator.batch_execute(ends).await.expect("ends them");
    }
    stop.store(true, Ordering::Relaxed);
    let answers = join_all(buyers).await;
    let there = shelves(&db).await;
    for (n, error) in answers.into_iter().flat_map(|answers| answers.expect("no panic")) {
        check(&there, n, error.as_ref());
        assert_eq!(there.contains(&id(n)), there.contains(&id(n + 500_000)), "as a whole");
    }
    db.commit(&cx(), add(999_999, 1)).await.expect("commits");
}

fn place_sessions() -> &'static str {
    "select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_commit_outlives_a_server_that_is_killed_under_load() {
    let server = PrivatePostgres::start_durable().expect("a server");
    let config = DbConfig::postgres(server.url("shop"));
    let db = Db::open(&config, "shop", MIGRATIONS).await.expect("opens");
    let answers = Arc::new(Mutex::new(Vec::<(u128, Option<DbError>)>::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let buyers: Vec<_> = (0..32_u128)
        .map(|buyer| {
            let (db, answers, stop) = (db.clone(), answers.clone(), stop.clone());
            tokio::spawn(async move {
                let mut n = buyer * 100_000;
                while !stop.load(Ordering::Relaxed) {
                    n += 1;
                    let error = db.commit(&cx(), batch![add(n, 1), take(n, 1)]).await.err();
                    let failed = error.is_some();
                    answers.lock().push((n, error));
                    if failed {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            })
        })
        .collect();
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        server.kill().expect("dies");
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.restart().expect("recovers");
        let (back, done) = (Instant::now(), db.stats().jobs);
        while db.stats().jobs == done {
            assert!(back.elapsed() < Duration::from_secs(2), "commits work again soon after");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    join_all(buyers).await;
    let there = shelves(&db).await;
    let answers = answers.lock();
    for (n, error) in answers.iter() {
        check(&there, *n, error.as_ref());
    }
    let acknowledged = answers.iter().filter(|(_, error)| error.is_none()).count();
    assert!(acknowledged > 100, "{acknowledged} acknowledged");
    assert!(answers.len() > acknowledged, "nobody was disturbed");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let server = PrivatePostgres::start().expect("a server");
    let patience = PostgresConfig {
        url: server.url("shop"),
        statement_timeout_ms: 500,
        connect_timeout_ms: 500,
        ..PostgresConfig::default()
    };
    let db = Db::open(&DbConfig::Postgres(patience), "shop", MIGRATIONS).await.expect("opens");
    db.commit(&cx(), add(1, 5)).await.expect("commits");
    assert_eq!(on_hand(&db, 1).await, Some(5));
    server.pause().expect("halts");
    let started = Instant::now();
    let count = "select count(*) from shelves";
    let context = cx();
    let (guarded, at_once, read) = tokio::join!(
        db.commit(&context, add(2, 5)),
        db.commit(&context, Statement::new("open", "update shelves set open = true", args![])),
        db.read_one(count, args![], |row| row.get::<i64>(0)),
    );
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    server.resume().expect("goes on");
    assert!(matches!(guarded, Err(DbError::Unavailable(_))), "COMMIT was not sent: {guarded:?}");
    assert!(
        matches!(at_once, Err(DbError::Unknown(_) | DbError::Unavailable(_))),
        "COMMIT may have been sent: {at_once:?}"
    );
    assert_eq!(read, Err(DbError::Timeout));
    assert!(at_once.expect_err("paused").is_transient());
    db.commit(&cx(), add(3, 5)).await.expect("works again");
    assert_eq!(on_hand(&db, 2).await, None, "what is said to be undone is undone");
}

async fn shelves(db: &Db) -> HashSet<uuid::Uuid> {
    let all = db.read("select id from shelves", args![], |row| row.get::<uuid::Uuid>(0)).await;
    all.expect("reads").into_iter().collect()
}

/// What was acknowledged is there, what failed is not, and what nobody knows may be either.
fn check(there: &HashSet<uuid::Uuid>, n: u128, error: Option<&DbError>) {
    match error {
        None => assert!(there.contains(&id(n)), "{n} was acknowledged"),
        Some(DbError::Unknown(_)) => {}
        Some(DbError::Unavailable(_) | DbError::Busy) => assert!(!there.contains(&id(n)), "{n} was refused"),
        Some(other) => panic!("{n}: {other}"),
    }
}
