//! I6 as merchants see it: each event that went out has the deliveries that were decided when it was heard, no more and
//! no fewer, and none is skipped.

use anyhow::Result;
use souk_db::args;
use souk_types::Timestamp;

use super::books::{Books, lines, number};
use super::{Breach, Report, SHOWN_MAX};

/// Clocks of different machines differ, and a webhook is added a moment before it is committed.
const SLACK_MS: i64 = 2_000;
/// Of older events those that everybody has may be forgotten (`kept_days`).
const LOOKED_BACK_MS: i64 = 20 * 3_600_000;

pub(crate) async fn check(books: &Books, now: Timestamp, report: &mut Report) -> Result<()> {
    let db = &books.notification;
    report
        .counted
        .push(("webhook deliveries", number(db, "select count(*) from webhook_deliveries", args![]).await?));
    let miscounted = lines::<4>(
        db,
        "select e.id, e.kind, e.deliveries, cast((select count(*) from webhook_deliveries d where d.event = e.id) as bigint)
         from webhook_events e
         where e.deliveries <> (select count(*) from webhook_deliveries d where d.event = e.id)",
        args![],
    )
    .await?;
    let unheard = lines::<2>(
        db,
        "select event, kind from inbox
         where consumer = 'notification.webhooks' and state = 'done' and time > $1
            and exists (select 1 from webhooks where state <> 'removed' and created_at + $2 < inbox.time)
            and not exists (select 1 from webhook_events where id = event)",
        args![now.millis() - LOOKED_BACK_MS, SLACK_MS],
    )
    .await?;
    let overtaken = lines::<2>(
        db,
        "select late.event, late.webhook from webhook_deliveries late join webhook_deliveries early
            on early.webhook = late.webhook and early.subject = late.subject and early.sequence < late.sequence
         where early.state = 'pending' and early.replays = 0 and late.state = 'delivered' and late.replays = 0",
        args![],
    )
    .await?;
    let breaches = (miscounted.into_iter())
        .map(|line| format!("a webhook's delivery is lost or doubled (event, kind, wanted, found): {line}"))
        .chain(
            unheard.into_iter().map(|line| format!("webhooks never heard of an event (event, kind): {line}")),
        )
        .chain(
            overtaken
                .into_iter()
                .map(|line| format!("a delivery overtook its order (event, webhook): {line}")),
        );
    report.breaches.extend(breaches.take(SHOWN_MAX).map(|detail| Breach::new("I6", detail)));
    Ok(())
}
