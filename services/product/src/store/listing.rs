//! Lists of published products: first the keys of the page by an index, then what is shown of each.

use serde::{Deserialize, Serialize};
use souk_db::{Db, DbError, Value, args};
use souk_types::{CollectionId, Currency, Money, ProductId, Timestamp};

use crate::domain::category::subtree;

/// What a list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sort {
    Newest,
    Title,
    PriceAsc,
    PriceDesc,
    /// As staff ordered the collection; needs one.
    Manual,
}

/// Which products, in which order, how many.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    /// A category's path; its descendants are included.
    pub category: Option<String>,
    pub collection: Option<CollectionId>,
    pub brand: Option<String>,
    pub currency: Currency,
    pub price_min: Option<i64>,
    pub price_max: Option<i64>,
    pub sort: Sort,
    pub after: Option<Key>,
    pub limit: u32,
}

/// Where a product stands in a list: its sort key and its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub by: SortKey,
    pub id: ProductId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortKey {
    Number(i64),
    Text(String),
}

impl Key {
    /// Whether it is a place in a list of this order.
    pub(crate) fn fits(&self, sort: Sort) -> bool {
        matches!(self.by, SortKey::Text(_)) == (sort == Sort::Title)
    }
}

/// What a list shows of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct ProductSummary {
    pub id: ProductId,
    pub slug: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The first picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The lowest price of its variants; absent when it is not sold in that currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_from: Option<Money>,
    /// Whether any variant can be bought now.
    pub in_stock: bool,
    pub created_at: Timestamp,
}

/// The keys of one page.
pub(crate) async fn keys(db: &Db, listing: &Listing) -> Result<Vec<Key>, DbError> {
    let (sql, args) = select(listing);
    let text = listing.sort == Sort::Title;
    db.read_dynamic(sql, args, |row| {
        let by = if text { SortKey::Text(row.get(1)?) } else { SortKey::Number(row.get(1)?) };
        Ok(Key { by, id: row.get(0)? })
    })
    .await
}

/// The query of constants; what varies from request to request are its arguments.
fn select(listing: &Listing) -> (String, Vec<Value>) {
    let (key, order, compare) = match listing.sort {
        Sort::Newest => ("product.created_at", "desc", "<"),
        Sort::Title => ("product.title_key", "asc", ">"),
        Sort::PriceAsc => ("product_price.lowest", "asc", ">"),
        Sort::PriceDesc => ("product_price.lowest", "desc", "<"),
        Sort::Manual => ("collection_product.position", "asc", ">"),
    };
    let mut query = Query { sql: String::with_capacity(600), args: Vec::with_capacity(8) };
    query.add("select product.id, ");
    query.add(key);
    query.add(" from product");
    let priced = matches!(listing.sort, Sort::PriceAsc | Sort::PriceDesc)
        || listing.price_min.is_some()
        || listing.price_max.is_some();
    if priced {
        query.add(" join product_price on product_price.product = product.id and product_price.currency = ");
        query.bind(listing.currency);
    }
    if let Some(collection) = listing.collection {
        query.add(" join collection_product on collection_product.product = product.id and collection_product.collection = ");
        query.bind(collection);
    }
    query.add(" where product.status = 'published'");
    if let Some(path) = &listing.category {
        let (from, to) = subtree(path);
        query.add(" and product.category in (select category.id from category where category.path = ");
        query.bind(path);
        query.add(" or (category.path >= ");
        query.bind(from);
        query.add(" and category.path < ");
        query.bind(to);
        query.add("))");
    }
    if let Some(brand) = &listing.brand {
        query.add(" and product.brand = ");
        query.bind(brand);
    }
    if let Some(price_min) = listing.price_min {
        query.add(" and product_price.lowest >= ");
        query.bind(price_min);
    }
    if let Some(price_max) = listing.price_max {
        query.add(" and product_price.lowest <= ");
        query.bind(price_max);
    }
    if let Some(Key { by, id }) = &listing.after {
        query.add(" and (");
        query.add(key);
        query.add(", product.id) ");
        query.add(compare);
        query.add(" (");
        match by {
            SortKey::Number(number) => query.bind(*number),
            SortKey::Text(text) => query.bind(text),
        }
        query.add(", ");
        query.bind(*id);
        query.add(")");
    }
    for part in [" order by ", key, " ", order, ", product.id ", order, " limit "] {
        query.add(part);
    }
    query.bind(listing.limit);
    (query.sql, query.args)
}

struct Query {
    sql: String,
    args: Vec<Value>,
}

impl Query {
    fn add(&mut self, text: &'static str) {
        self.sql.push_str(text);
    }

    fn bind(&mut self, value: impl Into<Value>) {
        self.args.push(value.into());
        self.sql.push('$');
        self.sql.push_str(&self.args.len().to_string());
    }
}

/// What is shown of these products, in this order; those that are not published (any more) are left out.
pub(crate) async fn summaries(
    db: &Db,
    ids: &[ProductId],
    currency: Currency,
) -> Result<Vec<ProductSummary>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = db
        .read(
            "select product.id, product.slug, product.title, product.brand, product.image, product_price.lowest,
                product.created_at,
                exists (
                    select 1 from variant join stock on stock.variant = variant.id
                        join location on location.id = stock.location
                    where variant.product = product.id and variant.removed = false and location.active
                        and (stock.backorder or stock.on_hand > stock.held + stock.allocated))
             from product left join product_price
                on product_price.product = product.id and product_price.currency = $2
             where product.id = any($1) and product.status = 'published'",
            args![ids, currency],
            |row| {
                Ok(ProductSummary {
                    id: row.get(0)?,
                    slug: row.get(1)?,
                    title: row.get(2)?,
                    brand: row.get(3)?,
                    image: row.get(4)?,
                    price_from: row.get::<Option<i64>>(5)?.map(|amount| Money::new(amount, currency)),
                    created_at: row.get(6)?,
                    in_stock: row.get(7)?,
                })
            },
        )
        .await?;
    let place = |summary: &ProductSummary| ids.iter().position(|id| *id == summary.id);
    found.sort_by_key(place);
    Ok(found)
}
