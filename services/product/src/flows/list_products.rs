//! Lists of products: the page's keys by an index, then what is shown of them.

use souk_types::{Currency, Page};

use crate::Deps;
use crate::error::ProductError;
use crate::store::listing::{self, Key, Listing, ProductSummary};

pub(crate) async fn list_products(
    deps: &Deps,
    listing: Listing,
) -> Result<Page<ProductSummary>, ProductError> {
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    let (currency, sort): (Currency, _) = (listing.currency, listing.sort);
    let keys = listing::keys(&deps.db, &Listing { limit: listing.limit + 1, ..listing }).await?;
    let keys: Page<Key> = Page::cut(keys, limit, |key: &Key| (sort, key.clone()));
    let ids: Vec<_> = keys.items.iter().map(|key| key.id).collect();
    let items = listing::summaries(&deps.db, &ids, currency).await?;
    Ok(Page { items, next_cursor: keys.next_cursor })
}
