//! A promotion as the staff write it down.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use souk_types::{
    CategoryId, CollectionId, Currency, Money, ProductId, PromotionId, Timestamp, UserId, VariantId,
};
use utoipa::ToSchema;

use super::super::TOTAL_MAX;
use super::read::{self, AnyEffect};
use super::shapes;

/// Entries of each list of a rule.
pub(super) const ENTRIES_MAX: usize = 500;
/// Steps of a tiered promotion.
const TIERS_MAX: usize = 20;
const TITLE_MAX: usize = 200;
const CODE_MAX: usize = 40;
/// More than any promotion is used.
const USES_MAX: u32 = 1_000_000_000;
const PRIORITY_MAX: i32 = 1_000;
/// All of it.
pub const WHOLE: u32 = 10_000;

/// A rule that makes a cart cheaper, and its name in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    pub id: PromotionId,
    pub rule: Rule,
}

/// Amounts by currency: ISO 4217 code → minor units.
pub type Amounts = BTreeMap<String, i64>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// For people: the cart and the order show it.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]*[!-~][^\\x00-\\x1F\\x7F-\\x9F]*$",
        example = "Spring sale"
    )]
    pub title: String,
    /// Who says it gets the promotion; upper and lower case are one. Without a code it is automatic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9_-]+$", example = "SPRING")]
    pub code: Option<String>,
    /// Only an enabled promotion applies.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// The higher one comes first and sees the price that nobody has lowered yet.
    #[serde(default)]
    #[schema(minimum = -1000, maximum = 1000, default = 0)]
    pub priority: i32,
    /// Whether others apply beside it.
    #[serde(default)]
    #[schema(schema_with = shapes::stacking)]
    pub stacking: Stacking,
    /// Of the promotions of one group the first that applies does, and no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9_-]+$")]
    pub group: Option<String>,
    /// Milliseconds since 1970 in UTC; from then on it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// From then on it does not any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// Orders that may use it, all in all; a canceled order gives its use back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub uses_max: Option<u32>,
    /// Orders of one customer that may use it: a user, or a guest's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000000000)]
    pub uses_per_customer_max: Option<u32>,
    /// Which lines it looks at and lowers.
    #[serde(default)]
    pub goods: Goods,
    #[serde(default)]
    pub conditions: Conditions,
    #[schema(schema_with = shapes::effect)]
    pub effect: Effect,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// Beside others that combine.
    #[default]
    Combines,
    /// Alone, or not at all.
    Exclusive,
}

/// Lines that are in one of the lists; without any list, all lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Goods {
    #[serde(deserialize_with = "read::each_once")]
    #[schema(max_items = 500)]
    pub products: BTreeSet<ProductId>,
    #[serde(deserialize_with = "read::each_once")]
    #[schema(max_items = 500)]
    pub variants: BTreeSet<VariantId>,
    /// A category holds what its subcategories hold.
    #[serde(deserialize_with = "read::each_once")]
    #[schema(max_items = 500)]
    pub categories: BTreeSet<CategoryId>,
    #[serde(deserialize_with = "read::each_once")]
    #[schema(max_items = 500)]
    pub collections: BTreeSet<CollectionId>,
}

/// What must be true of the cart; each that is stated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Conditions {
    /// What the lines it looks at cost before any discount, by currency. In another currency it does not apply.
    #[schema(schema_with = shapes::amounts)]
    pub amount_min: Amounts,
    /// Units in the lines it looks at.
    #[schema(minimum = 1, maximum = 99900)]
    pub quantity_min: Option<u32>,
    #[serde(deserialize_with = "read::countries")]
    #[schema(schema_with = shapes::countries)]
    pub countries: BTreeSet<String>,
    /// Who buys; anybody when empty.
    #[serde(deserialize_with = "read::each_once")]
    #[schema(max_items = 500)]
    pub customers: BTreeSet<UserId>,
    /// Guests do not get it.
    pub signed_in: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields, try_from = "AnyEffect")]
