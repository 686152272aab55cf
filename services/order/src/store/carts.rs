//! Carts: one row each, always written whole.

use souk_db::{Db, DbError, Row, Statement, Value, args};
use souk_types::{CartId, OrderId, Timestamp, UserId};

use crate::domain::cart::{Cart, CartState};

pub(crate) const LOCK: &str = "carts.lock";
pub(crate) const INSERT: &str = "carts.insert";
pub(crate) const SAVE: &str = "carts.save";
const PRUNED_MAX: i64 = 1_000;

/// The columns of [`cart`], for other reads that join a cart.
pub(super) const COLUMNS: usize = 10;

pub(crate) async fn get(db: &Db, id: CartId) -> Result<Option<Cart>, DbError> {
    db.read_one(
        "select id, user_id, state, version, currency, lines, details, order_id, created_at, updated_at
         from carts where id = $1",
        args![id],
        cart,
    )
    .await
}

/// The cart that a user has now.
pub(crate) async fn of_user(db: &Db, user: UserId) -> Result<Option<Cart>, DbError> {
    db.read_one(
        "select id, user_id, state, version, currency, lines, details, order_id, created_at, updated_at
         from carts where user_id = $1 and state in ('open', 'locked')",
        args![user],
        cart,
    )
    .await
}

/// Open carts by id, after `after`.
pub(crate) async fn page(db: &Db, after: Option<CartId>, limit: u32) -> Result<Vec<Cart>, DbError> {
    macro_rules! select {
        ($rest:literal) => {
            concat!(
                "select id, user_id, state, version, currency, lines, details, order_id, created_at, updated_at
                 from carts where state = 'open' ",
                $rest
            )
        };
    }
    match after {
        Some(after) => db.read(select!("and id > $1 order by id limit $2"), args![after, limit], cart).await,
        None => db.read(select!("order by id limit $1"), args![limit], cart).await,
    }
}

pub(super) fn cart(row: &Row) -> Result<Cart, DbError> {
    Ok(Cart {
        id: row.get(0)?,
        user: row.get(1)?,
        state: row.parse(2)?,
        version: row.get(3)?,
        currency: row.get(4)?,
        lines: row.json(5)?,
        details: row.json(6)?,
        order: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
    })
}

/// A user who has a cart already changes no row: [`INSERT`] names the guard that then fails.
pub(crate) fn insert(cart: &Cart) -> Statement {
    Statement::new(
        INSERT,
        "insert into carts (id, user_id, state, version, currency, lines, details, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        args![
            cart.id,
            cart.user,
            cart.state.as_str(),
            cart.version,
            cart.currency,
            json(&cart.lines),
            json(&cart.details),
            cart.created_at,
            cart.updated_at
        ],
    )
    .expect_rows(1)
}

/// Saves an open cart that was read at `cart.version`.
pub(crate) fn save(cart: &Cart, now: Timestamp) -> Statement {
    Statement::new(
        SAVE,
        "update carts set user_id = $1, lines = $2, details = $3, version = version + 1, updated_at = $4
         where id = $5 and version = $6 and state = 'open'",
        args![cart.user, json(&cart.lines), json(&cart.details), now, cart.id, cart.version],
    )
    .expect_rows(1)
}

/// Its lines went into another cart.
pub(crate) fn mark_merged(cart: &Cart, now: Timestamp) -> Statement {
    end(cart.id, cart.version, CartState::Merged, now)
}

fn end(id: CartId, version: i64, state: CartState, now: Timestamp) -> Statement {
    Statement::new(
        "carts.end",
        "update carts set state = $1, version = version + 1, updated_at = $2
         where id = $3 and version = $4 and state = 'open'",
        args![state.as_str(), now, id, version],
    )
    .expect_rows(1)
}

/// An order is being placed from it, as it stands at `cart.version`. The version stays, so that a buyer who is
/// declined may try again with the cart as it was seen.
pub(crate) fn lock(cart: &Cart, order: OrderId, now: Timestamp) -> Statement {
    Statement::new(
        LOCK,
        "update carts set state = 'locked', order_id = $1, updated_at = $2
         where id = $3 and version = $4 and state = 'open'",
        args![order, now, cart.id, cart.version],
    )
    .expect_rows(1)
}

/// It became this order.
pub(crate) fn spend(cart: CartId, order: OrderId, now: Timestamp) -> Statement {
    Statement::new(
        "carts.spend",
        "update carts set state = 'spent', updated_at = $1 where id = $2 and order_id = $3 and state = 'locked'",
        args![now, cart, order],
    )
}

/// The order came to nothing. A user who has begun another cart since keeps that one.
pub(crate) fn reopen(cart: CartId, order: OrderId, now: Timestamp) -> Statement {
    Statement::new(
        "carts.reopen",
        "update carts set state = 'open', order_id = null, updated_at = $1
         where id = $2 and order_id = $3 and state in ('locked', 'spent')
            and (user_id is null or not exists (select 1 from carts other
                where other.user_id = carts.user_id and other.id <> carts.id and other.state in ('open', 'locked')))",
        args![now, cart, order],
    )
}

/// Removes some carts that nobody has touched since `before`.
pub(crate) fn prune(before: Timestamp) -> Statement {
    Statement::new(
        "carts.prune",
        "delete from carts where id in (
            select id from carts where created_at < $1 and updated_at < $1 and state <> 'locked'
            order by created_at limit $2)",
        vec![Value::from(before), Value::from(PRUNED_MAX)],
    )
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain data always has a JSON form")
}
