//! What can go wrong with carts and orders, and the only place that says it in the words of [`souk_rpc::Error`].

use std::time::Duration;

use souk_contract::product::Shortage;
use souk_db::DbError;
use souk_rpc::{Error, ErrorKind, FieldError};

use crate::domain::cart::CartError;
use crate::domain::order::{OrderRule, RefundRule};
use crate::domain::pricing::PricingError;

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("no such {0}")]
    NotFound(&'static str),
    #[error(transparent)]
    Cart(#[from] CartError),
    #[error(transparent)]
    Order(#[from] OrderRule),
    #[error(transparent)]
    Refund(RefundRule),
    #[error(transparent)]
    Pricing(#[from] PricingError),
    #[error("the shop does not sell in {0}")]
    CurrencyNotOffered(String),
    #[error("no such variant is for sale")]
    NotForSale(Vec<FieldError>),
    /// Something that an order needs is missing or not possible.
    #[error("the cart is not ready for checkout")]
    CartIncomplete(Vec<FieldError>),
    #[error("a line cannot be sold now")]
    LinesUnavailable(Vec<FieldError>),
    #[error("sold out")]
    SoldOut(Vec<FieldError>),
    #[error("no promotion has this code")]
    UnknownCode,
    #[error("a promotion has been used as often as it may be: {0}")]
    PromotionUsedUp(String),
    #[error("another promotion has the code {0}")]
    CodeTaken(String),
    #[error("the shop has 2000 promotions at most")]
    TooManyPromotions,
    #[error("the promotion is at version {0}")]
    PromotionStale(i64),
    #[error("the total is {0} now")]
    TotalChanged(souk_types::Money),
    #[error("the payment was declined: {0}")]
    PaymentDeclined(String),
    #[error("the order could not be placed in time")]
    CheckoutExpired,
    #[error("the first request with this key is still at work")]
    CheckoutInProgress,
    #[error("the key was used before for a different checkout")]
    KeyReused,
    /// Too many others changed the same thing at the same moment.
    #[error("lost too many races")]
    Contended,
    #[error(transparent)]
    Db(#[from] DbError),
    /// What another service answered, passed on as it is.
    #[error(transparent)]
    Peer(#[from] Error),
}

impl From<OrderError> for Error {
    fn from(error: OrderError) -> Error {
        let detail = error.to_string();
        match error {
            OrderError::NotFound(what) => Error::not_found(what),
            OrderError::Cart(error) => of_cart(&error),
            OrderError::Order(rule) => of_order(&rule),
            OrderError::Refund(rule) => of_refund(&rule),
            OrderError::Pricing(PricingError::TooLarge) => Error::unprocessable("amount_too_large", detail),
            OrderError::Pricing(error) => Error::internal(error),
            OrderError::CurrencyNotOffered(_) => Error::unprocessable("currency_not_offered", &detail)
                .with_field("currency", "offered", detail),
            OrderError::NotForSale(errors) => {
                Error { errors, ..Error::unprocessable("variant_not_for_sale", detail) }
            }
            OrderError::CartIncomplete(errors) => {
                Error { errors, ..Error::unprocessable("cart_incomplete", detail) }
            }
            OrderError::LinesUnavailable(errors) => {
                Error { errors, ..Error::conflict("lines_unavailable", detail) }
            }
            OrderError::SoldOut(errors) => Error { errors, ..Error::conflict("sold_out", detail) },
            OrderError::UnknownCode => {
                Error::unprocessable("promotion_code_unknown", &detail).with_field("code", "known", detail)
            }
            OrderError::PromotionUsedUp(_) => Error::conflict("promotion_used_up", detail),
            OrderError::CodeTaken(_) => {
                Error::conflict("promotion_code_taken", &detail).with_field("code", "unique", detail)
            }
            OrderError::TooManyPromotions => Error::conflict("limit_reached", detail),
            OrderError::PromotionStale(current) => Error::conflict("version_stale", detail).with_field(
                "version",
                "stale",
                format!("read the promotion again; it is at version {current}"),
            ),
            OrderError::TotalChanged(_) => Error::conflict("total_changed", detail),
            OrderError::PaymentDeclined(reason) => {
                let error = Error::new(ErrorKind::PaymentDeclined, "payment_declined", detail);
                error.with_field("payment", reason, "the payment provider refused; try another way to pay")
            }
            OrderError::CheckoutExpired => Error::conflict("checkout_expired", detail),
            OrderError::CheckoutInProgress => {
                Error::conflict("checkout_in_progress", detail).with_retry_after(Duration::from_secs(1))
            }
            OrderError::KeyReused => souk_app::http::reused(),
            OrderError::Contended => {
                Error::conflict("lost_race", "it is changed by others right now; try again")
                    .with_retry_after(Duration::from_secs(1))
            }
            OrderError::Db(error) => error.into(),
            OrderError::Peer(error) => error,
        }
    }
}

fn of_cart(error: &CartError) -> Error {
    let detail = error.to_string();
    match error {
        CartError::VersionStale { current } => Error::conflict("cart_version_stale", detail).with_field(
            "version",
            "stale",
            format!("read the cart again; it is at version {current}"),
        ),
        CartError::InCheckout => {
            Error::conflict("cart_in_checkout", detail).with_retry_after(Duration::from_secs(1))
        }
        CartError::Spent => Error::conflict("cart_spent", "the cart became an order; start a new one"),
        CartError::NoSuchLine => Error::not_found("line"),
        CartError::NoSuchCode => Error::not_found("code"),
        CartError::TooManyCodes => {
            Error::unprocessable("too_many_codes", &detail).with_field("code", "max_items", detail)
        }
        CartError::TooManyLines => {
            Error::unprocessable("too_many_lines", &detail).with_field("lines", "max_items", detail)
        }
        CartError::QuantityOutOfRange => {
            Error::unprocessable("quantity_out_of_range", &detail).with_field("quantity", "range", detail)
        }
    }
}

impl From<RefundRule> for OrderError {
    fn from(rule: RefundRule) -> OrderError {
        match rule {
            RefundRule::Order(rule) => rule.into(),
            RefundRule::Pricing(error) => error.into(),
            rule => OrderError::Refund(rule),
        }
    }
}

fn of_refund(rule: &RefundRule) -> Error {
    let detail = rule.to_string();
    match rule {
        RefundRule::ShippingReturned => {
            Error::conflict("shipping_returned", &detail).with_field("shipping", "left", detail)
        }
        RefundRule::LineReturned { .. } => {
            Error::conflict("line_returned", &detail).with_field("lines", "left", detail)
        }
        RefundRule::Worthless => Error::conflict("nothing_to_refund", detail),
        RefundRule::Order(_) | RefundRule::Pricing(_) => Error::internal(detail),
    }
}

fn of_order(rule: &OrderRule) -> Error {
    let detail = rule.to_string();
    match rule {
        OrderRule::StillPlacing => {
            Error::conflict("order_still_placing", detail).with_retry_after(Duration::from_secs(1))
        }
        OrderRule::AlreadyShipped => Error::conflict("order_already_shipped", detail),
        OrderRule::WrongState(_) => Error::conflict("order_wrong_state", detail),
        OrderRule::NothingToShip => Error::conflict("nothing_to_ship", detail),
        OrderRule::NotPaid(_) => Error::conflict("order_not_paid", detail),
        OrderRule::NoSuchLine(_) => {
            Error::unprocessable("no_such_line", &detail).with_field("lines", "known", detail)
        }
        OrderRule::MoreThanLeft { .. } => {
            Error::conflict("more_than_left", &detail).with_field("lines", "left", detail)
        }
        OrderRule::MoreThanPaid(_) => {
            Error::unprocessable("refund_too_large", &detail).with_field("amount", "range", detail)
        }
    }
}

/// One error per line that is short; `position` finds the line in the cart.
pub(crate) fn shortage(position: usize, shortage: &Shortage) -> FieldError {
    let Shortage { requested, available, .. } = shortage;
    FieldError {
        field: format!("lines[{position}].quantity"),
        rule: "available".to_owned(),
        detail: format!("{requested} wanted, {} left", (*available).max(0)),
    }
}

/// The variant that is named at `field` cannot be bought.
pub(crate) fn not_for_sale(position: Option<usize>, field: &str) -> FieldError {
    FieldError {
        field: position.map_or_else(|| field.to_owned(), |at| format!("lines[{at}].{field}")),
        rule: "for_sale".to_owned(),
        detail: "is not for sale".to_owned(),
    }
}
