//! Promotions: rules that make a cart cheaper, the order in which they apply, and why one does not.

mod apply;
mod outcome;
mod read;
mod rule;
mod set;
mod shapes;
mod shares;

pub(super) use apply::{apply, settle_shipping};
pub use outcome::{Applied, Reason, Unapplied, UsedUp, UsesLeft};
pub use rule::{
    AmountTier, Amounts, Conditions, Effect, Goods, Promotion, QuantityTier, Rule, Stacking, WHOLE,
    amount_in, is_word, normalize,
};
pub use set::{PROMOTIONS_MAX, PromotionSet, Sold};
