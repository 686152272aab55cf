//! What became of each promotion that had a say.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use souk_types::{Money, PromotionId};
use utoipa::ToSchema;

use super::Promotion;

/// A promotion that made a cart cheaper, kept with the order as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    #[serde(rename = "promotion_id")]
    pub promotion: PromotionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    pub title: String,
    /// How much cheaper it made the cart.
    pub amount: Money,
    /// Its uses are counted: a canceled order gives its use back.
    #[serde(default)]
    #[schema(ignore)]
    pub counted: bool,
}

/// A promotion that had a say and changed nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unapplied {
    pub promotion: Option<PromotionId>,
    pub code: Option<String>,
    pub title: String,
    pub reason: Reason,
}

/// Why a promotion does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No promotion has this code, or none any more.
    Unknown,
    Disabled,
    NotStarted,
    Ended,
    UsedUp(UsedUp),
    OtherCurrency,
    OtherCountry,
    SignInFirst,
    OtherCustomer,
    NoSuchGoods,
    BelowAmount {
        missing: Money,
    },
    BelowQuantity {
        missing: u32,
    },
    /// Its steps or its bundle are not reached.
    BelowFirstStep,
    /// One that stands alone applies already.
    StandsBack,
    /// It stands alone, and others apply already.
    StandsAlone,
    /// Another of its group applies already.
    GroupTaken,
    NoShipping,
    /// There is nothing left to lower.
    NothingOff,
    /// A cart has so many at most.
    TooMany,
}

/// Whose limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UsedUp {
    ByAll,
    ByCustomer,
}

/// Which promotions have no use left for this buyer, as far as was read.
pub type UsesLeft = HashMap<PromotionId, UsedUp>;

impl Promotion {
    /// As breakdowns name it: by its code, or by its id.
    pub fn rule_name(&self) -> String {
        match &self.rule.code {
            Some(code) => format!("promotion:{}", super::normalize(code)),
            None => format!("promotion:{}", self.id),
        }
    }

    pub fn is_limited(&self) -> bool {
        self.rule.uses_max.is_some() || self.rule.uses_per_customer_max.is_some()
    }
}

impl Reason {
    /// Stable.
    pub fn as_str(&self) -> &'static str {
        match self {
            Reason::Unknown => "unknown",
            Reason::Disabled => "disabled",
            Reason::NotStarted => "not_started",
            Reason::Ended => "ended",
            Reason::UsedUp(UsedUp::ByAll) => "used_up",
            Reason::UsedUp(UsedUp::ByCustomer) => "used_up_by_customer",
            Reason::OtherCurrency => "other_currency",
            Reason::OtherCountry => "other_country",
            Reason::SignInFirst => "sign_in_first",
            Reason::OtherCustomer => "other_customer",
            Reason::NoSuchGoods => "no_such_goods",
            Reason::BelowAmount { .. } => "below_amount",
            Reason::BelowQuantity { .. } => "below_quantity",
            Reason::BelowFirstStep => "below_first_step",
            Reason::StandsBack => "stands_back",
            Reason::StandsAlone => "stands_alone",
            Reason::GroupTaken => "group_taken",
            Reason::NoShipping => "no_shipping",
            Reason::NothingOff => "nothing_off",
            Reason::TooMany => "too_many",
        }
    }
}

/// For people.
impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self {
            Reason::BelowAmount { missing } => return write!(f, "{missing} more of its goods are needed"),
            Reason::BelowQuantity { missing } => return write!(f, "{missing} more of its goods are needed"),
            Reason::Unknown => "there is no such promotion",
            Reason::Disabled => "is switched off",
            Reason::NotStarted => "has not begun yet",
            Reason::Ended => "is over",
            Reason::UsedUp(UsedUp::ByAll) => "has been used as often as it may be",
            Reason::UsedUp(UsedUp::ByCustomer) => "this customer has used it as often as they may",
            Reason::OtherCurrency => "does not count in the cart's currency",
            Reason::OtherCountry => "does not count where the goods go",
            Reason::SignInFirst => "is for customers who are signed in",
            Reason::OtherCustomer => "is for other customers",
            Reason::NoSuchGoods => "the cart has none of its goods",
            Reason::BelowFirstStep => "the cart has too few of its goods",
            Reason::StandsBack => "one that stands alone applies already",
            Reason::StandsAlone => "it stands alone, and others apply already",
            Reason::GroupTaken => "another one of its group applies already",
            Reason::NoShipping => "no way to send it is chosen",
            Reason::NothingOff => "there is nothing left to lower",
            Reason::TooMany => "a cart has 20 promotions at most",
        };
        f.write_str(words)
    }
}
