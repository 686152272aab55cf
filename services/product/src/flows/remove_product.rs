//! Takes a product out of the catalog. It stays in the database for the orders that hold it; its slug, key and
//! SKUs are free for others.

use souk_contract::events::ProductRemoved;
use souk_db::{batch, outbox};
use souk_rpc::Context;
use souk_types::ProductId;

use super::racing;
use super::save_product::must_be_at;
use crate::Deps;
use crate::error::ProductError;
use crate::store::products;

pub(crate) async fn remove_product(
    cx: &Context,
    deps: &Deps,
    id: ProductId,
    version: Option<i64>,
) -> Result<(), ProductError> {
    let before = racing(async || {
        let before = products::get(&deps.db, id).await?.ok_or(ProductError::NotFound("product"))?;
        if let Some(version) = version {
            must_be_at(&before, version)?;
        }
        let mut product = before.clone();
        product.remove(deps.clock.now());
        let event = ProductRemoved { product: id, slug: Some(before.slug.clone()) };
        let sequence = product.version;
        let event = outbox::emit(cx, product.updated_at, &deps.chance, crate::NAME, sequence, &event);
        deps.db.commit(cx, batch![products::forget(&product), event]).await?;
        Ok(before)
    })
    .await?;
    deps.pages.forget([&before]).await;
    Ok(())
}
