//! Orders and their lines.

use serde::{Deserialize, Serialize};
use souk_contract::Address;
use souk_db::{Db, DbError, Row, Statement, Value, args};
use souk_types::{Money, OrderId, Timestamp, UserId};

use super::carts::json;
use crate::domain::order::{FulfillmentStatus, Order, OrderLine, OrderState, PaymentStatus, ShipmentLine};
use crate::domain::pricing::{Applied, ShippingQuote, TaxLine, Totals};

pub(crate) const INSERT: &str = "orders.insert";
pub(crate) const INSERT_LINE: &str = "order_lines.insert";
pub(crate) const SAVE: &str = "orders.save";
pub(crate) const SHIP: &str = "order_lines.ship";

/// What never changes about an order, but for what lists are filtered by.
#[derive(Serialize, Deserialize)]
struct Fixed {
    shipping: ShippingQuote,
    shipping_address: Address,
    totals: Totals,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    promotions: Vec<Applied>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tax_lines: Vec<TaxLine>,
}

/// A number that exists changes no row, and the guard fails.
pub(crate) fn insert(order: &Order) -> Statement {
    let fixed = Fixed {
        shipping: order.shipping.clone(),
        shipping_address: order.shipping_address.clone(),
        totals: order.totals,
        promotions: order.promotions.clone(),
        tax_lines: order.tax_lines.clone(),
    };
    let units: i64 = order.lines.iter().map(|line| i64::from(line.quantity)).sum();
    Statement::new(
        INSERT,
        "insert into orders (id, number, cart_id, user_id, email, locale, currency, total, units, details, state,
            payment_status, fulfillment_status, version, lease_until, expires_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (number) do nothing",
        args![
            order.id,
            &order.number,
            order.cart,
            order.user,
            &order.email,
            &order.locale,
            order.currency,
            order.totals.total.amount,
            units,
            json(&fixed),
            order.state.as_str(),
            order.payment_status.as_str(),
            order.fulfillment_status.as_str(),
            order.version,
            order.lease_until,
            order.expires_at,
            order.created_at,
            order.updated_at
        ],
    )
    .expect_rows(1)
}

pub(crate) fn insert_lines(order: &Order) -> impl Iterator<Item = Statement> + '_ {
    order.lines.iter().zip(0i64..).map(|(line, position)| {
        Statement::new(
            INSERT_LINE,
            "insert into order_lines (order_id, position, id, variant_id, quantity, sold)
             values ($1, $2, $3, $4, $5, $6)",
            args![order.id, position, line.id, line.variant, line.quantity, json(&line.sold)],
        )
    })
}

/// Saves where the order stands, as its next version. Whoever read an older one loses the race.
pub(crate) fn save(order: &Order) -> Statement {
    Statement::new(
        SAVE,
        "update orders set state = $1, canceled_reason = $2, payment_status = $3, fulfillment_status = $4,
            payment_url = $5, refunded = $6, events = $7, lease_until = $8, placed_at = $9, updated_at = $10,
            version = version + 1
         where id = $11 and version = $12",
        args![
            order.state.as_str(),
            order.canceled_reason.map(|reason| reason.as_str()),
            order.payment_status.as_str(),
            order.fulfillment_status.as_str(),
            order.payment_url.as_deref(),
            order.refunded,
            order.events,
            order.lease_until,
            order.placed_at,
            order.updated_at,
            order.id,
            order.version
        ],
    )
    .expect_rows(1)
}

/// Takes over an attempt whose lease has run out. The new version fences the old attempt off.
pub(crate) fn take_over(order: &Order, now: Timestamp, lease_until: Timestamp) -> Statement {
    Statement::new(
        "orders.take_over",
        "update orders set lease_until = $1, version = version + 1
         where id = $2 and version = $3 and state = 'placing' and lease_until <= $4",
        args![lease_until, order.id, order.version, now],
    )
    .expect_rows(1)
}

/// The attempt has failed for now; another may go on from `at`.
pub(crate) fn hand_over(order: &Order, at: Timestamp) -> Statement {
    Statement::new(
        "orders.hand_over",
        "update orders set lease_until = $1 where id = $2 and version = $3 and state = 'placing'",
        args![at, order.id, order.version],
    )
}

/// Units of a line leave. The schema refuses more than were sold.
pub(crate) fn ship(order: &Order, sent: &ShipmentLine) -> Statement {
    Statement::new(
        SHIP,
        "update order_lines set shipped = shipped + $1 where order_id = $2 and id = $3",
        args![sent.quantity, order.id, sent.line_id],
    )
    .expect_rows(1)
}

/// A row per line, so that order and lines are read at one moment.
macro_rules! select_order {
    ($where:literal) => {
        concat!(
            "select o.id, o.number, o.cart_id, o.user_id, o.email, o.locale, o.currency, o.details, o.state,
                o.canceled_reason, o.payment_status, o.fulfillment_status, o.payment_url, o.refunded, o.version,
                o.events, o.lease_until, o.expires_at, o.created_at, o.placed_at, o.updated_at,
                line.id, line.variant_id, line.quantity, line.shipped, line.sold
             from orders o join order_lines line on line.order_id = o.id ",
            $where,
            " order by line.position"
        )
    };
}

/// Where the columns of the line begin.
const LINE: usize = 21;

pub(crate) async fn get(db: &Db, id: OrderId) -> Result<Option<Order>, DbError> {
    read_order(db, select_order!("where o.id = $1"), args![id]).await
}

