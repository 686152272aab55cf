//! I4: one effect per key. I5: every order is in a state that goods and money agree with.

use std::collections::HashMap;

use anyhow::Result;
use souk_db::args;
use uuid::Uuid;

use super::books::{Books, lines, number};
use super::{Breach, Report, SHOWN_MAX};

struct Order {
    id: Uuid,
    state: String,
    payment_status: String,
    total: i64,
}

/// What the payment service has of an order, all attempts together.
#[derive(Default, Clone, Copy)]
struct Money {
    captured: i64,
    refunded: i64,
    /// Payments that still hold money without having taken it.
    holding: i64,
    taking: u32,
}

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.order;
    report.counted.push(("orders", number(db, "select count(*) from orders", args![]).await?));
    let twice = lines::<2>(
        db,
        "select cart_id, cast(count(*) as bigint) from orders where state in ('placed', 'completed')
         group by cart_id having count(*) > 1",
        args![],
    )
    .await?;
    let lost = lines::<2>(
        db,
        "select c.cart_id, c.order_id from checkouts c left join orders o on o.id = c.order_id where o.id is null",
        args![],
    )
    .await?;
    let found =
        twice.into_iter().map(|line| format!("a cart became more than one order (cart, orders): {line}"));
    let found =
        found.chain(lost.into_iter().map(|line| format!("a key without its order (cart, order): {line}")));
    report.breaches.extend(found.take(SHOWN_MAX).map(|detail| Breach::new("I4", detail)));

    let money = money(books).await?;
    let holds = holds(books).await?;
    let mut breaches = Vec::new();
    for order in orders(books).await? {
        let paid = money.get(&order.id).copied().unwrap_or_default();
        let hold = holds.get(&order.id).map(String::as_str);
        if let Some(wrong) = disagreement(&order, paid, hold) {
            let Order { id, state, payment_status, .. } = &order;
            breaches
                .push(format!("order {id} is {state}, payment {payment_status}, stock {hold:?}: {wrong}"));
        }
    }
    orphans(books, &mut breaches).await?;
    breaches.truncate(SHOWN_MAX);
    report.breaches.extend(breaches.into_iter().map(|detail| Breach::new("I5", detail)));
    Ok(())
}

/// Why goods, money and order do not agree, if they do not.
fn disagreement(order: &Order, money: Money, hold: Option<&str>) -> Option<&'static str> {
    let kept = money.captured - money.refunded;
    match order.state.as_str() {
        "placed" | "completed" => {
            if !matches!(hold, Some("allocated" | "shipped")) {
                return Some("it has no stock");
            }
            if order.total > 0 && money.captured != order.total {
                return Some("the money taken is not its total");
            }
            (money.taking > 1).then_some("it was charged more than once")
        }
        "canceled" => {
            if matches!(hold, Some("held" | "allocated")) {
                return Some("it still has stock");
            }
            if money.holding != 0 {
                return Some("money is still set aside for it");
            }
            (kept != 0).then_some("money was kept")
        }
        _ => (money.captured != 0).then_some("money was taken before it was placed"),
    }
}

/// Stock or money of orders that do not exist.
async fn orphans(books: &Books, breaches: &mut Vec<String>) -> Result<()> {
    let known: std::collections::HashSet<Uuid> =
        books.order.read("select id from orders", args![], |row| row.get(0)).await?.into_iter().collect();
    let held = "select order_id from stock_hold where state in ('held', 'allocated')";
    for order in books.product.read(held, args![], |row| row.get::<Uuid>(0)).await? {
        if !known.contains(&order) {
            breaches.push(format!("stock is held for order {order}, which does not exist"));
        }
    }
    let paid = "select order_id from payments where captured > refunded or (state = 'authorized')";
    for order in books.payment.read(paid, args![], |row| row.get::<Uuid>(0)).await? {
        if !known.contains(&order) {
            breaches.push(format!("money is kept for order {order}, which does not exist"));
        }
    }
    Ok(())
}

async fn orders(books: &Books) -> Result<Vec<Order>> {
    let sql = "select id, state, payment_status, total from orders";
    let map = |row: &souk_db::Row| {
        Ok(Order { id: row.get(0)?, state: row.get(1)?, payment_status: row.get(2)?, total: row.get(3)? })
    };
    Ok(books.order.read(sql, args![], map).await?)
}

async fn money(books: &Books) -> Result<HashMap<Uuid, Money>> {
    let sql = "select order_id, state, authorized, captured, refunded from payments";
    let rows = books.payment.read(sql, args![], |row| {
        Ok((
            row.get::<Uuid>(0)?,
            row.get::<String>(1)?,
            row.get::<i64>(2)?,
            row.get::<i64>(3)?,
            row.get::<i64>(4)?,
        ))
    });
    let mut money: HashMap<Uuid, Money> = HashMap::new();
    for (order, state, authorized, captured, refunded) in rows.await? {
        let sum = money.entry(order).or_default();
        sum.captured += captured;
        sum.refunded += refunded;
        sum.taking += u32::from(captured > 0);
        if state == "authorized" {
            sum.holding += authorized;
        }
    }
    Ok(money)
}

async fn holds(books: &Books) -> Result<HashMap<Uuid, String>> {
    let rows = books.product.read("select order_id, state from stock_hold", args![], |row| {
        Ok((row.get::<Uuid>(0)?, row.get::<String>(1)?))
    });
    Ok(rows.await?.into_iter().collect())
}