pub enum Effect {
    /// Of what the lines still cost, in basis points: 1000 is 10 %.
    PercentOff {
        #[schema(minimum = 1, maximum = 10000)]
        basis_points: u32,
    },
    /// Never more than what the lines still cost. In a currency that is not named it does not apply.
    AmountOff {
        #[schema(schema_with = shapes::amounts_off)]
        amounts: Amounts,
    },
    /// Sending it costs nothing.
    FreeShipping,
    /// Of each `buy + get` units the `get` cheapest are lowered by `basis_points`.
    BuyGet {
        #[schema(minimum = 1, maximum = 999)]
        buy: u32,
        #[schema(minimum = 1, maximum = 999)]
        get: u32,
        /// 10000: the units are free.
        #[schema(minimum = 1, maximum = 10000)]
        basis_points: u32,
    },
    /// The more units the more off: the highest step that is reached counts, for all units.
    QuantityTiers {
        #[schema(inline, min_items = 1, max_items = 20)]
        tiers: Vec<QuantityTier>,
    },
    /// The more they cost the more off: the highest step that is reached counts, for the whole amount.
    AmountTiers {
        #[schema(inline, min_items = 1, max_items = 20)]
        tiers: Vec<AmountTier>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantityTier {
    #[schema(minimum = 1, maximum = 99900)]
    pub quantity_min: u32,
    #[schema(minimum = 1, maximum = 10000)]
    pub basis_points: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountTier {
    #[schema(schema_with = shapes::amounts)]
    pub amount_min: Amounts,
    #[schema(minimum = 1, maximum = 10000)]
    pub basis_points: u32,
}

/// A code as it is compared.
pub fn normalize(code: &str) -> String {
    code.trim().to_ascii_uppercase()
}

/// What a table of amounts says in a currency.
pub fn amount_in(amounts: &Amounts, currency: Currency) -> Option<Money> {
    amounts.get(currency.code()).map(|amount| Money::new(*amount, currency))
}

impl Rule {
    /// Whether there is a moment at which it could apply.
    pub fn has_time(&self) -> bool {
        self.starts_at.zip(self.ends_at).is_none_or(|(from, to)| from < to)
    }

    /// What is wrong with it: field and rule, and words for people.
    pub fn faults(&self) -> Vec<(String, &'static str, String)> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, field: &str, rule: &'static str, detail: &str| {
            if !holds {
                faults.push((field.to_owned(), rule, detail.to_owned()));
            }
        };
        let says =
            !self.title.contains(char::is_control) && self.title.contains(|c: char| c.is_ascii_graphic());
        require(
            says && self.title.chars().count() <= TITLE_MAX,
            "title",
            "text",
            "must be one line of 1 to 200 characters",
        );
        for (field, word) in [("code", &self.code), ("group", &self.group)] {
            require(
                word.as_deref().is_none_or(is_word),
                field,
                "format",
                "must be 1 to 40 letters, digits, - or _",
            );
        }
        require(self.priority.abs() <= PRIORITY_MAX, "priority", "range", "must be from -1000 to 1000");
        let uses = [("uses_max", self.uses_max), ("uses_per_customer_max", self.uses_per_customer_max)];
        for (field, uses) in uses {
            let fits = uses.is_none_or(|uses| (1..=USES_MAX).contains(&uses));
            require(fits, field, "range", "must be from 1 to 1000000000");
        }
        let Goods { products, variants, categories, collections } = &self.goods;
        let lists = [
            ("goods.products", products.len()),
            ("goods.variants", variants.len()),
            ("goods.categories", categories.len()),
            ("goods.collections", collections.len()),
            ("conditions.countries", self.conditions.countries.len()),
            ("conditions.customers", self.conditions.customers.len()),
        ];
        for (field, entries) in lists {
            require(entries <= ENTRIES_MAX, field, "max_items", "must be 500 at most");
        }
        require(
            self.conditions.countries.iter().all(|code| is_country(code)),
            "conditions.countries",
            "iso_3166",
            "must be two capital letters each",
        );
        let units = self.conditions.quantity_min.is_none_or(|units| (1..=99_900).contains(&units));
        require(units, "conditions.quantity_min", "range", "must be from 1 to 99900");
        check_amounts(&mut require, "conditions.amount_min", &self.conditions.amount_min, 0);
        self.effect.check(&mut require);
        faults
    }
}

/// ISO 3166-1 alpha-2, in capitals.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// What a code or a group is: 1 to 40 letters, digits, `-` or `_`.
pub fn is_word(word: &str) -> bool {
    (1..=CODE_MAX).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Each amount by its currency's code.
fn check_amounts(
    require: &mut impl FnMut(bool, &str, &'static str, &str),
    field: &str,
    amounts: &Amounts,
    least: i64,
) {
    require(amounts.len() <= ENTRIES_MAX, field, "max_items", "must be 500 at most");
    for (code, amount) in amounts.iter().take(ENTRIES_MAX) {
        let field = format!("{field}.{code}");
        require(code.parse::<Currency>().is_ok(), &field, "currency", "is no ISO 4217 code");
        let range = format!("must be from {least} to {TOTAL_MAX} minor units");
        require((least..=TOTAL_MAX).contains(amount), &field, "range", &range);
    }
}

impl Effect {
    fn check(&self, require: &mut impl FnMut(bool, &str, &'static str, &str)) {
        let share = |basis_points: u32| (1..=WHOLE).contains(&basis_points);
        const SHARE: &str = "must be from 1 to 10000";
        match self {
            Effect::FreeShipping => {}
            Effect::PercentOff { basis_points } => {
                require(share(*basis_points), "effect.basis_points", "range", SHARE);
            }
            Effect::AmountOff { amounts } => {
                require(
                    !amounts.is_empty(),
                    "effect.amounts",
                    "min_items",
                    "must name one currency at least",
                );
                check_amounts(require, "effect.amounts", amounts, 1);
            }
            Effect::BuyGet { buy, get, basis_points } => {
                require((1..=999).contains(buy), "effect.buy", "range", "must be from 1 to 999");
                require((1..=999).contains(get), "effect.get", "range", "must be from 1 to 999");
                require(share(*basis_points), "effect.basis_points", "range", SHARE);
            }
            Effect::QuantityTiers { tiers } => {
                require((1..=TIERS_MAX).contains(&tiers.len()), "effect.tiers", "items", "must be 1 to 20");
                for (at, tier) in tiers.iter().enumerate().take(TIERS_MAX) {
                    let units = (1..=99_900).contains(&tier.quantity_min);
                    require(
                        units,
                        &format!("effect.tiers[{at}].quantity_min"),
                        "range",
                        "must be from 1 to 99900",
                    );
                    require(
                        share(tier.basis_points),
                        &format!("effect.tiers[{at}].basis_points"),
                        "range",
                        SHARE,
                    );
                }
            }
            Effect::AmountTiers { tiers } => {
                require((1..=TIERS_MAX).contains(&tiers.len()), "effect.tiers", "items", "must be 1 to 20");
                for (at, tier) in tiers.iter().enumerate().take(TIERS_MAX) {
                    check_amounts(require, &format!("effect.tiers[{at}].amount_min"), &tier.amount_min, 0);
                    require(
                        share(tier.basis_points),
                        &format!("effect.tiers[{at}].basis_points"),
                        "range",
                        SHARE,
                    );
                }
            }
        }
    }
}
