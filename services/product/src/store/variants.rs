//! Variants and prices: written and read with their product only.

use std::collections::HashMap;

use souk_db::{Batch, Db, DbError, Statement, args};
use souk_types::{Currency, Money, ProductId, VariantId};

use super::products::json;
use super::{locations, stock};
use crate::domain::product::{Product, Variant, freed};

/// Its unique constraint says that a SKU is taken.
pub(crate) const SAVE: &str = "variant.save";

/// Gives bare products their variants and those their prices.
pub(super) async fn fill(db: &Db, mut products: Vec<Product>) -> Result<Vec<Product>, DbError> {
    if products.is_empty() {
        return Ok(products);
    }
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let mut prices = prices(db, &ids).await?;
    let at: HashMap<ProductId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let variants = db
        .read(
            "select product, id, sku, option_values, barcodes, weight_grams, backorder from variant
             where product = any($1) and removed = false order by product, position",
            args![ids],
            |row| {
                let option_values: Vec<String> = row.json(3)?;
                let id = row.get(1)?;
                let variant = Variant {
                    id,
                    sku: row.get(2)?,
                    title: option_values.join(" / "),
                    option_values,
                    barcodes: row.json(4)?,
                    prices: prices.remove(&id).unwrap_or_default(),
                    weight_grams: row.get(5)?,
                    backorder: row.get(6)?,
                };
                Ok((row.get::<ProductId>(0)?, variant))
            },
        )
        .await?;
    for (product, variant) in variants {
        if let Some(product) = at.get(&product).and_then(|at| products.get_mut(*at)) {
            product.variants.push(variant);
        }
    }
    Ok(products)
}

async fn prices(db: &Db, products: &[ProductId]) -> Result<HashMap<VariantId, Vec<Money>>, DbError> {
    let rows = db
        .read(
            "select price.variant, price.currency, price.amount
             from variant join price on price.variant = variant.id
             where variant.product = any($1) order by price.variant, price.currency",
            args![products],
            |row| Ok((row.get::<VariantId>(0)?, row.get::<Currency>(1)?, row.get::<i64>(2)?)),
        )
        .await?;
    let mut prices: HashMap<VariantId, Vec<Money>> = HashMap::with_capacity(rows.len());
    for (variant, currency, amount) in rows {
        prices.entry(variant).or_default().push(Money::new(amount, currency));
    }
    Ok(prices)
}

/// The variants of a new product.
pub(super) fn insert_all(product: &Product) -> Batch {
    let mut batch = Batch::new();
    for (position, variant) in product.variants.iter().enumerate() {
        batch.push(save(product.id, position, variant));
        batch.push(stock::open(variant.id, locations::MAIN, variant.backorder));
    }
    add_prices(product, &mut batch);
    batch
}

/// Brings the variants to what the product says now.
pub(super) fn replace_all(product: &Product, before: &Product, gone: &[VariantId]) -> Batch {
    let mut batch = retire(before, gone);
    let old = |id| before.variants.iter().find(|old| old.id == id);
    for variant in &product.variants {
        if old(variant.id).is_some_and(|old| old.sku != variant.sku) {
            // Two variants may swap their SKUs: the old ones make way before the new ones are taken.
            batch.push(park(variant.id));
        }
    }
    for (position, variant) in product.variants.iter().enumerate() {
        batch.push(save(product.id, position, variant));
        match old(variant.id) {
            None => batch.push(stock::open(variant.id, locations::MAIN, variant.backorder)),
            Some(old) if old.backorder != variant.backorder => {
                batch.push(stock::set_backorder(variant.id, variant.backorder));
            }
            Some(_) => {}
        }
    }
    add_prices(product, &mut batch);
    batch
}

/// Takes variants off sale and frees their SKUs; they stay for the orders that hold them.
pub(super) fn retire(product: &Product, gone: &[VariantId]) -> Batch {
    let mut batch = Batch::new();
    for variant in product.variants.iter().filter(|variant| gone.contains(&variant.id)) {
        batch.push(
            Statement::new(
                "variant.retire",
                "update variant set removed = true, sku = $2 where id = $1",
                args![variant.id, freed(&variant.sku, variant.id)],
            )
            .expect_rows(1),
        );
    }
    batch.push(Statement::new(
        "price.clear",
        "delete from price where variant in (select id from variant where product = $1)",
        args![product.id],
    ));
    batch.push(Statement::new(
        "product_price.clear",
        "delete from product_price where product = $1",
        args![product.id],
    ));
    batch
}

fn park(variant: VariantId) -> Statement {
    Statement::new(
        "variant.park",
        "update variant set sku = $2 where id = $1",
        args![variant, format!("~{variant}")],
    )
}

fn save(product: ProductId, position: usize, variant: &Variant) -> Statement {
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    Statement::new(
        SAVE,
        "insert into variant (id, product, position, sku, option_values, barcodes, weight_grams, backorder, removed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, false)
         on conflict (id) do update set position = excluded.position, sku = excluded.sku,
            option_values = excluded.option_values, barcodes = excluded.barcodes,
            weight_grams = excluded.weight_grams, backorder = excluded.backorder",
        args![
            variant.id,
            product,
            position,
            &variant.sku,
            json(&variant.option_values),
            json(&variant.barcodes),
            variant.weight_grams,
            variant.backorder
        ],
    )
    .expect_rows(1)
}

fn add_prices(product: &Product, batch: &mut Batch) {
    for variant in &product.variants {
        for price in &variant.prices {
            batch.push(Statement::new(
                "price.insert",
                "insert into price (variant, currency, amount) values ($1, $2, $3)",
                args![variant.id, price.currency, price.amount],
            ));
        }
    }
    for price in product.lowest_prices() {
        batch.push(Statement::new(
            "product_price.insert",
            "insert into product_price (product, currency, lowest) values ($1, $2, $3)",
            args![product.id, price.currency, price.amount],
        ));
    }
}
