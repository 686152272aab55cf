//! The ledger, the budget, the comparison with the provider, and who may look at it all.

mod common;

use common::{asking, config, customer, cx, euros, on_each, on_each_with, placed};
use souk_contract::events::ROUTES;
use souk_db::{Statement, args};
use souk_payment::domain::State;
use souk_payment::providers::{AuthorizeRequest, PaymentProvider};
use souk_payment::store;
use souk_rpc::Caller;
use souk_types::{ApiKeyId, PaymentId};

fn accountant() -> Caller {
    Caller::ApiKey { key: ApiKeyId(uuid::Uuid::nil()), scopes: vec![souk_rpc::Permission::PaymentsRead] }
}

#[tokio::test]
async fn the_ledger_refuses_to_be_rewritten() {
    on_each(async |desk| {
        let (_, paid) = desk.captured(1999).await;
        let before = store::ledger::balances(&desk.db).await.expect("read");
        let attempts = [
            "update ledger set amount = amount + 1",
            "update ledger set credit = 'my pocket'",
            "delete from ledger",
            "update payments set captured = captured + 1",
        ];
        for sql in attempts {
            let refused = desk.db.commit(&cx(), Statement::new("forge", sql, args![])).await;
            assert!(refused.is_err(), "{sql}");
        }
        let twice = "insert into ledger (posting_id, leg, template, source_id, payment_id, debit, credit, currency,
                amount, posted_at) select $1, leg, template, source_id, payment_id, debit, credit, currency, amount,
                posted_at from ledger";
        let again = Statement::new("forge", twice, args![uuid::Uuid::from_u128(7)]);
        assert!(desk.db.commit(&cx(), again).await.is_err(), "a capture is posted once");
        assert_eq!(store::ledger::balances(&desk.db).await.expect("read"), before);
        assert_eq!(desk.payment(paid).await.captured, 1999);
    })
    .await;
}

#[tokio::test]
async fn the_accounts_say_what_happened() {
    on_each(async |desk| {
        let (order, _) = desk.captured(1999).await;
        desk.captured(1).await;
        desk.refunds(order, "a part", 999).await.expect("refunded");
        let balances = store::ledger::balances(&desk.db).await.expect("read");
        let balances: Vec<_> =
            balances.iter().map(|found| (found.account.as_str(), found.debits, found.credits)).collect();
        assert_eq!(balances, [("provider_receivable:sandbox", 2000, 999), ("sales", 999, 2000)]);
    })
    .await;
}

#[tokio::test]
async fn a_checkout_keeps_to_its_commits() {
    let mut config = config();
    config.reconcile.compare_pause_s = 3_600;
    config.reconcile.pause_ms = 3_600_000;
    on_each_with(
        config,
        |sandbox| sandbox,
        async |desk| {
            // The inbox is looked at now and then beside it, so the leanest of some is what a checkout costs.
            let mut leanest = (u64::MAX, u64::MAX);
            for _ in 0..8 {
                let before = (desk.db.stats().jobs, desk.sandbox_db.stats().jobs);
                desk.authorizes(desk.order(), 1, "tok_approved").await;
                let after = (desk.db.stats().jobs, desk.sandbox_db.stats().jobs);
                leanest = leanest.min((after.0 - before.0, after.1 - before.1));
            }
            assert_eq!(leanest, (2, 1));
            let order = desk.order();
            let paid = desk.authorizes(order, 1, "tok_approved").await.payment;
            let before = desk.sandbox_db.stats().jobs;
            desk.hears(placed(order, 1)).await;
            desk.reaches(paid, State::Captured).await;
            let captured = desk.sandbox_db.stats().jobs;
            assert_eq!(captured - before, 1);
        },
    )
    .await;
}

