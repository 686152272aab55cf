//! Batches that say the same at the same time share statements on a server, and nobody notices.

mod common;

use common::{MIGRATIONS, add, cx, id, on_hand, take};
use futures::future::join_all;
use souk_db::{Batch, Committed, ConstraintKind, Db, DbConfig, DbError, Statement, args, batch};
use souk_testkit::TestDatabase;
use tokio_postgres::NoTls;

const BUYERS: u128 = 96;

async fn shop() -> (Db, TestDatabase) {
    let place = TestDatabase::postgres().expect("a database");
    (Db::open(&place.config, "shop", MIGRATIONS).await.expect("opens"), place)
}

/// All at the same moment.
async fn commit_all(db: &Db, batches: impl IntoIterator<Item = Batch>) -> Vec<Result<Committed, DbError>> {
    let commits = batches.into_iter().map(|batch| {
        let db = db.clone();
        tokio::spawn(async move { db.commit(&cx(), batch).await })
    });
    join_all(commits).await.into_iter().map(|ended| ended.expect("no panic")).collect()
}

fn tag(shelf: u128, tag: &str) -> Statement {
    Statement::new("tags.add", "insert into tags (shelf, tag) values ($1, $2)", args![id(shelf), tag])
}

/// Several on one shelf are one.
fn take_some(shelf: u128, count: i64) -> Statement {
    Statement::new(
        "shelves.take_some",
        "update shelves set on_hand = on_hand - $1 where id = $2 and on_hand - $1 >= 0",
        args![count, id(shelf)],
    )
    .expect_rows(1)
    .summing(&[0])
}

/// How many statements have written the rows of a table: rows of one statement have the same command number.
async fn statements_behind(place: &TestDatabase, table: &str) -> i64 {
    let DbConfig::Postgres(config) = &place.config else { unreachable!("it is PostgreSQL") };
    let url = config.url.replace("{name}", "shop");
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    let sql = format!("select count(distinct xmin::text || ':' || cmin::text) from {table}");
    client.query_one(&sql, &[]).await.expect("counts").get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_buyers_share_a_statement_and_each_has_the_own_rows() {
    let (db, place) = shop().await;
    let batches = (0..BUYERS).map(|n| batch![add(n, 5), tag(n, "new"), tag(n, "blue"), take(n, 2)]);
    for committed in commit_all(&db, batches).await {
        let committed = committed.expect("commits");
        let affected = ["shelves.add", "tags.add", "shelves.take"].map(|name| committed.affected(name));
        assert_eq!(affected, [1, 2, 1]);
    }
    for n in 0..BUYERS {
        assert_eq!(on_hand(&db, n).await, Some(3));
    }
    let tags = db.read("select shelf from tags", args![], |_| Ok(())).await.expect("reads");
    assert_eq!(tags.len() as u128, 2 * BUYERS);
    let statements = statements_behind(&place, "tags").await;
    assert!(statements * 4 < i64::try_from(tags.len()).expect("small"), "{statements} statements");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_among_many_is_told_so_alone_and_for_the_own_reason() {
    let (db, _place) = shop().await;
    db.commit(&cx(), batch![add(1_000, 3), add(1_001, 3)]).await.expect("two shelves");
    let batches = (0..BUYERS).map(|n| match n % 8 {
        3 => batch![add(n, 1), take(1_000, 4)],
        5 => batch![add(n, 1), tag(7_777, "nowhere")],
        _ => batch![add(n, 1), take(n, 1)],
    });
    for (n, answer) in commit_all(&db, batches).await.into_iter().enumerate() {
        match (n % 8, answer) {
            (3, Err(DbError::Guard { statement, position, expected, found })) => {
                assert_eq!((statement, position, expected, found), ("shelves.take", 1, 1, 0));
            }
            (5, Err(DbError::Constraint { statement, kind, .. })) => {
                assert_eq!((statement, kind), ("tags.add", ConstraintKind::ForeignKey));
            }
            (3 | 5, other) => panic!("{n}: {other:?}"),
            (_, answer) => drop(answer.expect("has lost nothing")),
        }
        let left = on_hand(&db, n as u128).await;
        assert_eq!(left, if n % 8 == 3 || n % 8 == 5 { None } else { Some(0) });
    }
    assert_eq!(on_hand(&db, 1_000).await, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_shelf_is_sold_to_the_last_unit_and_no_further_in_sums() {
    let (db, _place) = shop().await;
    db.commit(&cx(), add(1_000, 100)).await.expect("a shelf");
    let batches = (0..2 * BUYERS).map(|n| batch![add(n, 0), take_some(1_000, 1)]);
    let answers = commit_all(&db, batches).await;
    let sold = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((sold, on_hand(&db, 1_000).await), (100, Some(0)));
    for loser in answers.into_iter().filter_map(Result::err) {
        assert!(matches!(loser, DbError::Guard { statement: "shelves.take_some", .. }), "{loser:?}");
    }
    let kept = db.read("select id from shelves", args![], |_| Ok(())).await.expect("reads");
    assert_eq!(kept.len(), 101, "losers leave nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_changes_of_one_shelf_that_do_not_add_up_happen_both() {
    let (db, _place) = shop().await;
    db.commit(&cx(), add(1_000, 1_000)).await.expect("a shelf");
    let batches = (0..BUYERS).map(|n| batch![take(1_000, 2), add(n, 0)]);
    for answer in commit_all(&db, batches).await {
        answer.expect("commits");
    }
    assert_eq!(on_hand(&db, 1_000).await, Some(1_000 - 2 * 96));
}

#[tokio::test]
async fn a_long_batch_of_one_kind_counts_what_was_there_already() {
    let (db, place) = shop().await;
    let add = |n: u128| {
        let sql = "insert into shelves (id, sku, on_hand, facts) values ($1, $2, 0, $3) on conflict (id) do nothing";
        let facts = n.is_multiple_of(2).then(|| serde_json::json!({"n": n.to_string()}));
        Statement::new("shelves.open", sql, args![id(n), format!("SKU-{n}"), facts])
    };
    let committed = db.commit(&cx(), (0..40).map(add).collect::<Batch>()).await.expect("commits");
    assert_eq!(committed.affected("shelves.open"), 40);
    let committed = db.commit(&cx(), (20..60).map(add).collect::<Batch>()).await.expect("commits");
    assert_eq!(committed.affected("shelves.open"), 20);
    assert!(statements_behind(&place, "shelves").await <= 4);
    let facts = db.read("select id from shelves where facts is not null", args![], |_| Ok(())).await;
    assert_eq!(facts.expect("reads").len(), 30);
}
