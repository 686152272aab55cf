//! Events leave once their change is committed, and take effect once, in order.

mod common;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use common::{NOW, add, caused_by, cx, happened, id, on_each, on_hand, take};
use serde::{Deserialize, Serialize};
use souk_db::inbox::Retry;
use souk_db::{Db, DbError, Dialect, batch, inbox, outbox};
use souk_types::{Chance, Envelope, Event, EventId, Timestamp};
use uuid::Uuid;

const LEASE: Duration = Duration::from_secs(30);

#[derive(Serialize, Deserialize)]
struct ShelfEmptied {
    shelf: Uuid,
}

impl Event for ShelfEmptied {
    const TYPE: &'static str = "shelf.emptied";
    fn subject(&self) -> Uuid {
        self.shelf
    }
}

fn emit(subject: u128, sequence: i64, now: Timestamp) -> souk_db::Statement {
    let event = ShelfEmptied { shelf: id(subject) };
    outbox::emit(&cx(), now, &Chance::system(), "product", sequence, &event)
}

fn places(envelopes: &[Envelope]) -> Vec<(u128, i64)> {
    envelopes.iter().map(|envelope| (envelope.subject.as_u128(), envelope.sequence)).collect()
}

type InHand = HashMap<EventId, Instant>;

/// As a worker with empty hands.
async fn claim(db: &Db, now: Timestamp) -> Vec<(u128, i64)> {
    claim_beside(db, now, &mut InHand::new()).await
}

/// As the worker that has these in hand.
async fn claim_beside(db: &Db, now: Timestamp, in_hand: &mut InHand) -> Vec<(u128, i64)> {
    let claimed = inbox::claim(db, "order", now, LEASE, 10, in_hand).await.expect("claims");
    in_hand.extend(claimed.iter().map(|claimed| (claimed.envelope.id, Instant::now())));
    places(&claimed.into_iter().map(|claimed| claimed.envelope).collect::<Vec<_>>())
}

#[tokio::test]
async fn an_event_leaves_with_its_change_or_not_at_all() {
    on_each(async |db| {
        let bell = db.on_outbox();
        db.commit(&cx(), batch![add(1, 1), emit(1, 1, NOW)]).await.expect("commits");
        tokio::time::timeout(Duration::from_secs(1), bell.notified()).await.expect("the relay is woken");
        db.commit(&cx(), batch![emit(1, 2, NOW), take(1, 5)]).await.expect_err("not so many");
        let unsent = outbox::unsent(db, 10).await.expect("reads");
        assert_eq!(places(&unsent), [(1, 1)]);
        assert_eq!(unsent[0].open::<ShelfEmptied>().expect("opens").shelf, id(1));
        let again = db.commit(&cx(), emit(1, 1, NOW)).await.expect_err("the place is taken");
        assert!(again.is_unique("outbox.emit"), "{again}");
    })
    .await;
}

#[tokio::test]
async fn the_relay_sends_each_subject_in_order() {
    on_each(async |db| {
        let at = |ms| NOW.plus(Duration::from_millis(ms));
        // The clock of the replica that stated 1.2 is behind that of the one that stated 1.1.
        let events = batch![emit(1, 1, at(5)), emit(1, 2, at(1)), emit(2, 1, at(2)), emit(1, 3, at(9))];
        db.commit(&cx(), events).await.expect("commits");
        assert_eq!(places(&outbox::unsent(db, 10).await.expect("reads")), [(1, 1), (1, 2), (1, 3), (2, 1)]);
        // What is cut off by the limit holds back its successors only.
        assert_eq!(places(&outbox::unsent(db, 2).await.expect("reads")), [(2, 1)]);
        assert_eq!(outbox::lag(db).await.expect("reads").unsent, 4);
        let all = outbox::unsent(db, 10).await.expect("reads");
        let ids: Vec<EventId> = all.iter().map(|envelope| envelope.id).collect();
        let sent = db.commit(&cx(), outbox::mark_sent(&ids[..2], NOW)).await.expect("commits");
        assert_eq!(sent.affected("outbox.mark_sent"), 2);
        assert_eq!(places(&outbox::unsent(db, 10).await.expect("reads")), [(2, 1), (1, 3)]);
        let pruned = db.commit(&cx(), outbox::prune(at(60_000))).await.expect("commits");
        assert_eq!(pruned.affected("outbox.prune"), 2);
    })
    .await;
}

