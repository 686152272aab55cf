//! Payments, for staff.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::http::{Json, Path, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Currency, Money, OrderId, Page, PaymentId, RefundId, Timestamp};
use utoipa::{IntoParams, ToSchema};

use super::{length, page_of};
use crate::domain::{Payment, Refund, RefundState, State as PaymentState};
use crate::{Deps, store};

/// Which payments.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichPayments {
    /// Only the attempts to pay this order.
    #[param(value_type = Option<String>, format = Uuid)]
    order_id: Option<OrderId>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One attempt to pay an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    id: PaymentId,
    order_id: OrderId,
    order_number: String,
    /// 1 for the first try.
    #[schema(minimum = 1)]
    attempt: u32,
    provider: String,
    state: PaymentState,
    amount: Money,
    captured: Money,
    refunded: Money,
    /// Promised to the buyer, and not confirmed by the provider yet.
    refunding: Money,
    /// Why it was declined or given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Whatever it holds is to be given back.
    unwanted: bool,
    /// When the provider is asked again; absent when nothing is left to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<Timestamp>,
    refunds: Vec<RefundView>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefundView {
    id: RefundId,
    amount: Money,
    reason: String,
    state: RefundState,
    /// Why the provider refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    settled_at: Option<Timestamp>,
}

/// Lists payments, newest first.
#[utoipa::path(get, path = "/v1/admin/payments", operation_id = "list_payments", tag = "admin",
    params(WhichPayments),
    responses((status = 200, description = "A page of payments.", body = Page<PaymentView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_payments(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichPayments>,
) -> Result<Json<Page<PaymentView>>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let (limit, after) = page_of::<PaymentId>(which.limit, which.cursor.as_deref())?;
    let payments = store::payments::page(&deps.db, which.order_id, after, limit + 1).await?;
    let page = Page::cut(payments, length(limit), |payment| payment.id);
    let ids = page.items.iter().map(|payment| payment.id).collect();
    let refunds = store::refunds::of_payments(&deps.db, ids).await?;
    Ok(Json(page.map(|payment| view(payment, &refunds))))
}

/// One payment with its refunds.
#[utoipa::path(get, path = "/v1/admin/payments/{id}", operation_id = "get_payment", tag = "admin",
    params(("id" = String, Path, format = Uuid, description = "The payment.")),
    responses((status = 200, description = "The payment.", body = PaymentView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn get_payment(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<PaymentId>,
) -> Result<Json<PaymentView>, Error> {
    cx.require(Permission::PaymentsRead)?;
    let payment = store::payments::get(&deps.db, id).await?.ok_or_else(|| Error::not_found("payment"))?;
    let refunds = store::refunds::of_payment(&deps.db, id).await?;
    Ok(Json(view(payment, &refunds)))
}

pub(super) fn view(payment: Payment, refunds: &[Refund]) -> PaymentView {
    let currency: Currency = payment.amount.currency;
    let money = |amount| Money::new(amount, currency);
    let own = refunds.iter().filter(|refund| refund.payment == payment.id);
    PaymentView {
        id: payment.id,
        order_id: payment.order,
        order_number: payment.number,
        attempt: payment.attempt,
        provider: payment.provider,
        state: payment.state,
        amount: payment.amount,
        captured: money(payment.captured),
        refunded: money(payment.refunded),
        refunding: money(payment.refunding),
        reason: payment.reason,
        unwanted: payment.unwanted,
        due_at: payment.due_at,
        refunds: own.map(refund_view).collect(),
        created_at: payment.created_at,
        updated_at: payment.updated_at,
    }
}

fn refund_view(refund: &Refund) -> RefundView {
    RefundView {
        id: refund.id,
        amount: refund.amount,
        reason: refund.reason.clone(),
        state: refund.state,
        refusal: refund.refusal.clone(),
        created_at: refund.created_at,
        settled_at: refund.settled_at,
    }
}
