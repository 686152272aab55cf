//! Money that has come by hand, for staff.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_app::http::{IdempotencyParam, Json, Path, Problems};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Currency, Money, PaymentId};
use utoipa::ToSchema;

use super::payments::{PaymentView, view};
use crate::{Deps, flows, store};

/// What has come.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoneyReceived {
    /// What was promised: anything else is refused, for it has to be settled with the buyer first.
    #[schema(value_type = ReceivedAmount)]
    amount: Money,
}

/// Something has come.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes an amount that is more than nothing")]
struct ReceivedAmount {
    /// Minor units, such as cents.
    #[schema(minimum = 1)]
    amount: i64,
    currency: Currency,
}

/// Say that the money of a payment by hand has come
///
/// For bank transfers and cash on delivery. Saying it again changes nothing.
#[utoipa::path(post, path = "/v1/admin/payments/{id}/received", operation_id = "receive_payment", tag = "admin",
    params(("id" = String, Path, format = Uuid, description = "The payment."), IdempotencyParam),
    request_body = MoneyReceived,
    responses((status = 200, description = "The payment, captured.", body = PaymentView), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn receive_payment(
    State(deps): State<Deps>,
    cx: Context,
    Path(id): Path<PaymentId>,
    Json(received): Json<MoneyReceived>,
) -> Result<Json<PaymentView>, Error> {
    cx.require(Permission::PaymentsWrite)?;
    let mut rules = Rules::new();
    rules.require(received.amount.amount > 0, "amount.amount", "range", "must be positive");
    rules.check()?;
    let payment = flows::receive::receive(&cx, &deps, id, received.amount).await?;
    let refunds = store::refunds::of_payment(&deps.db, id).await?;
    Ok(Json(view(payment, &refunds)))
}
