//! What variants cost now, in one query: carts are priced by it.

use souk_contract::product::Offer;
use souk_db::{Db, DbError, Row, args};
use souk_types::{CategoryId, CollectionId, Currency, Money, ProductId, VariantId};

macro_rules! offers {
    ($which:literal) => {
        concat!(
            "select variant.id, variant.product, variant.sku, product.title, variant.option_values, product.slug,
            price.amount, product.tax_category, variant.weight_grams,
            product.status = 'published' and variant.removed = false, variant.backorder, product.image,
            (select cast(coalesce(sum(stock.on_hand - stock.held - stock.allocated), 0) as bigint)
             from stock join location on location.id = stock.location
             where stock.variant = variant.id and location.active)
         from variant join product on product.id = variant.product
            left join price on price.variant = variant.id and price.currency = $2
         where ",
            $which
        )
    };
}

pub(crate) async fn by_id(
    db: &Db,
    variants: &[VariantId],
    currency: Currency,
) -> Result<Vec<Offer>, DbError> {
    db.read(offers!("variant.id = any($1)"), args![variants, currency], |row| offer(row, currency)).await
}

pub(crate) async fn by_sku(db: &Db, skus: &[String], currency: Currency) -> Result<Vec<Offer>, DbError> {
    db.read(offers!("variant.sku = any($1)"), args![skus.to_vec(), currency], |row| offer(row, currency))
        .await
}

fn offer(row: &Row, currency: Currency) -> Result<Offer, DbError> {
    let option_values: Vec<String> = row.json(4)?;
    let amount: Option<i64> = row.get(6)?;
    Ok(Offer {
        variant: row.get(0)?,
        product: row.get(1)?,
        sku: row.get(2)?,
        title: row.get(3)?,
        variant_title: option_values.join(" / "),
        slug: row.get(5)?,
        unit_price: amount.map(|amount| Money::new(amount, currency)),
        tax_category: row.get(7)?,
        weight_grams: row.get(8)?,
        published: row.get(9)?,
        backorder: row.get(10)?,
        image: row.get(11)?,
        available: row.get(12)?,
        categories: Vec::new(),
        collections: Vec::new(),
    })
}

/// The category of each product, and all above it.
pub(crate) async fn categories_of(
    db: &Db,
    products: Vec<ProductId>,
) -> Result<Vec<(ProductId, CategoryId)>, DbError> {
    db.read(
        "with recursive up (product, category, parent) as (
            select product.id, category.id, category.parent
            from product join category on category.id = product.category where product.id = any($1)
            union
            select up.product, category.id, category.parent from up join category on category.id = up.parent)
         select product, category from up",
        args![products],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .await
}

pub(crate) async fn collections_of(
    db: &Db,
    products: Vec<ProductId>,
) -> Result<Vec<(ProductId, CollectionId)>, DbError> {
    db.read(
        "select product, collection from collection_product where product = any($1)",
        args![products],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .await
}
