//! Our record of a payment beside the provider's: where they differ, somebody has to know.

use super::answers::{ProviderPayment, ProviderState};
use super::{Payment, State};

/// Why a payment is an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: &'static str,
    pub detail: String,
}

pub const UNKNOWN_TO_US: &str = "unknown_to_us";
pub const UNKNOWN_TO_PROVIDER: &str = "unknown_to_provider";
pub const AMOUNTS_DIFFER: &str = "amounts_differ";
pub const CONTRADICTION: &str = "contradiction";
pub const CAPTURE_REFUSED: &str = "capture_refused";
pub const REFUND_REFUSED: &str = "refund_refused";
pub const STUCK: &str = "stuck";
pub const PLACED_WITHOUT_MONEY: &str = "placed_without_money";

/// Compares the money. A payment that is still being worked on is left alone by the caller.
pub fn difference(ours: &Payment, theirs: &ProviderPayment) -> Option<Difference> {
    let held_by_us = if ours.state == State::Authorized { ours.authorized } else { 0 };
    let held_by_them = match theirs.state {
        ProviderState::Authorized => theirs.amount.amount,
        _ => 0,
    };
    let same = ours.amount == theirs.amount
        && held_by_us == held_by_them
        && ours.captured == theirs.captured
        && ours.refunded == theirs.refunded;
    if same {
        return None;
    }
    let currency = ours.amount.currency;
    let detail = format!(
        "ours: {} {currency} of {}, captured {}, refunded {}; theirs: {} {} of {}, captured {}, refunded {}",
        ours.state.as_str(),
        ours.amount.amount,
        ours.captured,
        ours.refunded,
        theirs.state.as_str(),
        theirs.amount.currency,
        theirs.amount.amount,
        theirs.captured,
        theirs.refunded,
    );
    Some(Difference { kind: AMOUNTS_DIFFER, detail })
}
