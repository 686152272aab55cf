//! What only the file database promises: one owner, one writer, one fsync for many.

mod common;

use std::path::Path;

use common::{MIGRATIONS, add, cx, id, on_hand, take};
use souk_db::{Db, DbConfig, DbError, Migration, SqliteConfig, Statement, args, batch};
use tempfile::tempdir;

async fn open(dir: &Path) -> Result<Db, DbError> {
    Db::open(&DbConfig::sqlite(dir), "shop", MIGRATIONS).await
}

#[tokio::test]
async fn answers_come_after_the_commit() {
    let dir = tempdir().expect("a folder");
    let db = open(dir.path()).await.expect("opens");
    // A connection of its own sees what is committed, and nothing else.
    let witness = Db::open_read_only(&DbConfig::sqlite(dir.path()), "shop").await.expect("opens beside");
    for n in 0..50 {
        db.commit(&cx(), add(n, 1)).await.expect("commits");
        assert_eq!(on_hand(&witness, n).await, Some(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_batches_share_a_commit_and_fail_alone() {
    let dir = tempdir().expect("a folder");
    let db = open(dir.path()).await.expect("opens");
    db.commit(&cx(), add(0, 1_000)).await.expect("a shelf");
    let before = db.stats();
    let jobs = (1..=600_u128).map(|n| {
        let db = db.clone();
        // Every third takes more than there is.
        let count = if n % 3 == 0 { 5_000 } else { 1 };
        tokio::spawn(async move { db.commit(&cx(), batch![add(n, 0), take(0, count)]).await.is_ok() })
    });
    let answers = futures::future::join_all(jobs).await;
    let done = answers.into_iter().filter(|answer| matches!(answer, Ok(true))).count();
    assert_eq!(done, 400);
    assert_eq!(on_hand(&db, 0).await, Some(600));
    let shelves = db.read_one("select count(*) from shelves", args![], |row| row.get::<i64>(0)).await;
    assert_eq!(shelves.expect("reads"), Some(401), "the lost batches left nothing");
    let after = db.stats();
    assert_eq!(after.jobs - before.jobs, 400);
    assert!(after.commits - before.commits < 300, "{} commits", after.commits - before.commits);
}

#[tokio::test]
async fn a_second_souk_is_kept_out_until_the_first_has_closed() {
    let dir = tempdir().expect("a folder");
    let first = open(dir.path()).await.expect("opens");
    let error = open(dir.path()).await.err().expect("refused");
    assert!(error.to_string().contains("another souk uses the data folder"), "{error}");
    first.commit(&cx(), add(1, 1)).await.expect("commits");
    first.close().await;
    assert_eq!(first.commit(&cx(), add(2, 1)).await.expect_err("closed"), DbError::Closed);
    assert!(first.read("select 1", args![], |_| Ok(())).await.is_err());
    first.close().await;
    let second = open(dir.path()).await.expect("the folder is free");
    assert_eq!(on_hand(&second, 1).await, Some(1));
}

#[tokio::test]
async fn dropping_the_last_handle_frees_the_folder() {
    let dir = tempdir().expect("a folder");
    drop(open(dir.path()).await.expect("opens"));
    for _ in 0..200 {
        if open(dir.path()).await.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the lock is still held");
}

#[tokio::test]
async fn what_was_queued_before_closing_is_done() {
    let dir = tempdir().expect("a folder");
    let db = open(dir.path()).await.expect("opens");
    let queued: Vec<_> = (0..300)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move { db.commit(&cx(), add(n, 1)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    db.close().await;
    let mut done = 0;
    for answer in futures::future::join_all(queued).await {
        match answer.expect("no panic") {
            Ok(_) => done += 1,
            Err(error) => assert_eq!(error, DbError::Closed),
        }
    }
    let reopened = open(dir.path()).await.expect("opens");
    let kept = reopened.read_one("select count(*) from shelves", args![], |row| row.get::<i64>(0)).await;
    assert_eq!(kept.expect("reads"), Some(done), "what was acknowledged is there, and nothing else");
}

#[tokio::test]
async fn a_full_queue_says_busy() {
    let dir = tempdir().expect("a folder");
    let small =
        SqliteConfig { dir: dir.path().into(), writer_queue: 2, batch_max: 1, ..SqliteConfig::default() };
    let db = Db::open(&DbConfig::Sqlite(small), "shop", MIGRATIONS).await.expect("opens");
    let jobs = (0..200_u128).map(|n| {
        let db = db.clone();
        async move { db.commit(&cx(), add(n, 1)).await }
    });
    let answers = futures::future::join_all(jobs).await;
    assert!(answers.iter().any(Result::is_ok));
    let refused: Vec<DbError> = answers.into_iter().filter_map(Result::err).collect();
    assert!(!refused.is_empty() && refused.iter().all(|error| *error == DbError::Busy), "{refused:?}");
    let error = souk_rpc::Error::from(DbError::Busy);
    assert!(error.is_transient() && error.retry_after_ms.is_some());
}

#[tokio::test]
async fn readers_outnumbered_by_reads_take_turns() {
    let dir = tempdir().expect("a folder");
    let db = open(dir.path()).await.expect("opens");
    db.commit(&cx(), add(1, 7)).await.expect("commits");
    let reads = (0..100).map(|_| on_hand(&db, 1));
    assert!(futures::future::join_all(reads).await.into_iter().all(|found| found == Some(7)));
}

#[tokio::test]
async fn a_read_cannot_write() {
    let dir = tempdir().expect("a folder");
    let db = open(dir.path()).await.expect("opens");
    let sneaky = "insert into shelves (id, sku, on_hand) values ($1, 'x', 1) returning sku";
    assert!(db.read(sneaky, args![id(1)], |row| row.get::<String>(0)).await.is_err());
    let beside = Db::open_read_only(&DbConfig::sqlite(dir.path()), "shop").await.expect("opens beside");
    assert!(beside.commit(&cx(), add(1, 1)).await.is_err());
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    const BROKEN: &[Migration] = &[Migration {
        version: 101,
        name: "broken",
        sql: "create table half (a bigint); create table half (a bigint);",
    }];
    for place in souk_testkit::databases() {
        let error = Db::open(&place.config, "shop", BROKEN).await.err().expect("refused");
        assert!(error.to_string().contains("migration 101 `broken`"), "{error}");
        let db = Db::open(&place.config, "shop", MIGRATIONS).await.expect("the next attempt is not harmed");
        let probe = Statement::new("probe", "select * from half", args![]);
        assert!(db.commit(&cx(), probe).await.is_err());
        db.close().await;
        Db::open(&place.config, "shop", MIGRATIONS)
            .await
            .expect("an applied migration is left alone")
            .close()
            .await;
    }
}
