//! The ledger, for staff.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::http::{Json, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Money, Page, PaymentId, PostingId, Timestamp};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{length, page_of};
use crate::store::ledger::{AccountBalance, LedgerLeg};
use crate::{Deps, store};

/// How many disagreements are named at most.
const NAMED_MAX: u32 = 100;

/// An account in one currency. Debits less credits is its balance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceView {
    /// Such as `sales` or `provider_receivable:sandbox`.
    account: String,
    debits: Money,
    credits: Money,
    balance: Money,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalancesView {
    items: Vec<BalanceView>,
    /// The same, with the accounts of one kind added up: `provider_receivable` is what all providers owe.
    kinds: Vec<KindBalanceView>,
}

/// The accounts of one kind in one currency.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindBalanceView {
    /// Such as `sales` or `provider_receivable`.
    kind: String,
    debits: Money,
    credits: Money,
    balance: Money,
}

/// One business fact, as the accounts know it: each line moves an amount from `credit` to `debit`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostingView {
    id: PostingId,
    /// `capture` or `refund`.
    template: String,
    /// The payment or the refund that it is posted for.
    source_id: Uuid,
    payment_id: PaymentId,
    lines: Vec<LineView>,
    posted_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineView {
    debit: String,
    credit: String,
    amount: Money,
}

/// Which postings.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichPostings {
    /// Only those of this payment.
    #[param(value_type = Option<String>, format = Uuid)]
    payment_id: Option<PaymentId>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Whether the payments say what the ledger says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerificationView {
    balanced: bool,
    /// The first hundred payments that say something else.
    disagreements: Vec<DisagreementView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisagreementView {
    payment_id: PaymentId,
    captured: i64,
    captured_by_ledger: i64,
    refunded: i64,
    refunded_by_ledger: i64,
}

/// Every account and what it has come to.
#[utoipa::path(get, path = "/v1/admin/ledger/balances", operation_id = "list_ledger_balances", tag = "admin",
    responses((status = 200, description = "The accounts, by name and currency.", body = BalancesView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_balances(
    State(deps): State<Deps>,
    cx: Context,
) -> Result<Json<BalancesView>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let balances = store::ledger::balances(&deps.db).await?;
    let kinds = kinds(&balances)?;
    let items = balances.into_iter().map(|found| BalanceView {
        account: found.account,
        debits: Money::new(found.debits, found.currency),
        credits: Money::new(found.credits, found.currency),
        balance: Money::new(found.debits - found.credits, found.currency),
    });
    Ok(Json(BalancesView { items: items.collect(), kinds }))
}

/// Adds up the accounts whose names begin alike. The list is sorted by account, and few accounts are of one kind.
fn kinds(balances: &[AccountBalance]) -> Result<Vec<KindBalanceView>, Error> {
    let mut kinds: Vec<KindBalanceView> = Vec::new();
    for found in balances {
        let kind = found.account.split(':').next().unwrap_or_default();
        let debits = Money::new(found.debits, found.currency);
        let credits = Money::new(found.credits, found.currency);
        let same =
            |known: &&mut KindBalanceView| known.kind == kind && known.debits.currency == found.currency;
        match kinds.iter_mut().find(same) {
            Some(known) => {
                known.debits = known.debits.plus(debits).map_err(Error::internal)?;
                known.credits = known.credits.plus(credits).map_err(Error::internal)?;
                known.balance = known.debits.minus(known.credits).map_err(Error::internal)?;
            }
            None => {
                let balance = debits.minus(credits).map_err(Error::internal)?;
                kinds.push(KindBalanceView { kind: kind.to_owned(), debits, credits, balance });
            }
        }
    }
    Ok(kinds)
}

/// Lists postings, newest first.
#[utoipa::path(get, path = "/v1/admin/ledger/postings", operation_id = "list_ledger_postings", tag = "admin",
    params(WhichPostings),
    responses((status = 200, description = "A page of postings.", body = Page<PostingView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_postings(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichPostings>,
) -> Result<Json<Page<PostingView>>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let (limit, before) = page_of::<PostingId>(which.limit, which.cursor.as_deref())?;
    let ids = store::ledger::page(&deps.db, which.payment_id, before, limit + 1).await?;
    let page = Page::cut(ids, length(limit), |id| *id);
    let legs = store::ledger::of_postings(&deps.db, page.items).await?;
    Ok(Json(Page { items: postings(legs), next_cursor: page.next_cursor }))
}

/// Checks the ledger against the payments.
#[utoipa::path(get, path = "/v1/admin/ledger/verification", operation_id = "verify_ledger", tag = "admin",
    responses((status = 200, description = "What was found.", body = VerificationView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn verify_ledger(
    State(deps): State<Deps>,
    cx: Context,
) -> Result<Json<VerificationView>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let found = store::ledger::disagreements(&deps.db, NAMED_MAX).await?;
    let disagreements: Vec<DisagreementView> = found
        .into_iter()
        .map(|found| DisagreementView {
            payment_id: found.payment,
            captured: found.captured,
            captured_by_ledger: found.captured_by_ledger,
            refunded: found.refunded,
            refunded_by_ledger: found.refunded_by_ledger,
        })
        .collect();
    Ok(Json(VerificationView { balanced: disagreements.is_empty(), disagreements }))
}

/// Legs, sorted by posting, as postings.
fn postings(legs: Vec<LedgerLeg>) -> Vec<PostingView> {
    let mut postings: Vec<PostingView> = Vec::new();
    for leg in legs {
        let line = LineView { debit: leg.debit, credit: leg.credit, amount: leg.amount };
        match postings.last_mut() {
            Some(posting) if posting.id == leg.posting => posting.lines.push(line),
            _ => postings.push(PostingView {
                id: leg.posting,
                template: leg.template,
                source_id: leg.source,
                payment_id: leg.payment,
                lines: vec![line],
                posted_at: leg.posted_at,
            }),
        }
    }
    postings
}
