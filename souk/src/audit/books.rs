//! The databases of a shop, opened for reading.

use anyhow::{Context as _, Result};
use souk_db::{Db, FromValue, Row, Value};

use crate::wiring::{World, db_config};

/// Every record there is of a shop.
pub struct Books {
    pub user: Db,
    pub product: Db,
    pub payment: Db,
    pub order: Db,
    pub notification: Db,
    /// The sandbox provider's own record.
    pub sandbox: Db,
}

impl Books {
    pub async fn open(world: &World) -> Result<Books> {
        let config = db_config(world);
        let open = async |name: &'static str| {
            let opened = Db::open_read_only(&config, name).await;
            opened
                .with_context(|| format!("cannot read the database of `{name}`; has the shop ever run here?"))
        };
        Ok(Books {
            user: open("user").await?,
            product: open("product").await?,
            payment: open("payment").await?,
            order: open("order").await?,
            notification: open("notification").await?,
            sandbox: open("sandbox").await?,
        })
    }

    /// The services' databases by name; the sandbox is not one of ours.
    pub(crate) fn services(&self) -> [(&'static str, &Db); 5] {
        [
            ("user", &self.user),
            ("product", &self.product),
            ("payment", &self.payment),
            ("order", &self.order),
            ("notification", &self.notification),
        ]
    }
}

/// One number out of a query.
pub(crate) async fn number(db: &Db, sql: &'static str, args: Vec<Value>) -> Result<u64> {
    let found = db.read_one(sql, args, |row| row.get::<i64>(0)).await?;
    Ok(found.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
}

/// Rows as one line of text each: the columns, separated by spaces.
pub(crate) async fn lines<const N: usize>(
    db: &Db,
    sql: &'static str,
    args: Vec<Value>,
) -> Result<Vec<String>> {
    Ok(db
        .read(sql, args, |row| (0..N).map(|column| cell(row, column)).collect::<Result<Vec<_>, _>>())
        .await?
        .into_iter()
        .map(|cells| cells.join(" "))
        .collect())
}

fn cell(row: &Row, column: usize) -> Result<String, souk_db::DbError> {
    fn get<T: FromValue + ToString>(row: &Row, column: usize) -> Result<String, souk_db::DbError> {
        row.get::<T>(column).map(|value| value.to_string())
    }
    get::<uuid::Uuid>(row, column)
        .or_else(|_| get::<i64>(row, column))
        .or_else(|_| get::<String>(row, column))
}
