//! Many buyers share a commit, and nobody notices: each is told what he would be told alone, on both databases.

mod common;

use std::collections::HashMap;
use std::time::Duration;

use common::{add, cx, id, on_each, on_hand, take};
use futures::future::join_all;
use souk_db::{Batch, Committed, Db, DbError, Statement, args, batch};

async fn all_at_once(db: &Db, batches: impl IntoIterator<Item = Batch>) -> Vec<Result<Committed, DbError>> {
    let context = cx();
    join_all(batches.into_iter().map(|batch| db.commit(&context, batch))).await
}

/// Ways to fail, by name: each breaks another rule, at another place.
fn losers() -> Vec<Batch> {
    let tag = "insert into tags (shelf, tag) values ($1, $2)";
    let overdraw = "update shelves set on_hand = on_hand - $1 where id = $2";
    vec![
        batch![add(901, 1), take(1, 5_000)],
        batch![take(1, 1), add(902, 1), take(77, 1), add(903, 1)],
        batch![take(1, 1), add(1, 1)],
        batch![take(1, 2), Statement::new("tags.add", tag, args![id(88), "new"])],
        batch![add(904, 1), Statement::new("overdraw", overdraw, args![9_000_i64, id(1)])],
        // A failed guard, and behind it an error that it draws after itself.
        batch![take(77, 1), add(1, 1)],
        batch![add(905, 1), Statement::new("typo", "updat shelves", args![])],
    ]
}

#[tokio::test]
async fn losers_among_winners_are_told_what_they_would_be_told_alone() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 1_000)).await.expect("a shelf");
        let mut alone = Vec::new();
        for loser in losers() {
            alone.push(db.commit(&cx(), loser).await.expect_err("a loser"));
        }
        let before = db.stats();
        // Five winners in front of each loser, three times over.
        let mut batches = Vec::new();
        let (mut winners, mut expected) = (0_u128, Vec::new());
        for _ in 0..3 {
            for (loser, error) in losers().into_iter().zip(&alone) {
                for _ in 0..5 {
                    winners += 1;
                    batches.push(batch![add(1_000 + winners, 0), take(1, 1)]);
                    expected.push(None);
                }
                batches.push(loser);
                expected.push(Some(error.clone()));
            }
        }
        let answers = all_at_once(db, batches).await;
        let answers: Vec<Option<DbError>> = answers.into_iter().map(Result::err).collect();
        assert_eq!(answers, expected);
        let left = 1_000 - i64::try_from(winners).expect("few");
        assert_eq!(on_hand(db, 1).await, Some(left), "what losers took is given back");
        assert_eq!(count(db).await, 1 + i64::try_from(winners).expect("few"));
        let after = db.stats();
        assert_eq!(u128::from(after.jobs - before.jobs), winners);
        assert!(after.commits - before.commits < 30, "{} commits", after.commits - before.commits);
    })
    .await;
}

#[tokio::test]
async fn what_a_loser_gives_back_is_there_for_the_next() {
    on_each(async |db| {
        db.commit(&cx(), batch![add(1, 1), add(2, 0)]).await.expect("two shelves");
        // Each takes the last shirt first, and then finds that there are no trousers.
        let mut batches: Vec<Batch> = (0..30).map(|_| batch![take(1, 1), take(2, 1)]).collect();
        batches.push(take(1, 1).into());
        let answers = all_at_once(db, batches).await;
        let (last, others) = answers.split_last().expect("there are some");
        assert!(last.is_ok(), "{last:?}");
        assert!(
            others.iter().all(|answer| answer.as_ref().is_err_and(|error| error.is_guard("shelves.take")))
        );
        assert_eq!(on_hand(db, 1).await, Some(0));
    })
    .await;
}

#[tokio::test]
async fn two_hundred_buyers_of_fifty_shirts_buy_fifty() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 50)).await.expect("fifty shirts");
        let buyers = (1..=200_u128).map(|buyer| batch![add(1_000 + buyer, 0), take(1, 1)]);
        let answers = all_at_once(db, buyers).await;
        let sold = answers.iter().filter(|answer| answer.is_ok()).count();
        let guards = answers
            .iter()
            .filter(|answer| {
                matches!(answer, Err(DbError::Guard { statement: "shelves.take", position: 1, found: 0, .. }))
            })
            .count();
        assert_eq!((sold, guards), (50, 150));
        assert_eq!((on_hand(db, 1).await, count(db).await), (Some(0), 51));
    })
    .await;
}

#[tokio::test]
async fn each_batch_of_a_group_gets_its_own_rows() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 0)).await.expect("a shelf");
        let sql = "update shelves set on_hand = on_hand + $1 where id = $2 returning on_hand";
        let more =
            |n: i64| Batch::from(Statement::new("more", sql, args![n, id(1)]).returning().expect_rows(1));
        let answers = all_at_once(db, (1..=40).map(more)).await;
        let mut seen = HashMap::new();
        for (answer, added) in answers.into_iter().zip(1_i64..) {
            let committed = answer.expect("commits");
            let after: i64 = committed.rows("more")[0].get(0).expect("a number");
            assert_eq!((committed.rows("more").len(), committed.affected("more")), (1, 1));
            assert!(seen.insert(after, added).is_none(), "nobody saw the same");
        }
        // Sorted by what they saw, each added what he says.
        let mut steps: Vec<(i64, i64)> = seen.into_iter().collect();
        steps.sort_unstable();
        let mut level = 0;
        for (after, added) in steps {
            level += added;
            assert_eq!(after, level);
        }
    })
    .await;
}

#[tokio::test]
async fn a_buyer_who_leaves_takes_nobody_with_him() {
    on_each(async |db| {
        db.commit(&cx(), add(1, 1_000)).await.expect("a shelf");
        let context = cx();
        let mut staying = Vec::new();
        for n in 0..60_u128 {
            let (db, context) = (db.clone(), context.clone());
            let buys = async move { db.commit(&context, batch![add(1_000 + n, 0), take(1, 1)]).await };
            if n % 3 == 0 {
                // Asks, and does not wait for the answer.
                let _ = tokio::time::timeout(Duration::from_micros(200), buys).await;
            } else {
                staying.push(tokio::spawn(buys));
            }
        }
        for answer in join_all(staying).await {
            answer.expect("no panic").expect("commits");
        }
        db.commit(&cx(), add(2, 0)).await.expect("a last one, behind all others");
        let sold = count(db).await - 2;
        assert!(sold >= 40, "{sold}");
        assert_eq!(on_hand(db, 1).await, Some(1_000 - sold), "each was done as a whole or not at all");
    })
    .await;
}

async fn count(db: &Db) -> i64 {
    db.read_one("select count(*) from shelves", args![], |row| row.get(0))
        .await
        .expect("reads")
        .expect("a row")
}
