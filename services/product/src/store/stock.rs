//! Stock rows. One statement changes them, whatever happens: relative, and guarded by what must stay true.

use serde::Serialize;
use souk_db::{Db, DbError, Statement, args};
use souk_types::{LocationId, ProductId, VariantId};

use crate::domain::sourcing::{Pick, StockAt};
use crate::domain::stock::{Change, Levels};

pub(crate) const CHANGE: &str = "stock.change";
/// Its CHECK says that units are promised that are not there.
pub(crate) const BACKORDER: &str = "stock.set_backorder";

/// Stock of these variants in the active locations, the preferred location first.
pub(crate) async fn of_variants(db: &Db, variants: &[VariantId]) -> Result<Vec<StockAt>, DbError> {
    db.read(
        "select stock.variant, stock.location, stock.on_hand, stock.held, stock.allocated, stock.backorder
         from stock join location on location.id = stock.location
         where stock.variant = any($1) and location.active order by location.rank, location.id",
        args![variants],
        |row| {
            let levels = Levels {
                on_hand: row.get(2)?,
                held: row.get(3)?,
                allocated: row.get(4)?,
                backorder: row.get(5)?,
            };
            Ok(StockAt { variant: row.get(0)?, location: row.get(1)?, levels })
        },
    )
    .await
}

/// Changes one row relative to whatever it is by then. Unless [`Levels::after`] would allow it, the batch is undone.
pub(crate) fn change(variant: VariantId, location: LocationId, change: Change) -> Statement {
    let Change { on_hand, held, allocated } = change;
    Statement::new(
        CHANGE,
        "update stock set on_hand = on_hand + $3, held = held + $4, allocated = allocated + $5
         where variant = $1 and location = $2 and held + $4 >= 0 and allocated + $5 >= 0
            and (backorder or (on_hand + $3 >= 0 and held + $4 + allocated + $5 <= on_hand + $3))",
        args![variant, location, on_hand, held, allocated],
    )
    .expect_rows(1)
    .summing(&[2, 3, 4])
}

/// The same kind of change for every pick, in their order.
pub(crate) fn change_all(picks: impl IntoIterator<Item = Pick>, kind: fn(i64) -> Change) -> Vec<Statement> {
    picks.into_iter().map(|pick| change(pick.variant, pick.location, kind(pick.units))).collect()
}

/// Makes sure that there is a row to change.
pub(crate) fn open(variant: VariantId, location: LocationId, backorder: bool) -> Statement {
    Statement::new(
        "stock.open",
        "insert into stock (variant, location, on_hand, held, allocated, backorder)
         values ($1, $2, 0, 0, 0, $3) on conflict (variant, location) do nothing",
        args![variant, location, backorder],
    )
}

pub(crate) fn set_backorder(variant: VariantId, backorder: bool) -> Statement {
    Statement::new(BACKORDER, "update stock set backorder = $2 where variant = $1", args![variant, backorder])
}

/// What lies where of one variant, for staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct StockLevel {
    pub sku: String,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    /// The location's code.
    pub location: String,
    pub on_hand: i64,
    pub held: i64,
    pub allocated: i64,
    /// `on_hand` − `held` − `allocated`.
    pub available: i64,
    pub backorder: bool,
}

/// Stock by SKU and location; `after` is the last row of the page before.
pub(crate) async fn page(
    db: &Db,
    sku: Option<&str>,
    after: Option<(String, String)>,
    limit: u32,
) -> Result<Vec<StockLevel>, DbError> {
    let (after_sku, after_location) = after.unwrap_or_default();
    let sql = "select variant.sku, variant.id, variant.product, location.code, stock.on_hand, stock.held,
            stock.allocated, stock.on_hand - stock.held - stock.allocated, stock.backorder
         from variant join stock on stock.variant = variant.id join location on location.id = stock.location
         where (cast($1 as text) is null or variant.sku = $1) and variant.sku >= $2
            and (variant.sku, location.code) > ($2, $3) and variant.removed = false
         order by variant.sku, location.code limit $4";
    db.read_dynamic(sql.to_owned(), args![sku, after_sku, after_location, limit], |row| {
        Ok(StockLevel {
            sku: row.get(0)?,
            variant_id: row.get(1)?,
            product_id: row.get(2)?,
            location: row.get(3)?,
            on_hand: row.get(4)?,
            held: row.get(5)?,
            allocated: row.get(6)?,
            available: row.get(7)?,
            backorder: row.get(8)?,
        })
    })
    .await
}

/// A variant by its SKU: id and backorder.
pub(crate) async fn variant_by_sku(db: &Db, sku: &str) -> Result<Option<(VariantId, bool)>, DbError> {
    db.read_one("select id, backorder from variant where sku = $1 and removed = false", args![sku], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
    .await
}

/// Units of each variant of a product that can be sold now, and whether more may be sold.
pub(crate) async fn availability(
    db: &Db,
    product: ProductId,
) -> Result<Vec<(VariantId, String, i64, bool)>, DbError> {
    db.read(
        "select variant.id, variant.sku, variant.backorder,
            (select cast(coalesce(sum(stock.on_hand - stock.held - stock.allocated), 0) as bigint)
             from stock join location on location.id = stock.location
             where stock.variant = variant.id and location.active)
         from variant where variant.product = $1 and variant.removed = false order by variant.position",
        args![product],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(3)?, row.get(2)?)),
    )
    .await
}
