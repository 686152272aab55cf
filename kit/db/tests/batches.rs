//! A batch happens as a whole or not at all, on both databases.

mod common;

use std::time::{Duration, Instant};

use common::{add, cx, id, on_each, on_hand, take};
use souk_db::{ConstraintKind, Db, DbError, Row, Statement, Value, args, batch};
use souk_rpc::{Context, Error, ErrorKind};
use souk_types::{Currency, OrderId, Timestamp};
use uuid::Uuid;

#[tokio::test]
async fn a_failed_guard_undoes_the_whole_batch() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 5)).await.expect("a shelf");
        let error = db.commit(&cx(), batch![add(2, 1), take(1, 2), take(1, 9)]).await.expect_err("too few");
        assert_eq!(error, DbError::Guard { statement: "shelves.take", position: 2, expected: 1, found: 0 });
        assert!(error.is_lost_race() && error.is_guard("shelves.take"));
        assert_eq!(on_hand(db, 1).await, Some(5));
        assert_eq!(on_hand(db, 2).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_schema_has_the_last_word() {
    on_each(async |db| {
        db.commit(&cx(), batch![add(1, 5), add(2, 5)]).await.expect("two shelves");
        let refused = async |statement: Statement| match db.commit(&cx(), statement).await {
            Err(DbError::Constraint { statement, kind, message }) => {
                assert_eq!((statement, message.is_empty()), ("s", false));
                kind
            }
            other => panic!("expected a constraint, got {other:?}"),
        };
        let new = |sql, args| Statement::new("s", sql, args);
        let rename = "update shelves set sku = $1 where id = $2";
        assert_eq!(refused(new(rename, args!["SKU-2", id(1)])).await, ConstraintKind::Unique);
        assert_eq!(refused(new(rename, args![Value::Null, id(1)])).await, ConstraintKind::NotNull);
        let overdraw = "update shelves set on_hand = on_hand - $1 where id = $2";
        assert_eq!(refused(new(overdraw, args![6_i64, id(1)])).await, ConstraintKind::Check);
        let tag = "insert into tags (shelf, tag) values ($1, $2)";
        assert_eq!(refused(new(tag, args![id(9), "new"])).await, ConstraintKind::ForeignKey);
        let error = db.commit(&cx(), add(2, 1)).await.expect_err("taken");
        assert!(error.is_unique("shelves.add") && !error.is_unique("tags.add"));
        assert_eq!(on_hand(db, 1).await, Some(5));
    })
    .await;
}

#[tokio::test]
async fn two_batches_racing_for_one_row_have_one_winner() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 1)).await.expect("the last shirt");
        let shoppers = (0..40_u128).map(|shopper| {
            let db = db.clone();
            tokio::spawn(async move { db.commit(&cx(), batch![add(100 + shopper, 0), take(1, 1)]).await })
        });
        let answers = futures::future::join_all(shoppers).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().map(|answer| answer.expect("no panic")).partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 39));
        assert!(lost.into_iter().all(|answer| answer.is_err_and(|error| error.is_guard("shelves.take"))));
        assert_eq!(on_hand(db, 1).await, Some(0));
        assert_eq!(count(db).await, 2);
    })
    .await;
}

#[tokio::test]
async fn batches_that_deadlock_are_run_again() {
    on_each(async |db| {
        db.commit(&cx(), batch![add(1, 100), add(2, 100)]).await.expect("two shelves");
        let crossing = (0..6).map(|n| {
            let db = db.clone();
            let (first, second) = if n % 2 == 0 { (1, 2) } else { (2, 1) };
            tokio::spawn(async move { db.commit(&cx(), batch![take(first, 1), take(second, 1)]).await })
        });
        let answers = futures::future::join_all(crossing).await;
        let done = answers.into_iter().filter(|answer| matches!(answer, Ok(Ok(_)))).count();
        let left = 100 - i64::try_from(done).expect("few");
        assert_eq!((on_hand(db, 1).await, on_hand(db, 2).await), (Some(left), Some(left)));
        // Only a batch that loses three times in a row gives up.
        assert!(done >= 3, "{done} of 6");
    })
    .await;
}