/// For the look-up by guests: one read, whether the number exists or not.
pub(crate) async fn by_number_and_email(
    db: &Db,
    number: &str,
    email: &str,
) -> Result<Option<Order>, DbError> {
    let sql = select_order!("where o.number = $1 and lower(o.email) = lower($2)");
    read_order(db, sql, args![number, email]).await
}

async fn read_order(db: &Db, sql: &'static str, args: Vec<Value>) -> Result<Option<Order>, DbError> {
    let mut found: Option<Order> = None;
    db.read(sql, args, |row| {
        let line = line(row)?;
        match &mut found {
            Some(order) => order.lines.push(line),
            None => found = Some(Order { lines: vec![line], ..order(row)? }),
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

fn line(row: &Row) -> Result<OrderLine, DbError> {
    Ok(OrderLine {
        id: row.get(LINE)?,
        variant: row.get(LINE + 1)?,
        quantity: row.get(LINE + 2)?,
        shipped: row.get(LINE + 3)?,
        sold: row.json(LINE + 4)?,
    })
}

fn order(row: &Row) -> Result<Order, DbError> {
    let Fixed { shipping, shipping_address, totals, promotions, tax_lines } = row.json(7)?;
    let canceled_reason = match row.get::<Option<String>>(9)? {
        Some(text) => {
            Some(text.parse().map_err(|()| DbError::Decode(format!("`{text}` is not a reason to cancel")))?)
        }
        None => None,
    };
    Ok(Order {
        id: row.get(0)?,
        number: row.get(1)?,
        cart: row.get(2)?,
        user: row.get(3)?,
        email: row.get(4)?,
        locale: row.get(5)?,
        currency: row.get(6)?,
        lines: Vec::new(),
        shipping,
        shipping_address,
        totals,
        promotions,
        tax_lines,
        state: row.parse(8)?,
        canceled_reason,
        payment_status: row.parse(10)?,
        fulfillment_status: row.parse(11)?,
        payment_url: row.get(12)?,
        refunded: row.get(13)?,
        version: row.get(14)?,
        events: row.get(15)?,
        lease_until: row.get(16)?,
        expires_at: row.get(17)?,
        created_at: row.get(18)?,
        placed_at: row.get(19)?,
        updated_at: row.get(20)?,
        changes: Vec::new(),
    })
}

/// Orders that somebody died over while placing them.
pub(crate) async fn abandoned(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, DbError> {
    db.read(
        "select id from orders where state = 'placing' and lease_until <= $1 order by id limit $2",
        args![now, limit],
        |row| row.get(0),
    )
    .await
}

/// Orders that have waited for their payment too long.
pub(crate) async fn unpaid(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, DbError> {
    db.read(
        "select id from orders where state = 'awaiting_payment' and expires_at <= $1 order by id limit $2",
        args![now, limit],
        |row| row.get(0),
    )
    .await
}

/// An order as lists show it.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) id: OrderId,
    pub(crate) number: String,
    pub(crate) user: Option<UserId>,
    pub(crate) email: String,
    pub(crate) state: OrderState,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) fulfillment_status: FulfillmentStatus,
    pub(crate) units: u32,
    pub(crate) total: Money,
    pub(crate) created_at: Timestamp,
    pub(crate) placed_at: Option<Timestamp>,
}

/// Which orders a list shows. Absent filters let everything pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) user: Option<UserId>,
    pub(crate) state: Option<OrderState>,
    pub(crate) payment_status: Option<PaymentStatus>,
    pub(crate) fulfillment_status: Option<FulfillmentStatus>,
    pub(crate) email: Option<String>,
    pub(crate) number: Option<String>,
}

/// Newest first, after `after`. Ids are ordered by time, so they are the key of the pages.
pub(crate) async fn list(
    db: &Db,
    filter: Filter,
    after: Option<OrderId>,
    limit: usize,
) -> Result<Vec<Summary>, DbError> {
    let filters: [(&str, Option<Value>); 7] = [
        ("user_id =", filter.user.map(Value::from)),
        ("state =", filter.state.map(|state| Value::from(state.as_str()))),
        ("payment_status =", filter.payment_status.map(|status| Value::from(status.as_str()))),
        ("fulfillment_status =", filter.fulfillment_status.map(|status| Value::from(status.as_str()))),
        ("email =", filter.email.map(Value::from)),
        ("number =", filter.number.map(Value::from)),
        ("id <", after.map(Value::from)),
    ];
    let mut sql =
        "select id, number, user_id, email, state, payment_status, fulfillment_status, units, total,
        currency, created_at, placed_at from orders where true"
            .to_owned();
    let mut args = Vec::new();
    for (test, value) in filters {
        let Some(value) = value else { continue };
        args.push(value);
        sql.push_str(&format!(" and {test} ${}", args.len()));
    }
    args.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
    sql.push_str(&format!(" order by id desc limit ${}", args.len()));
    db.read_dynamic(sql, args, summary).await
}

fn summary(row: &Row) -> Result<Summary, DbError> {
    Ok(Summary {
        id: row.get(0)?,
        number: row.get(1)?,
        user: row.get(2)?,
        email: row.get(3)?,
        state: row.parse(4)?,
        payment_status: row.parse(5)?,
        fulfillment_status: row.parse(6)?,
        units: row.get(7)?,
        total: Money::new(row.get(8)?, row.get(9)?),
        created_at: row.get(10)?,
        placed_at: row.get(11)?,
    })
}
