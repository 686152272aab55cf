//! The refusals of this service. Each code has a page in docs/errors.

use souk_rpc::{Error, ErrorKind};
use souk_types::{Currency, Money};

use crate::providers::WebhookRefused;

/// The attempt was made before with another amount or provider.
pub(crate) fn payment_mismatch(attempt: u32) -> Error {
    let detail = format!("attempt {attempt} of this order was made with another amount or provider");
    Error::conflict("payment_mismatch", detail)
}

pub(crate) fn nothing_to_refund() -> Error {
    Error::unprocessable("nothing_to_refund", "no money was captured for this order")
}

pub(crate) fn refund_exceeds_payment(left: Money) -> Error {
    Error::unprocessable("refund_exceeds_payment", format!("only {left} can still be refunded")).with_field(
        "amount",
        "range",
        "must not exceed what is left of the payment",
    )
}

pub(crate) fn refund_currency(currency: Currency) -> Error {
    Error::unprocessable("refund_currency_mismatch", format!("the order was paid in {currency}")).with_field(
        "amount.currency",
        "currency",
        "must be the payment's",
    )
}

pub(crate) fn refund_key_reused() -> Error {
    Error::unprocessable("refund_key_reused", "this key refunded another amount before").with_field(
        "key",
        "unique",
        "use a new key for a new refund",
    )
}

pub(crate) fn refund_refused(reason: &str) -> Error {
    Error::unprocessable("refund_refused", format!("the payment provider refused: {reason}"))
}

pub(crate) fn unknown_provider() -> Error {
    Error::not_found("payment provider")
}

pub(crate) fn webhook_refused(why: WebhookRefused) -> Error {
    let code = match why {
        WebhookRefused::Signature | WebhookRefused::Stale => "webhook_signature_invalid",
        WebhookRefused::Unreadable => "webhook_unreadable",
    };
    Error::new(ErrorKind::Invalid, code, why.to_string())
}
