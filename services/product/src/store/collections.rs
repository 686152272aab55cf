//! Collections: lists of products that staff put together by hand.

use serde::Serialize;
use souk_db::{Batch, Db, DbError, Row, Statement, args, batch};
use souk_types::{CollectionId, ProductId};

pub(crate) const INSERT: &str = "collection.insert";
pub(crate) const UPDATE: &str = "collection.update";
pub(crate) const ADD_PRODUCT: &str = "collection.add_product";

/// A list of products, such as "Summer sale".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct Collection {
    pub id: CollectionId,
    pub slug: String,
    pub title: String,
    pub description: String,
    #[schema(minimum = 1)]
    pub version: i64,
}

macro_rules! select {
    ($where:literal) => {
        concat!("select id, slug, title, description, version from collection where ", $where)
    };
}

pub(crate) async fn get(db: &Db, id: CollectionId) -> Result<Option<Collection>, DbError> {
    db.read_one(select!("id = $1"), args![id], read).await
}

pub(crate) async fn get_by_slug(db: &Db, slug: &str) -> Result<Option<Collection>, DbError> {
    db.read_one(select!("slug = $1"), args![slug], read).await
}

pub(crate) async fn get_many_by_slug(db: &Db, slugs: Vec<String>) -> Result<Vec<Collection>, DbError> {
    db.read(select!("slug = any($1)"), args![slugs], read).await
}

/// Collections by slug; `after` is the last one of the page before.
pub(crate) async fn page(db: &Db, after: &str, limit: u32) -> Result<Vec<Collection>, DbError> {
    db.read(select!("slug > $1 order by slug limit $2"), args![after, limit], read).await
}

/// The products of a collection, in its order.
pub(crate) async fn products(db: &Db, id: CollectionId) -> Result<Vec<ProductId>, DbError> {
    db.read(
        "select product from collection_product where collection = $1 order by position, product limit 10000",
        args![id],
        |row| row.get(0),
    )
    .await
}

pub(crate) fn insert(collection: &Collection) -> Statement {
    let Collection { id, slug, title, description, version } = collection;
    Statement::new(
        INSERT,
        "insert into collection (id, slug, title, description, version) values ($1, $2, $3, $4, $5)",
        args![*id, slug, title, description, *version],
    )
}

pub(crate) fn update(collection: &Collection) -> Statement {
    let Collection { id, slug, title, description, version } = collection;
    Statement::new(
        UPDATE,
        "update collection set slug = $2, title = $3, description = $4, version = $5
         where id = $1 and version = $5 - 1",
        args![*id, slug, title, description, *version],
    )
    .expect_rows(1)
}

/// The list as staff order it now.
pub(crate) fn set_products(id: CollectionId, products: &[ProductId]) -> Batch {
    let clear =
        Statement::new("collection.clear", "delete from collection_product where collection = $1", args![id]);
    let add = products.iter().zip(0_i64..).map(|(product, position)| {
        Statement::new(
            ADD_PRODUCT,
            "insert into collection_product (collection, product, position)
             select $1, id, $3 from product where id = $2 and status <> 'removed'",
            args![id, *product, position],
        )
        .expect_rows(1)
    });
    batch![clear, add.collect::<Batch>()]
}

/// Puts a product at the end, unless it is on the list.
pub(crate) fn append(id: CollectionId, product: ProductId) -> Statement {
    Statement::new(
        "collection.append",
        "insert into collection_product (collection, product, position)
         select $1, $2, coalesce(max(position), -1) + 1 from collection_product where collection = $1
         on conflict (collection, product) do nothing",
        args![id, product],
    )
}

/// Takes a product off the lists that an import no longer names.
pub(crate) fn leave_others(product: ProductId, stays: &[CollectionId]) -> Statement {
    Statement::new(
        "collection.leave",
        "delete from collection_product where product = $1 and not (collection = any($2))",
        args![product, stays],
    )
}

pub(crate) fn delete(collection: &Collection) -> Batch {
    let clear = Statement::new(
        "collection.clear",
        "delete from collection_product where collection = $1",
        args![collection.id],
    );
    let delete = Statement::new(
        "collection.delete",
        "delete from collection where id = $1 and version = $2",
        args![collection.id, collection.version],
    );
    batch![clear, delete.expect_rows(1)]
}

fn read(row: &Row) -> Result<Collection, DbError> {
    Ok(Collection {
        id: row.get(0)?,
        slug: row.get(1)?,
        title: row.get(2)?,
        description: row.get(3)?,
        version: row.get(4)?,
    })
}
