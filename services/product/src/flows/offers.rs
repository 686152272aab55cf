//! What variants cost now, from authority.

use souk_app::Rules;
use souk_contract::product::{GetOffers, Offers};

use crate::Deps;
use crate::error::ProductError;
use crate::store;

const VARIANTS_MAX: usize = 200;

pub(crate) async fn offers(deps: &Deps, request: &GetOffers) -> Result<Offers, ProductError> {
    if request.variants.is_empty() {
        return Ok(Offers { offers: Vec::new() });
    }
    let mut rules = Rules::new();
    rules.range("variants", request.variants.len(), 0..=VARIANTS_MAX);
    rules.check()?;
    Ok(Offers { offers: store::offers::get(&deps.db, &request.variants, request.currency).await? })
}
