//! What variants cost now, from authority.

use souk_app::Rules;
use souk_contract::product::{GetOffers, Offer, Offers};
use souk_types::ProductId;

use crate::Deps;
use crate::error::ProductError;
use crate::store;

const VARIANTS_MAX: usize = 200;

pub(crate) async fn offers(deps: &Deps, request: &GetOffers) -> Result<Offers, ProductError> {
    let GetOffers { variants, skus, currency, groups } = request;
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
    if *groups && !offers.is_empty() {
        name_groups(deps, &mut offers).await?;
    }
    Ok(Offers { offers })
}

async fn name_groups(deps: &Deps, offers: &mut [Offer]) -> Result<(), ProductError> {
    let mut products: Vec<ProductId> = offers.iter().map(|offer| offer.product).collect();
    products.sort_unstable();
    products.dedup();
    let categories = store::offers::categories_of(&deps.db, products.clone()).await?;
    let collections = store::offers::collections_of(&deps.db, products).await?;
    for offer in offers {
        let of_it = |(product, _): &&(ProductId, _)| *product == offer.product;
        offer.categories = categories.iter().filter(of_it).map(|(_, category)| *category).collect();
        let of_it = |(product, _): &&(ProductId, _)| *product == offer.product;
        offer.collections = collections.iter().filter(of_it).map(|(_, collection)| *collection).collect();
    }
    Ok(())
}