#[tokio::test]
async fn a_batch_answers_with_its_rows_and_counts() {
    on_each(async |db| {
        db.commit(&cx(), batch![add(1, 5), add(2, 7)]).await.expect("two shelves");
        let sql = "update shelves set on_hand = on_hand + $1 where id = $2 returning sku, on_hand";
        let more = |n: u128| Statement::new("more", sql, args![1_i64, id(n)]).returning().expect_rows(1);
        let quiet = Statement::new("quiet", sql, args![1_i64, id(1)]).expect_at_least(1);
        let committed = db.commit(&cx(), batch![more(1), more(2), quiet]).await.expect("commits");
        let rows: Vec<(String, i64)> = committed
            .rows("more")
            .iter()
            .map(|row| Ok((row.get(0)?, row.get(1)?)))
            .collect::<Result<_, DbError>>()
            .expect("decodes");
        assert_eq!(rows, [("SKU-1".to_owned(), 6), ("SKU-2".to_owned(), 8)]);
        assert_eq!((committed.affected("more"), committed.affected("quiet")), (2, 1));
        assert!(committed.rows("quiet").is_empty() && committed.rows("nobody").is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    on_each(async |db| {
        let facts = serde_json::json!({"fabric": "wool", "threads": [1, 2]});
        let insert = "insert into shelves (id, sku, on_hand, open, facts, picture)
                      values ($1, $2, $3, $4, $5, $6)";
        let order = OrderId(id(7));
        let arguments = args![order, "Müller's €", i64::MAX, false, facts.clone(), vec![0_u8, 255]];
        db.commit(&cx(), Statement::new("add", insert, arguments)).await.expect("inserts");
        let all = |row: &Row| {
            assert_eq!(row.get::<OrderId>(0)?, order);
            assert_eq!(row.text(1)?, "Müller's €");
            assert_eq!(row.get::<i64>(2)?, i64::MAX);
            assert!(!row.get::<bool>(3)?);
            assert_eq!(row.get::<serde_json::Value>(4)?, facts);
            assert_eq!(row.get::<Vec<u8>>(5)?, [0, 255]);
            assert_eq!(row.get::<Option<Timestamp>>(2)?, Some(Timestamp::from_millis(i64::MAX)));
            assert_eq!(row.get::<Option<String>>(6)?, None);
            assert_eq!(row.get::<Currency>(7)?, Currency::EUR);
            assert!(matches!(row.get::<u32>(2), Err(DbError::Decode(_))), "it does not fit");
            assert!(matches!(row.get::<String>(2), Err(DbError::Decode(_))), "it is not text");
            assert!(matches!(row.get::<i64>(8), Err(DbError::Decode(_))), "there is no such column");
            Ok(())
        };
        let select = "select id, sku, on_hand, open, facts, picture, cast($2 as text), cast($1 as text)
                      from shelves where facts ->> 'fabric' = $3";
        let rows =
            db.read(select, args![Currency::EUR, Option::<i64>::None, "wool"], all).await.expect("reads");
        assert_eq!(rows.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_list_is_one_argument() {
    on_each(async |db| {
        db.commit(&cx(), batch![add(1, 10), add(2, 20), add(3, 30)]).await.expect("shelves");
        let found = async |sql: &'static str, list: Value| {
            db.read(sql, args![list], |row| row.get::<i64>(0)).await.expect("reads")
        };
        let by_id = "select on_hand from shelves where id = any($1) order by on_hand";
        assert_eq!(found(by_id, vec![id(1), id(3), id(8)].into()).await, [10, 30]);
        assert_eq!(found(by_id, Vec::<Uuid>::new().into()).await, [0_i64; 0]);
        let by_sku = "select on_hand from shelves where sku = any($1) order by on_hand";
        assert_eq!(found(by_sku, vec!["SKU-2".to_owned(), "x\"'".to_owned()].into()).await, [20]);
        let by_count = "select on_hand from shelves where on_hand = any($1) order by on_hand";
        assert_eq!(found(by_count, vec![20_i64, 30].into()).await, [20, 30]);
        let clear =
            Statement::new("clear", "delete from shelves where id = any($1)", args![vec![id(1), id(2)]]);
        db.commit(&cx(), clear.expect_rows(2)).await.expect("deletes");
    })
    .await;
}

#[tokio::test]
async fn placeholders_count_by_their_number() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 10)).await.expect("a shelf");
        let sql =
            "select sku from shelves where on_hand >= $2 and on_hand <= $3 and id = $1 and on_hand >= $2"
                .to_owned();
        let found = db.read_dynamic(sql, args![id(1), 9_i64, 11_i64], |row| row.get::<String>(0)).await;
        assert_eq!(found.expect("reads"), ["SKU-1"]);
    })
    .await;
}

#[tokio::test]
async fn a_request_out_of_time_changes_nothing() {
    on_each(async |db| {
        let late = Context { deadline: Some(Instant::now() - Duration::from_millis(1)), ..cx() };
        assert_eq!(db.commit(&late, add(1, 1)).await.expect_err("late"), DbError::Timeout);
        assert_eq!(on_hand(db, 1).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_defect_in_a_text_is_an_internal_error() {
    on_each(async |db| {
        let error =
            db.commit(&cx(), Statement::new("typo", "updat shelves", args![])).await.expect_err("typo");
        assert!(matches!(&error, DbError::Other(message) if message.contains("typo")), "{error}");
        assert_eq!(Error::from(error).kind, ErrorKind::Internal);
        assert!(db.read("select 1 from nowhere", args![], |_| Ok(())).await.is_err());
        db.commit(&cx(), add(1, 1)).await.expect("the next batch is not harmed");
    })
    .await;
}

async fn count(db: &Db) -> i64 {
    db.read_one("select count(*) from shelves", args![], |row| row.get(0))
        .await
        .expect("reads")
        .expect("a row")
}
