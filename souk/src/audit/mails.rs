//! I8: one e-mail per order and kind.

use anyhow::Result;
use souk_db::args;

use super::books::{Books, lines, number};
use super::{Breach, Report, SHOWN_MAX};

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.notification;
    report.counted.push(("mails", number(db, "select count(*) from mails", args![]).await?));
    let twice = lines::<3>(
        db,
        "select kind, subject_key, cast(count(*) as bigint) from mails group by kind, subject_key having count(*) > 1",
        args![],
    )
    .await?;
    let breaches = twice.into_iter().take(SHOWN_MAX);
    report.breaches.extend(
        breaches.map(|line| Breach::new("I8", format!("more than one mail (kind, about, mails): {line}"))),
    );
    let placed = books
        .order
        .read("select id from orders where placed_at is not null", args![], |row| row.get::<uuid::Uuid>(0))
        .await?;
    let mailed: std::collections::HashSet<String> = db
        .read("select subject_key from mails where kind = 'order.placed'", args![], |row| {
            row.get::<String>(0)
        })
        .await?
        .into_iter()
        .collect();
    let silent = placed.into_iter().filter(|order| !mailed.contains(&order.to_string())).take(SHOWN_MAX);
    report.breaches.extend(
        silent.map(|order| Breach::new("I8", format!("order {order} was placed and no mail says so"))),
    );
    Ok(())
}