#[tokio::test]
async fn money_that_only_one_side_knows_of_is_an_exception_until_it_is_explained() {
    let mut config = config();
    // What is committed late has an older time than the comparison: that is what the quiet is for.
    config.reconcile.quiet_s = 1;
    on_each_with(
        config,
        |sandbox| sandbox,
        async |desk| {
            let stranger = PaymentId::new(&desk.chance, desk.clock.now());
            let request = asking(desk.order(), 1, "tok_approved");
            let theirs = AuthorizeRequest {
                payment: stranger,
                amount: request.amount,
                token: request.method.token,
                number: request.number,
                email: request.email,
                return_url: None,
            };
            desk.sandbox.authorize(&theirs).await;
            let (_, ours) = desk.captured(500).await;
            let (_, short) = desk.captured(600).await;
            let now = || desk.clock.now();
            let vanish = "delete from sandbox_payments where reference = $1";
            let vanish = Statement::new("vanish", vanish, args![ours.to_string()]);
            desk.sandbox_db.commit(&cx(), vanish).await.expect("forgotten");
            let touch = Statement::new(
                "touch",
                "update payments set updated_at = $1 where id = $2",
                args![now(), ours],
            );
            desk.db.commit(&cx(), touch).await.expect("touched");
            let shift = |refunded: i64| {
                let sql = "update sandbox_payments set refunded = $1, updated_at = $2 where reference = $3";
                Statement::new("shift", sql, args![refunded, now(), short.to_string()])
            };
            desk.sandbox_db.commit(&cx(), shift(100)).await.expect("refunded behind our back");
            desk.waits("all three are filed", async || desk.exceptions().await.len() == 3).await;
            let mut found = desk.exceptions().await;
            let mut expected = vec![
                (stranger.to_string(), "unknown_to_us".to_owned()),
                (ours.to_string(), "unknown_to_provider".to_owned()),
                (short.to_string(), "amounts_differ".to_owned()),
            ];
            found.sort();
            expected.sort();
            assert_eq!(found, expected);
            desk.sandbox_db.commit(&cx(), shift(0)).await.expect("restored");
            desk.waits("one is resolved", async || desk.exceptions().await.len() == 2).await;
        },
    )
    .await;
}

#[tokio::test]
async fn staff_see_payments_and_the_ledger_and_customers_do_not() {
    on_each(async |desk| {
        let (order, paid) = desk.captured(1999).await;
        desk.refunds(order, "a part", 500).await.expect("refunded");
        let paths = [
            format!("/v1/admin/payments?order_id={order}"),
            format!("/v1/admin/payments/{paid}"),
            "/v1/admin/payments/exceptions".to_owned(),
            "/v1/admin/ledger/balances".to_owned(),
            format!("/v1/admin/ledger/postings?payment_id={paid}&limit=1"),
            "/v1/admin/ledger/verification".to_owned(),
        ];
        for path in &paths {
            assert_eq!(desk.gets(Caller::Guest, path).await.0, 401, "{path}");
            assert_eq!(desk.gets(customer(), path).await.0, 403, "{path}");
            assert_eq!(desk.gets(accountant(), path).await.0, 200, "{path}");
        }
        let (_, list) = desk.gets(accountant(), &paths[0]).await;
        assert_eq!(list["items"][0]["refunds"][0]["amount"]["amount"], 500);
        assert_eq!(list["items"][0]["state"], "partially_refunded");
        let (_, postings) = desk.gets(accountant(), &paths[4]).await;
        assert_eq!(postings["items"][0]["template"], "refund");
        let next = postings["next_cursor"].as_str().expect("there is a second page");
        let (_, second) = desk.gets(accountant(), &format!("{}&cursor={next}", paths[4])).await;
        assert_eq!(second["items"][0]["lines"][0]["debit"], "provider_receivable:sandbox");
        assert_eq!(second["items"][0]["lines"][0]["amount"]["amount"], euros(1999).amount);
        for bad in ["?limit=0", "?limit=101", "?cursor=zz", "?order_id=x", "?color=red"] {
            assert_eq!(desk.gets(accountant(), &format!("/v1/admin/payments{bad}")).await.0, 400, "{bad}");
        }
        assert_eq!(desk.gets(accountant(), "/v1/admin/payments/nonsense").await.0, 404);
    })
    .await;
}

#[tokio::test]
async fn it_reacts_to_exactly_what_the_routes_say() {
    on_each(async |desk| {
        let routed = ROUTES.iter().filter(|(_, consumers)| consumers.contains(&"payment"));
        let mut routed: Vec<&str> = routed.map(|(kind, _)| *kind).collect();
        routed.sort_unstable();
        assert_eq!(desk.consumes, routed);
    })
    .await;
}
