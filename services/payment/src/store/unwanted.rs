//! Orders that were canceled. The row outlives everything: an authorization may arrive for it at any time.

use souk_db::{Db, DbError, Statement, args};
use souk_types::{OrderId, Timestamp};

pub fn mark(order: OrderId, reason: &str, now: Timestamp) -> Statement {
    Statement::new(
        "unwanted.mark",
        "insert into unwanted_orders (order_id, reason, canceled_at) values ($1, $2, $3)
         on conflict (order_id) do nothing",
        args![order, reason, now],
    )
}

pub async fn reason(db: &Db, order: OrderId) -> Result<Option<String>, DbError> {
    db.read_one("select reason from unwanted_orders where order_id = $1", args![order], |row| row.get(0))
        .await
}
