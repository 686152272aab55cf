//! All promotions of the shop in the order in which they apply, ready for use: built once, read by every pricing.

use std::cmp::Reverse;
use std::collections::HashMap;

use souk_types::{CategoryId, CollectionId, ProductId, VariantId};

use super::{Goods, Promotion, normalize};

/// More than these are not loaded: the oldest ones stay.
pub const PROMOTIONS_MAX: usize = 2_000;

/// Sorted by priority, then by age, so that the order in which they are read means nothing.
#[derive(Debug, Default)]
pub struct PromotionSet {
    promotions: Vec<Promotion>,
    by_code: HashMap<String, usize>,
    automatic: Vec<usize>,
    looks_at_groups: bool,
}

/// What a line sells, as far as promotions ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sold {
    pub product: Option<ProductId>,
    pub variant: Option<VariantId>,
    pub categories: Vec<CategoryId>,
    pub collections: Vec<CollectionId>,
}

impl PromotionSet {
    pub fn new(mut promotions: Vec<Promotion>) -> PromotionSet {
        promotions.sort_by_key(|promotion| (Reverse(promotion.rule.priority), promotion.id));
        let mut set = PromotionSet::default();
        for (at, promotion) in promotions.iter().enumerate() {
            match &promotion.rule.code {
                Some(code) => drop(set.by_code.insert(normalize(code), at)),
                None => set.automatic.push(at),
            }
        }
        let groups = |goods: &Goods| !goods.categories.is_empty() || !goods.collections.is_empty();
        set.looks_at_groups = promotions.iter().any(|promotion| groups(&promotion.rule.goods));
        PromotionSet { promotions, ..set }
    }

    /// Whether a pricing needs to know the categories and collections of what is sold.
    pub fn looks_at_groups(&self) -> bool {
        self.looks_at_groups
    }

    pub fn is_empty(&self) -> bool {
        self.promotions.is_empty()
    }

    pub fn by_code(&self, code: &str) -> Option<&Promotion> {
        self.by_code.get(&normalize(code)).map(|at| &self.promotions[*at])
    }

    /// Those that may have a say about a cart with these codes, in the order in which they apply. Codes that the
    /// cart does not name cost it nothing.
    pub fn candidates<'a>(&'a self, codes: &[String]) -> impl Iterator<Item = &'a Promotion> {
        let mut stated: Vec<usize> =
            codes.iter().filter_map(|code| self.by_code.get(&normalize(code)).copied()).collect();
        stated.extend(&self.automatic);
        stated.sort_unstable();
        stated.dedup();
        stated.into_iter().map(|at| &self.promotions[at])
    }
}

impl Goods {
    pub fn is_everything(&self) -> bool {
        self.products.is_empty()
            && self.variants.is_empty()
            && self.categories.is_empty()
            && self.collections.is_empty()
    }

    pub fn hold(&self, sold: &Sold) -> bool {
        self.is_everything()
            || sold.product.is_some_and(|product| self.products.contains(&product))
            || sold.variant.is_some_and(|variant| self.variants.contains(&variant))
            || sold.categories.iter().any(|category| self.categories.contains(category))
            || sold.collections.iter().any(|collection| self.collections.contains(collection))
    }
}
