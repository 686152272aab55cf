//! The ledger for bookkeepers: a month as CSV, and balances by kind of account.

mod common;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use common::{Desk, customer, cx, on_each};
use souk_db::{Statement, args};
use souk_rpc::{Caller, Permission};
use souk_types::{PaymentId, PostingId, SessionId, Timestamp, UserId};

fn bookkeeper() -> Caller {
    let (user, session) = (UserId(uuid::Uuid::nil()), SessionId(uuid::Uuid::nil()));
    Caller::Staff { user, session, permissions: vec![Permission::PaymentsRead] }
}

async fn exports(desk: &Desk, caller: Caller, month: &str) -> (StatusCode, Vec<String>) {
    let path = format!("/v1/admin/ledger/export?month={month}");
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let (status, text) = desk.requests(caller, request).await;
    (status, text.split_terminator("\r\n").map(str::to_owned).collect())
}

/// A payment whose capture was posted in as many pieces as there are moments: far more than one page holds.
async fn post(desk: &Desk, moments: Vec<Timestamp>) {
    let payment = PaymentId::new(&desk.chance, desk.clock.now());
    let pieces = i64::try_from(moments.len()).expect("not so many");
    let captured = Statement::new(
        "pay",
        "insert into payments (id, order_id, attempt, number, provider, currency, amount, state, authorized, captured,
            version, created_at, updated_at)
         values ($1, $2, 1, '1001', 'elsewhere', 'EUR', $3, 'captured', $3, $3, 1, 0, 0)",
        args![payment, desk.order(), pieces],
    );
    let posts = moments.into_iter().map(|at| {
        Statement::new(
            "post",
            "insert into ledger (posting_id, leg, template, source_id, payment_id, debit, credit, currency, amount,
                posted_at) values ($1, 1, 'capture', $2, $3, 'elsewhere', 'sales', 'EUR', 1, $4)",
            args![PostingId::new(&desk.chance, at), desk.chance.uuid_v4(), payment, at],
        )
    });
    let all: Vec<Statement> = std::iter::once(captured).chain(posts).collect();
    desk.db.commit(&cx(), all).await.expect("posted");
}

#[tokio::test]
async fn a_month_is_exported_whole_and_nothing_of_the_next_one() {
    on_each(async |desk| {
        desk.captured(1999).await;
        let at = |text: &str| text.parse::<Timestamp>().expect("a moment");
        let in_march = at("2024-03-01T00:00:00Z");
        let last = at("2024-03-31T23:59:59.999Z");
        let moments = (0..1_201).map(|n| Timestamp(in_march.millis() + n * 1_000)).chain([last]);
        let beside = [at("2024-04-01T00:00:00Z"), at("2024-02-29T23:59:59.999Z")];
        post(desk, moments.chain(beside).collect()).await;
        let (status, lines) = exports(desk, bookkeeper(), "2024-03").await;
        assert_eq!((status, lines.len()), (StatusCode::OK, 1 + 1_202));
        assert!(lines[0].starts_with("posting_id,leg,posted_at,"), "{}", lines[0]);
        assert!(lines[1].contains(",1,2024-03-01T00:00:00.000Z,capture,"), "{}", lines[1]);
        assert!(lines[1_202].contains("2024-03-31T23:59:59.999Z") && lines[1_202].ends_with(",EUR,1"));
        let ids: std::collections::HashSet<_> = lines.iter().map(|line| &line[..36]).collect();
        assert_eq!(ids.len(), 1 + 1_202, "no line twice");
        let this_month = &desk.clock.now().to_string()[..7];
        let (_, lines) = exports(desk, bookkeeper(), this_month).await;
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with(",provider_receivable:sandbox,sales,EUR,1999"), "{}", lines[1]);
        assert_eq!(exports(desk, bookkeeper(), "2020-01").await.1.len(), 1);
        assert_eq!(exports(desk, bookkeeper(), "2024-13").await.0, StatusCode::BAD_REQUEST);
        assert_eq!(exports(desk, customer(), "2024-03").await.0, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn the_accounts_of_a_kind_are_added_up() {
    on_each(async |desk| {
        let (order, _) = desk.captured(1999).await;
        desk.refunds(order, "a part", 999).await.expect("refunded");
        let (_, balances) = desk.gets(bookkeeper(), "/v1/admin/ledger/balances").await;
        let kinds: Vec<_> = balances["kinds"]
            .as_array()
            .expect("kinds")
            .iter()
            .map(|kind| (kind["kind"].as_str().unwrap_or_default(), kind["balance"]["amount"].as_i64()))
            .collect();
        assert_eq!(kinds, [("provider_receivable", Some(1000)), ("sales", Some(-1000))]);
    })
    .await;
}
