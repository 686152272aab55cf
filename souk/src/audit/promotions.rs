//! I5 for promotions: their counters say what the orders say, and no canceled order keeps a use.

use anyhow::Result;
use souk_db::args;

use super::books::{Books, lines};
use super::{Breach, Report, SHOWN_MAX};

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.order;
    let miscounted = lines::<2>(
        db,
        "select p.id, p.uses from promotions p
         where p.uses <> (select count(*) from promotion_uses u where u.promotion_id = p.id)",
        args![],
    )
    .await?;
    let by_customer = lines::<2>(
        db,
        "select c.customer, c.uses from promotion_customers c
         where c.uses <> (select count(*) from promotion_uses u
            where u.promotion_id = c.promotion_id and u.customer = c.customer)",
        args![],
    )
    .await?;
    let kept = lines::<2>(
        db,
        "select u.order_id, u.promotion_id from promotion_uses u join orders o on o.id = u.order_id
         where o.state = 'canceled'",
        args![],
    )
    .await?;
    let found = miscounted
        .into_iter()
        .chain(by_customer)
        .map(|line| {
            format!("a promotion's uses are not those of its orders (promotion or customer, uses): {line}")
        })
        .chain(
            kept.into_iter().map(|line| format!("a canceled order keeps a use (order, promotion): {line}")),
        );
    report.breaches.extend(found.take(SHOWN_MAX).map(|detail| Breach::new("I5", detail)));
    Ok(())
}
