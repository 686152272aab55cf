//! The ledger of stock: why `on_hand` is what it is. Rows are only ever added.

use serde::{Deserialize, Serialize};
use souk_db::{Db, DbError, Statement, args};
use souk_types::{LocationId, MovementId, OrderId, Timestamp, VariantId};

/// Why units came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MovementKind {
    Received,
    Sold,
    /// Back from a buyer, or promised to one who canceled before they left; then `change` is 0.
    Returned,
    Adjusted,
}

/// A row of the ledger, to be written.
#[derive(Debug, Clone)]
pub(crate) struct Movement {
    pub id: MovementId,
    pub variant: VariantId,
    pub location: LocationId,
    pub kind: MovementKind,
    /// Units concerned.
    pub quantity: i64,
    /// Of `on_hand`.
    pub change: i64,
    pub reason: String,
    pub order: Option<OrderId>,
    pub actor: String,
    pub at: Timestamp,
}

/// A row of the ledger, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct MovementLine {
    pub id: MovementId,
    pub sku: String,
    pub variant_id: VariantId,
    /// The location's code.
    pub location: String,
    pub kind: MovementKind,
    /// Units concerned.
    #[schema(minimum = 1)]
    pub quantity: i64,
    /// What it did to `on_hand`.
    pub change: i64,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Such as `staff:<id>` or `system`.
    pub actor: String,
    pub at: Timestamp,
}

pub(crate) fn insert(movement: Movement) -> Statement {
    let Movement { id, variant, location, kind, quantity, change, reason, order, actor, at } = movement;
    Statement::new(
        "movement.insert",
        "insert into movement (id, variant, location, kind, quantity, change, reason, order_id, actor, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![id, variant, location, kind.as_str(), quantity, change, reason, order, actor, at],
    )
}

/// Movements, latest first; `after` is the last id of the page before.
pub(crate) async fn page(
    db: &Db,
    variant: Option<VariantId>,
    after: Option<MovementId>,
    limit: u32,
) -> Result<Vec<MovementLine>, DbError> {
    let before = after.unwrap_or(MovementId(uuid::Uuid::max()));
    let sql =
        "select movement.id, variant.sku, movement.variant, location.code, movement.kind, movement.quantity,
            movement.change, movement.reason, movement.order_id, movement.actor, movement.at
         from movement join variant on variant.id = movement.variant join location on location.id = movement.location
         where movement.id < $1 and (cast($2 as uuid) is null or movement.variant = $2)
         order by movement.id desc limit $3";
    db.read_dynamic(sql.to_owned(), args![before, variant, limit], |row| {
        Ok(MovementLine {
            id: row.get(0)?,
            sku: row.get(1)?,
            variant_id: row.get(2)?,
            location: row.get(3)?,
            kind: row.parse(4)?,
            quantity: row.get(5)?,
            change: row.get(6)?,
            reason: row.get(7)?,
            order_id: row.get(8)?,
            actor: row.get(9)?,
            at: row.get(10)?,
        })
    })
    .await
}

impl MovementKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            MovementKind::Received => "received",
            MovementKind::Sold => "sold",
            MovementKind::Returned => "returned",
            MovementKind::Adjusted => "adjusted",
        }
    }
}

impl std::str::FromStr for MovementKind {
    type Err = ();

    fn from_str(text: &str) -> Result<MovementKind, ()> {
        use MovementKind::{Adjusted, Received, Returned, Sold};
        [Received, Sold, Returned, Adjusted].into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}
