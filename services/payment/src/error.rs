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

/// Nobody waits for this money by hand: it has a provider who says so, or it is not wanted any more.
pub(crate) fn payment_not_awaited(why: &str) -> Error {
    Error::conflict("payment_not_awaited", format!("nobody waits for this money by hand: {why}"))
}

pub(crate) fn received_amount_differs(promised: Money) -> Error {
    Error::unprocessable("received_amount_differs", format!("{promised} were promised")).with_field(
        "amount",
        "equal",
        "must be what was promised; anything else is settled with the buyer first",
    )
}

/// A card number must not enter the shop; it is neither kept nor repeated.
pub(crate) fn card_number_refused(field: &str) -> Error {
    souk_contract::card::card_number_refused(field)
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
