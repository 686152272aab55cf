//! I1: what lies there is what may be sold plus what is held plus what is promised.

use anyhow::Result;
use souk_db::args;

use super::books::{Books, lines, number};
use super::{Breach, Report, SHOWN_MAX};

const I1: &str = "I1";

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let db = &books.product;
    report.counted.push(("stock rows", number(db, "select count(*) from stock", args![]).await?));
    report.counted.push(("movements", number(db, "select count(*) from movement", args![]).await?));
    let checks: [(&str, Vec<String>); 5] = [
        (
            "more is promised than lies there (variant, location)",
            lines::<2>(
                db,
                "select variant, location from stock
                 where held < 0 or allocated < 0 or (not backorder and (on_hand < 0 or held + allocated > on_hand))",
                args![],
            )
            .await?,
        ),
        (
            "on_hand is not the sum of the movements (variant, location, on_hand, sum)",
            lines::<4>(
                db,
                "select s.variant, s.location, s.on_hand, cast(coalesce(m.total, 0) as bigint) from stock s
                 left join (select variant, location, sum(change) as total from movement group by variant, location) m
                   on m.variant = s.variant and m.location = s.location
                 where s.on_hand <> coalesce(m.total, 0)",
                args![],
            )
            .await?,
        ),
        (
            "held is not the sum of the holds (variant, location, held, sum)",
            lines::<4>(
                db,
                "select s.variant, s.location, s.held, cast(coalesce(h.total, 0) as bigint) from stock s
                 left join (select l.variant, l.location, sum(l.quantity) as total from stock_hold_line l
                            join stock_hold h on h.order_id = l.order_id where h.state = 'held'
                            group by l.variant, l.location) h
                   on h.variant = s.variant and h.location = s.location
                 where s.held <> coalesce(h.total, 0)",
                args![],
            )
            .await?,
        ),
        (
            "allocated is not the sum of the allocations (variant, location, allocated, sum)",
            lines::<4>(
                db,
                "select s.variant, s.location, s.allocated, cast(coalesce(h.total, 0) as bigint) from stock s
                 left join (select l.variant, l.location, sum(l.quantity - l.shipped) as total from stock_hold_line l
                            join stock_hold h on h.order_id = l.order_id where h.state in ('allocated', 'shipped')
                            group by l.variant, l.location) h
                   on h.variant = s.variant and h.location = s.location
                 where s.allocated <> coalesce(h.total, 0)",
                args![],
            )
            .await?,
        ),
        (
            "sold movements differ from what was shipped (order, shipped, moved)",
            lines::<3>(
                db,
                "select l.order_id, cast(sum(l.shipped) as bigint), cast(coalesce(max(m.total), 0) as bigint)
                 from stock_hold_line l
                 left join (select order_id, sum(quantity) as total from movement where kind = 'sold' group by order_id) m
                   on m.order_id = l.order_id
                 group by l.order_id having sum(l.shipped) <> coalesce(max(m.total), 0)",
                args![],
            )
            .await?,
        ),
    ];
    for (rule, found) in checks {
        let breaches =
            found.into_iter().take(SHOWN_MAX).map(|line| Breach::new(I1, format!("{rule}: {line}")));
        report.breaches.extend(breaches);
    }
    Ok(())
}
