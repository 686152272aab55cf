//! The timeline of an order: written with each change, never altered.

use souk_db::{Db, DbError, Statement, args};
use souk_types::{OrderId, Timestamp};

use crate::domain::order::Order;

/// An entry as it was written.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) actor: String,
    pub(crate) what: String,
    pub(crate) detail: Option<String>,
}

/// What has happened to the order since it was read; `version` is the one that it is saved as.
pub(crate) fn insert(order: &Order, version: i64) -> impl Iterator<Item = Statement> + '_ {
    order.changes.iter().zip(0i64..).map(move |(change, position)| {
        Statement::new(
            "order_timeline.insert",
            "insert into order_timeline (order_id, version, position, at, actor, what, detail)
             values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                order.id,
                version,
                position,
                change.at,
                &change.actor,
                change.what,
                change.detail.as_deref()
            ],
        )
    })
}

pub(crate) async fn of_order(db: &Db, order: OrderId) -> Result<Vec<Entry>, DbError> {
    db.read(
        "select at, actor, what, detail from order_timeline where order_id = $1 order by version, position",
        args![order],
        |row| Ok(Entry { at: row.get(0)?, actor: row.get(1)?, what: row.get(2)?, detail: row.get(3)? }),
    )
    .await
}
