//! What an import has to know before it writes.

use std::collections::{HashMap, HashSet};

use souk_db::{Db, DbError, args};
use souk_types::ProductId;

/// Which products these SKUs belong to.
pub(crate) async fn owners_of_skus(
    db: &Db,
    skus: Vec<String>,
) -> Result<HashMap<String, ProductId>, DbError> {
    let rows = db
        .read("select sku, product from variant where sku = any($1)", args![skus], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .await?;
    Ok(rows.into_iter().collect())
}

/// Those of these slugs that are taken.
pub(crate) async fn taken_slugs(db: &Db, slugs: Vec<String>) -> Result<HashSet<String>, DbError> {
    let rows =
        db.read("select slug from product where slug = any($1)", args![slugs], |row| row.get(0)).await?;
    Ok(rows.into_iter().collect())
}

/// The hash of what was imported last under each of these keys.
pub(crate) async fn hashes(db: &Db, keys: Vec<String>) -> Result<HashMap<String, Option<String>>, DbError> {
    let rows = db
        .read("select import_key, content_hash from product where import_key = any($1)", args![keys], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .await?;
    Ok(rows.into_iter().collect())
}

/// The keys under which these products were imported.
pub(crate) async fn keys(
    db: &Db,
    products: Vec<ProductId>,
) -> Result<HashMap<ProductId, Option<String>>, DbError> {
    let rows = db
        .read("select id, import_key from product where id = any($1)", args![products], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .await?;
    Ok(rows.into_iter().collect())
}
