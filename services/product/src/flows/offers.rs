//! What variants cost now, from authority.

use souk_app::Rules;
use souk_contract::product::{GetOffers, Offers};

use crate::Deps;
use crate::error::ProductError;
use crate::store;

const VARIANTS_MAX: usize = 200;

pub(crate) async fn offers(deps: &Deps, request: &GetOffers) -> Result<Offers, ProductError> {
    let GetOffers { variants, skus, currency } = request;
    let mut rules = Rules::new();
    rules.entries("variants", variants.len() + skus.len(), 0..=VARIANTS_MAX);
    rules.check()?;
    let mut offers = Vec::new();
    if !variants.is_empty() {
        offers = store::offers::by_id(&deps.db, variants, *currency).await?;
    }
    if !skus.is_empty() {
        offers.extend(store::offers::by_sku(&deps.db, skus, *currency).await?);
    }
    Ok(Offers { offers })
}