#[tokio::test]
async fn the_relay_never_stalls_when_the_limit_cuts_a_subject() {
    on_each(async |db| {
        let at = |ms| NOW.plus(Duration::from_millis(ms));
        // Eight events, stated by a replica whose clock runs backwards: the first is the last by time.
        let events: Vec<_> =
            (1..=8).map(|n: i64| emit(1, n, at(10 - u64::try_from(n).expect("small")))).collect();
        db.commit(&cx(), events).await.expect("commits");
        let mut sent = Vec::new();
        for _ in 0..8 {
            let next = outbox::unsent(db, 2).await.expect("reads");
            let ids: Vec<EventId> = next.iter().map(|envelope| envelope.id).collect();
            sent.extend(places(&next));
            db.commit(&cx(), outbox::mark_sent(&ids, NOW)).await.expect("commits");
        }
        assert_eq!(sent, (1..=8).map(|n| (1, n)).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn an_event_takes_effect_once() {
    on_each(async |db| {
        let event = happened(1, 1);
        db.commit(&cx(), add(1, 10)).await.expect("a shelf");
        let bell = db.on_inbox();
        // Listens before the commit, as the workers do: a ring is for those who wait.
        let mut ring = std::pin::pin!(bell.notified());
        ring.as_mut().enable();
        for _ in 0..2 {
            db.commit(&cx(), inbox::accept("order", std::slice::from_ref(&event), NOW))
                .await
                .expect("a delivery may repeat");
        }
        tokio::time::timeout(Duration::from_secs(1), ring).await.expect("the workers are woken");
        let because = caused_by(event.id, "order");
        let error = db.commit(&because, batch![take(1, 99)]).await.expect_err("not so many");
        assert!(matches!(error, DbError::Guard { position: 0, .. }), "counted as the caller does: {error}");
        db.commit(&because, take(1, 1)).await.expect("takes effect");
        assert_eq!(db.commit(&because, take(1, 1)).await.expect_err("again"), DbError::AlreadyDone);
        assert_eq!(on_hand(db, 1).await, Some(9));
        let stranger = caused_by(EventId(id(99)), "order");
        assert!(matches!(db.commit(&stranger, take(1, 1)).await, Err(DbError::Other(_))), "never accepted");
    })
    .await;
}

#[tokio::test]
async fn two_workers_on_one_event_have_one_effect() {
    on_each(async |db| {
        let event = happened(1, 1);
        db.commit(&cx(), batch![add(1, 10), inbox::accept("order", std::slice::from_ref(&event), NOW)])
            .await
            .expect("commits");
        let workers = (0..8).map(|_| {
            let db = db.clone();
            let because = caused_by(event.id, "order");
            tokio::spawn(async move { db.commit(&because, take(1, 1)).await })
        });
        let answers = futures::future::join_all(workers).await;
        let done = answers.iter().filter(|answer| matches!(answer, Ok(Ok(_)))).count();
        let repeated =
            answers.iter().filter(|answer| matches!(answer, Ok(Err(DbError::AlreadyDone)))).count();
        assert_eq!((done, repeated), (1, 7));
        assert_eq!(on_hand(db, 1).await, Some(9));
    })
    .await;
}

#[tokio::test]
async fn a_subject_is_worked_on_in_order_and_by_one() {
    on_each(async |db| {
        let [first, second, other] = [happened(1, 1), happened(1, 2), happened(2, 1)];
        // Delivered out of order, which brokers do after a redelivery.
        let delivered = [second.clone(), first.clone(), other];
        db.commit(&cx(), inbox::accept("order", &delivered, NOW)).await.expect("accepts");
        let mut in_hand = InHand::new();
        let mut heads = claim_beside(db, NOW, &mut in_hand).await;
        heads.sort_unstable();
        assert_eq!(heads, [(1, 1), (2, 1)]);
        let more = claim_beside(db, NOW, &mut in_hand).await;
        assert_eq!(more, [], "both are in hand, and 1.2 waits for 1.1");
        db.commit(&caused_by(first.id, "order"), add(1, 1)).await.expect("takes effect");
        assert_eq!(claim_beside(db, NOW, &mut in_hand).await, [(1, 2)]);
        // The worker of 2.1 died: after its lease another one has it.
        let later = NOW.plus(LEASE);
        let mut again = claim(db, later).await;
        again.sort_unstable();
        assert_eq!(again, [(1, 2), (2, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_reaction_is_tried_again_later() {
    on_each(async |db| {
        let event = happened(1, 1);
        db.commit(&cx(), inbox::accept("order", std::slice::from_ref(&event), NOW)).await.expect("accepts");
        assert_eq!(claim(db, NOW).await, [(1, 1)]);
        let soon = NOW.plus(Duration::from_secs(2));
        let failed = inbox::fail("order", event.id, "no answer", Retry::At(soon));
        db.commit(&cx(), failed).await.expect("notes the failure");
        assert_eq!(claim(db, NOW).await, []);
        let claimed = inbox::claim(db, "order", soon, LEASE, 10, &HashMap::new()).await.expect("claims");
        assert_eq!(claimed.iter().map(|claimed| claimed.attempts).collect::<Vec<_>>(), [2]);
        assert_eq!(claimed[0].envelope, event);
    })
    .await;
}

#[tokio::test]
async fn a_dead_letter_blocks_only_its_own_subject() {
    on_each(async |db| {
        let [poison, behind, healthy] = [happened(1, 1), happened(1, 2), happened(2, 1)];
        db.commit(&cx(), inbox::accept("order", &[poison.clone(), behind, healthy], NOW))
            .await
            .expect("accepts");
        let mut in_hand = InHand::new();
        let dead = inbox::fail("order", poison.id, "it cannot be read", Retry::Never);
        db.commit(&cx(), dead).await.expect("buries it");
        assert_eq!(claim_beside(db, NOW, &mut in_hand).await, [(2, 1)]);
        let letters = inbox::dead_letters(db, None, 10).await.expect("reads");
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].last_error.as_deref(), Some("it cannot be read"));
        let after = Some((letters[0].envelope.id, "order"));
        assert!(inbox::dead_letters(db, after, 10).await.expect("reads").is_empty());
        let lag = inbox::lag(db).await.expect("reads");
        assert_eq!((lag.pending, lag.dead, lag.oldest), (2, 1, Some(NOW)));

        db.commit(&cx(), inbox::redrive("order", poison.id, NOW)).await.expect("redrives");
        assert_eq!(claim_beside(db, NOW, &mut in_hand).await, [(1, 1)]);
        db.commit(&cx(), inbox::fail("order", poison.id, "still", Retry::Never)).await.expect("buries it");
        db.commit(&cx(), inbox::discard("order", poison.id, NOW)).await.expect("discards");
        assert_eq!(claim_beside(db, NOW, &mut in_hand).await, [(1, 2)]);
        let gone = db.commit(&cx(), inbox::prune(NOW.plus(LEASE))).await.expect("prunes");
        assert_eq!(gone.affected("inbox.prune"), 1);
    })
    .await;
}

#[tokio::test]
async fn an_old_event_that_was_done_just_now_is_still_known() {
    on_each(async |db| {
        let event = happened(1, 1);
        let later = NOW.plus(Duration::from_secs(3_600));
        let accept = || inbox::accept("order", std::slice::from_ref(&event), later);
        db.commit(&cx(), accept()).await.expect("accepts");
        db.commit(&cx(), inbox::done("order", event.id, later)).await.expect("is done");
        // By its own time it could go, but its second copy may be the next that the broker delivers.
        let gone = db.commit(&cx(), inbox::prune(NOW.plus(LEASE))).await.expect("prunes");
        assert_eq!(gone.affected("inbox.prune"), 0);
        db.commit(&cx(), accept()).await.expect("accepts again");
        assert!(claim(db, later).await.is_empty());
        let gone = db.commit(&cx(), inbox::prune(later.plus(LEASE))).await.expect("prunes");
        assert_eq!(gone.affected("inbox.prune"), 1);
    })
    .await;
}

#[tokio::test]
async fn each_consumer_has_its_own_copy() {
    on_each(async |db| {
        let event = happened(1, 1);
        let deliveries = batch![
            inbox::accept("order", std::slice::from_ref(&event), NOW),
            inbox::accept("notification", std::slice::from_ref(&event), NOW)
        ];
        db.commit(&cx(), deliveries).await.expect("accepts");
        db.commit(&caused_by(event.id, "order"), add(1, 1)).await.expect("order reacts");
        db.commit(&caused_by(event.id, "notification"), add(2, 1)).await.expect("and so does notification");
        assert_eq!(inbox::lag(db).await.expect("reads").pending, 0);
    })
    .await;
}

#[tokio::test]
async fn many_claimants_share_the_work_without_overlap() {
    on_each(async |db| {
        if db.dialect() == Dialect::Sqlite {
            return; // A file has one owner, and in it each consumer has one worker.
        }
        let events: Vec<Envelope> = (1..=60).map(|subject| happened(subject, 1)).collect();
        db.commit(&cx(), inbox::accept("order", &events, NOW)).await.expect("accepts");
        let claimants = (0..6).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { claim(&db, NOW).await })
        });
        let mut claimed: Vec<(u128, i64)> = Vec::new();
        for claims in futures::future::join_all(claimants).await {
            claimed.extend(claims.expect("no panic"));
        }
        let all = claimed.len();
        claimed.sort_unstable();
        claimed.dedup();
        assert_eq!(claimed.len(), all, "nothing was claimed twice");
        assert!(all >= 30, "{all} of 60");
    })
    .await;
}
