//! Finds the variants that a client names by SKU.

use std::collections::HashMap;

use souk_contract::product::GetOffers;
use souk_rpc::Context;
use souk_types::{Currency, VariantId};

use super::edit_cart::NewLine;
use crate::Deps;
use crate::error::{OrderError, not_for_sale};

/// A line as a client wants it.
#[derive(Debug, Clone)]
pub(crate) struct WantedLine {
    /// Where it stands in a list of lines, if it came in one.
    pub(crate) position: Option<usize>,
    pub(crate) which: Which,
    pub(crate) quantity: u32,
}

/// How the variant is named.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    Id(VariantId),
    Sku(String),
}

/// The lines with their variants' ids; a SKU that the shop does not have is refused by its line.
pub(crate) async fn find_variants(
    cx: &Context,
    deps: &Deps,
    wanted: Vec<WantedLine>,
) -> Result<Vec<NewLine>, OrderError> {
    let skus: Vec<String> = wanted.iter().filter_map(|line| line.sku().map(str::to_owned)).collect();
    let known = if skus.is_empty() { HashMap::new() } else { by_sku(cx, deps, skus).await? };
    let mut unknown = Vec::new();
    let mut lines = Vec::with_capacity(wanted.len());
    for line in wanted {
        let variant = match &line.which {
            Which::Id(variant) => Some(*variant),
            Which::Sku(sku) => known.get(sku).copied(),
        };
        match variant {
            Some(variant) => {
                lines.push(NewLine { position: line.position, variant, quantity: line.quantity });
            }
            None => unknown.push(not_for_sale(line.position, "sku")),
        }
    }
    if unknown.is_empty() { Ok(lines) } else { Err(OrderError::NotForSale(unknown)) }
}

impl WantedLine {
    fn sku(&self) -> Option<&str> {
        match &self.which {
            Which::Sku(sku) => Some(sku),
            Which::Id(_) => None,
        }
    }
}

async fn by_sku(
    cx: &Context,
    deps: &Deps,
    skus: Vec<String>,
) -> Result<HashMap<String, VariantId>, OrderError> {
    // Which currency does not matter: only the ids are asked for.
    let currency = deps.config.currencies.first().copied().unwrap_or(Currency::EUR);
    let request = GetOffers { variants: Vec::new(), skus, currency, groups: false };
    let offers = deps.product.offers(&cx.without_idempotency(), request).await?.offers;
    Ok(offers.into_iter().map(|offer| (offer.sku, offer.variant)).collect())
}
