//! Products with their variants and prices.

use std::collections::HashMap;

use souk_db::{Batch, Db, DbError, Row, Statement, args, batch};
use souk_types::{ProductId, VariantId};

use super::variants;
use crate::domain::product::{Product, Status};

pub(crate) const INSERT: &str = "product.insert";
pub(crate) const UPDATE: &str = "product.update";

macro_rules! select {
    ($where:literal) => {
        concat!(
            "select id, version, import_key, content_hash, slug, status, title, description, brand, category,
                tax_category, attributes, media, options, created_at, updated_at
             from product where status <> 'removed' and ",
            $where
        )
    };
}

/// A product that is not removed.
pub(crate) async fn get(db: &Db, id: ProductId) -> Result<Option<Product>, DbError> {
    let found = db.read_one(select!("id = $1"), args![id], bare).await?;
    Ok(variants::fill(db, found.into_iter().collect()).await?.pop())
}

pub(crate) async fn get_by_slug(db: &Db, slug: &str) -> Result<Option<Product>, DbError> {
    let found = db.read_one(select!("slug = $1"), args![slug], bare).await?;
    Ok(variants::fill(db, found.into_iter().collect()).await?.pop())
}

/// Those of `ids` that are not removed, in no particular order.
pub(crate) async fn get_many(db: &Db, ids: &[ProductId]) -> Result<Vec<Product>, DbError> {
    let found = db.read(select!("id = any($1)"), args![ids], bare).await?;
    variants::fill(db, found).await
}

/// The products that an import file knows by these keys.
pub(crate) async fn get_by_keys(db: &Db, keys: Vec<String>) -> Result<HashMap<String, Product>, DbError> {
    let found = db.read(select!("import_key = any($1)"), args![keys], bare).await?;
    let filled = variants::fill(db, found).await?;
    Ok(filled.into_iter().filter_map(|product| Some((product.import_key.clone()?, product))).collect())
}

/// Products in the order of their ids, which is the order of their creation; for rebuilding the search index.
pub(crate) async fn published_after(db: &Db, after: ProductId, limit: u32) -> Result<Vec<Product>, DbError> {
    let found = db
        .read(select!("status = 'published' and id > $1 order by id limit $2"), args![after, limit], bare)
        .await?;
    variants::fill(db, found).await
}

/// All products for staff, newest first; `after` is the last id of the page before.
pub(crate) async fn page(
    db: &Db,
    status: Option<Status>,
    after: Option<ProductId>,
    limit: u32,
) -> Result<Vec<Product>, DbError> {
    let last = ProductId(uuid::Uuid::max());
    let args = args![after.unwrap_or(last), status.map(Status::as_str), limit];
    let sql = select!("id < $1 and (cast($2 as text) is null or status = $2) order by id desc limit $3");
    let found = db.read_dynamic(sql.to_owned(), args, bare).await?;
    variants::fill(db, found).await
}

/// The version of a product that is not removed, for telling a stale edit from a missing product.
pub(crate) async fn version(db: &Db, id: ProductId) -> Result<Option<i64>, DbError> {
    db.read_one("select version from product where id = $1 and status <> 'removed'", args![id], |row| {
        row.get(0)
    })
    .await
}

/// A new product with its variants, and a place in stock for each.
pub(crate) fn insert(product: &Product) -> Batch {
    let statement = Statement::new(
        INSERT,
        "insert into product (id, version, import_key, content_hash, slug, status, title, title_key, description,
            brand, category, tax_category, attributes, media, options, image, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        columns(product),
    );
    batch![statement, variants::insert_all(product)]
}

/// The product as it is now, if nobody else has changed it since; `before` is what was read.
pub(crate) fn update(product: &Product, before: &Product, gone: &[VariantId]) -> Batch {
    batch![update_row(product), variants::replace_all(product, before, gone)]
}

/// As [`update`], where nothing about the variants has changed.
pub(crate) fn update_row(product: &Product) -> Statement {
    Statement::new(
        UPDATE,
        "update product set version = $2, import_key = $3, content_hash = $4, slug = $5, status = $6, title = $7,
            title_key = $8, description = $9, brand = $10, category = $11, tax_category = $12, attributes = $13,
            media = $14, options = $15, image = $16, created_at = $17, updated_at = $18
         where id = $1 and version = $2 - 1",
        columns(product),
    )
    .expect_rows(1)
}

/// Takes a product off the lists that it stands on and frees its SKUs.
pub(crate) fn forget(product: &Product) -> Batch {
    let from_collections = Statement::new(
        "collection.forget_product",
        "delete from collection_product where product = $1",
        args![product.id],
    );
    let gone: Vec<VariantId> = product.variants.iter().map(|variant| variant.id).collect();
    batch![update_row(product), from_collections, variants::retire(product, &gone)]
}

fn columns(product: &Product) -> Vec<souk_db::Value> {
    args![
        product.id,
        product.version,
        product.import_key.as_deref(),
        product.content_hash.as_deref(),
        &product.slug,
        product.status.as_str(),
        &product.title,
        title_key(&product.title),
        &product.description,
        product.brand.as_deref(),
        product.category,
        &product.tax_category,
        json(&product.attributes),
        json(&product.media),
        json(&product.options),
        product.media.first().map(|media| media.url.as_str()),
        product.created_at,
        product.updated_at,
    ]
}

/// What titles are sorted by: without regard to case, and short enough for an index.
fn title_key(title: &str) -> String {
    title.chars().flat_map(char::to_lowercase).take(100).collect()
}

/// The product's own row; the variants follow in [`variants::fill`].
fn bare(row: &Row) -> Result<Product, DbError> {
    Ok(Product {
        id: row.get(0)?,
        version: row.get(1)?,
        import_key: row.get(2)?,
        content_hash: row.get(3)?,
        slug: row.get(4)?,
        status: row.parse(5)?,
        title: row.get(6)?,
        description: row.get(7)?,
        brand: row.get(8)?,
        category: row.get(9)?,
        tax_category: row.get(10)?,
        attributes: row.json(11)?,
        media: row.json(12)?,
        options: row.json(13)?,
        variants: Vec::new(),
        created_at: row.get(14)?,
        updated_at: row.get(15)?,
    })
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data has a JSON form")
}
