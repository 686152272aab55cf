//! Staff count: goods arrive, come back, are found or lost. Every change leaves a movement.

use souk_db::{DbError, batch};
use souk_rpc::{Context, Error};
use souk_types::MovementId;

use crate::Deps;
use crate::domain::stock::Change;
use crate::error::ProductError;
use crate::store::locations;
use crate::store::movements::{self, Movement, MovementKind};
use crate::store::stock::{self, StockLevel};

/// What staff say that happened.
#[derive(Debug, Clone)]
pub(crate) struct Adjustment {
    pub sku: String,
    /// The location's code.
    pub location: String,
    /// Units that are there now and were not, or the other way round.
    pub change: i64,
    pub kind: MovementKind,
    pub reason: String,
}

pub(crate) async fn adjust_stock(
    cx: &Context,
    deps: &Deps,
    stated: Adjustment,
) -> Result<StockLevel, ProductError> {
    let db = &deps.db;
    let (variant, backorder) = stock::variant_by_sku(db, &stated.sku)
        .await?
        .ok_or_else(|| unknown("unknown_sku", "sku", "no variant has this SKU"))?;
    let location = locations::get_by_code(db, &stated.location)
        .await?
        .ok_or_else(|| unknown("unknown_location", "location", "no location has this code"))?;
    let at = deps.clock.now();
    let movement = Movement {
        id: MovementId::new(&deps.chance, at),
        variant,
        location: location.id,
        kind: stated.kind,
        quantity: stated.change.abs(),
        change: stated.change,
        reason: stated.reason,
        order: None,
        actor: cx.actor(),
        at,
    };
    let batch = batch![
        stock::open(variant, location.id, backorder),
        stock::change(variant, location.id, Change::adjust(stated.change)),
        movements::insert(movement)
    ];
    match db.commit(cx, batch).await {
        Err(DbError::Guard { statement: stock::CHANGE, .. }) => return Err(ProductError::StockPromised),
        outcome => outcome?,
    };
    let levels = stock::page(db, Some(&stated.sku), None, 100).await?;
    levels.into_iter().find(|level| level.location == stated.location).ok_or(ProductError::NotFound("stock"))
}

fn unknown(code: &'static str, field: &str, detail: &str) -> ProductError {
    Error::unprocessable(code, detail).with_field(field, "exists", detail).into()
}
