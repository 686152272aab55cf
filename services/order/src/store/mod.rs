//! SQL, and nothing else: one file per aggregate. Statements for a batch, and reads.

pub(crate) mod carts;
pub(crate) mod checkouts;
pub(crate) mod orders;
pub(crate) mod promotions;
pub(crate) mod refunds;
pub(crate) mod shipments;
pub(crate) mod timeline;

use souk_db::{Db, DbError, args};

/// Whether the database answers.
pub(crate) async fn ping(db: &Db) -> Result<(), DbError> {
    db.read_one("select 1", args![], |_| Ok(())).await.map(|_| ())
}
