//! Idempotency keys of checkouts: which order a key began, and what was answered.

use serde::{Deserialize, Serialize};
use souk_contract::payment::PaymentMethod;
use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::{CartId, OrderId, Timestamp};

use super::carts;
use crate::domain::cart::Cart;

pub(crate) const BEGIN: &str = "checkouts.begin";
const PRUNED_MAX: i64 = 1_000;

/// What is known of a key.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) fingerprint: String,
    pub(crate) order: OrderId,
    pub(crate) reply: Option<StoredReply>,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredReply {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// What an attempt needs to go on after its process has died.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) payment: PaymentMethod,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<String>,
}

/// A cart that is to be bought.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) cart: Cart,
    pub(crate) known: Option<Known>,
    /// The version of the shop's promotions.
    pub(crate) rules: i64,
}

/// The cart, what is known of the key, and which rules are in force, in one read: this is all that a checkout reads.
pub(crate) async fn cart_and_known(db: &Db, cart: CartId, key: &str) -> Result<Option<Wanted>, DbError> {
    db.read_one(
        "select c.id, c.user_id, c.state, c.version, c.currency, c.lines, c.details, c.order_id, c.created_at,
            c.updated_at, k.fingerprint, k.order_id, k.status, k.content_type, k.body,
            (select version from pricing_rules where id = 1)
         from carts c left join checkouts k on k.cart_id = c.id and k.key = $1 where c.id = $2",
        args![key, cart],
        |row| {
            let fingerprint: Option<String> = row.get(carts::COLUMNS)?;
            let known = fingerprint.map(|fingerprint| known(row, fingerprint)).transpose()?;
            let rules: Option<i64> = row.get(carts::COLUMNS + 5)?;
            Ok(Wanted { cart: carts::cart(row)?, known, rules: rules.unwrap_or(0) })
        },
    )
    .await
}

fn known(row: &Row, fingerprint: String) -> Result<Known, DbError> {
    let at = carts::COLUMNS;
    let status: Option<u16> = row.get(at + 2)?;
    let reply = match status {
        None => None,
        Some(status) => Some(StoredReply {
            status,
            content_type: row.get::<Option<String>>(at + 3)?.unwrap_or_default(),
            body: row.get::<Option<Vec<u8>>>(at + 4)?.unwrap_or_default(),
        }),
    };
    Ok(Known { fingerprint, order: row.get(at + 1)?, reply })
}

/// The key by which an order was begun, and how its buyer pays, while it is being placed.
pub(crate) async fn of_order(
    db: &Db,
    cart: CartId,
    order: OrderId,
) -> Result<Option<(String, Option<Request>)>, DbError> {
    db.read_one(
        "select key, request from checkouts where cart_id = $1 and order_id = $2",
        args![cart, order],
        |row| {
            let request: Option<String> = row.get(1)?;
            let request = request.map(|json| serde_json::from_str(&json)).transpose();
            Ok((row.get(0)?, request.map_err(|error| DbError::Decode(error.to_string()))?))
        },
    )
    .await
}

/// Takes the key. Whoever is second changes no row, and the guard fails.
pub(crate) fn begin(
    cart: CartId,
    key: &str,
    fingerprint: &str,
    order: OrderId,
    request: &Request,
    now: Timestamp,
) -> Statement {
    Statement::new(
        BEGIN,
        "insert into checkouts (cart_id, key, fingerprint, order_id, request, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict (cart_id, key) do nothing",
        args![cart, key, fingerprint, order, carts::json(request), now],
    )
    .expect_rows(1)
}

/// Keeps the answer and forgets how the buyer pays.
pub(crate) fn reply(cart: CartId, key: &str, reply: &StoredReply) -> Statement {
    Statement::new(
        "checkouts.reply",
        "update checkouts set status = $1, content_type = $2, body = $3, request = null
         where cart_id = $4 and key = $5 and status is null",
        args![reply.status, &reply.content_type, reply.body.as_slice(), cart, key],
    )
    .expect_rows(1)
}

/// Removes some answers given before `before`.
pub(crate) fn prune(before: Timestamp) -> Statement {
    Statement::new(
        "checkouts.prune",
        "delete from checkouts where (cart_id, key) in (
            select cart_id, key from checkouts where created_at < $1 and status is not null
            order by created_at limit $2)",
        args![before, PRUNED_MAX],
    )
}
