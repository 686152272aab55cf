//! One verb per file: read, decide in the domain, commit one guarded batch.

pub(crate) mod adjust_stock;
pub(crate) mod allocate_stock;
pub(crate) mod cancel_allocation;
pub(crate) mod expire_holds;
pub(crate) mod find_keys;
pub(crate) mod follow_catalog;
pub(crate) mod hold_stock;
pub(crate) mod import_products;
pub(crate) mod index_products;
pub(crate) mod list_products;
pub(crate) mod offers;
pub(crate) mod product_page;
pub(crate) mod purge_pages;
pub(crate) mod release_stock;
pub(crate) mod remove_product;
pub(crate) mod save_category;
pub(crate) mod save_collection;
pub(crate) mod save_location;
pub(crate) mod save_product;
pub(crate) mod search_hits;
pub(crate) mod search_products;
pub(crate) mod ship_stock;
pub(crate) mod touch_products;

use souk_contract::events::ProductSaved;
use souk_db::{Statement, outbox};
use souk_rpc::Context;

use crate::Deps;
use crate::domain::product::Product;
use crate::error::ProductError;

/// How often a flow starts again because somebody else was faster. Every lost race is somebody's progress, so this
/// many in a row means a crowd, and whoever asks is told to come back.
const RACES_MAX: usize = 16;

/// Runs `attempt` until it does not lose a race.
async fn racing<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, ProductError>
where
    F: Future<Output = Result<T, ProductError>>,
{
    for _ in 0..RACES_MAX {
        match attempt().await {
            Err(error) if error.is_lost_race() => {}
            outcome => return outcome,
        }
    }
    Err(ProductError::Contended)
}

/// The event that follows every change of a product that stays.
fn saved(cx: &Context, deps: &Deps, product: &Product) -> Statement {
    let event = ProductSaved { product: product.id, version: product.version };
    outbox::emit(cx, product.updated_at, &deps.chance, crate::NAME, product.version, &event)
}
