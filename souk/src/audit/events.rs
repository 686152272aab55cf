//! I6: each committed event reaches each consumer, once in effect, in order per aggregate.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use souk_contract::events::ROUTES;
use souk_db::{Db, args};
use uuid::Uuid;

use super::books::Books;
use super::{Breach, Report, SHOWN_MAX};

const I6: &str = "I6";

pub(crate) async fn check(books: &Books, report: &mut Report) -> Result<()> {
    let mut breaches = Vec::new();
    for (name, db) in books.services() {
        disorder(name, db, &mut breaches).await?;
        dead(name, db, &mut breaches).await?;
    }
    let Sent { stated, missing } = sent(books).await?;
    breaches.extend(missing);
    report.counted.push(("events", stated));
    breaches.truncate(SHOWN_MAX);
    report.breaches.extend(breaches.into_iter().map(|detail| Breach::new(I6, detail)));
    Ok(())
}

/// What the outboxes say of events that are sent.
pub(crate) struct Sent {
    pub(crate) stated: u64,
    /// One line for each that a consumer does not have. A broker may still hold it.
    pub(crate) missing: Vec<String>,
}

pub(crate) async fn sent(books: &Books) -> Result<Sent> {
    // The outboxes first: what is sent while the inboxes are read is not looked for.
    let mut sent = Vec::new();
    for (source, db) in books.services() {
        let sql = "select id, kind from outbox where sent_at is not null";
        let map = |row: &souk_db::Row| Ok((row.get::<Uuid>(0)?, row.get::<String>(1)?));
        sent.extend(db.read(sql, args![], map).await?.into_iter().map(|(event, kind)| (source, event, kind)));
    }
    let mut seen: HashMap<&'static str, HashSet<(String, Uuid)>> = HashMap::new();
    for (name, db) in books.services() {
        seen.insert(name, received(db).await?);
    }
    let mut missing = Vec::new();
    for (source, event, kind) in &sent {
        let consumers = ROUTES.iter().find(|(listed, _)| listed == kind).map_or(&[][..], |(_, all)| all);
        for consumer in consumers {
            let service = consumer.split('.').next().unwrap_or_default();
            let arrived =
                seen.get(service).is_some_and(|seen| seen.contains(&((*consumer).to_owned(), *event)));
            if !arrived {
                missing.push(format!("{kind} {event} of {source} was sent and never reached {consumer}"));
            }
        }
    }
    Ok(Sent { stated: sent.len() as u64, missing })
}

async fn received(db: &Db) -> Result<HashSet<(String, Uuid)>> {
    let sql = "select consumer, event from inbox";
    let rows = db.read(sql, args![], |row| Ok((row.get::<String>(0)?, row.get::<Uuid>(1)?))).await?;
    Ok(rows.into_iter().collect())
}

/// An event that had its effect while an earlier one of its subject has not.
async fn disorder(name: &str, db: &Db, breaches: &mut Vec<String>) -> Result<()> {
    let sql = "select late.consumer, late.event from inbox late join inbox early
               on early.consumer = late.consumer and early.source = late.source and early.subject = late.subject
               and early.sequence < late.sequence
               where late.state = 'done' and early.state <> 'done'";
    for (consumer, event) in
        db.read(sql, args![], |row| Ok((row.get::<String>(0)?, row.get::<Uuid>(1)?))).await?
    {
        breaches.push(format!("{name}: {consumer} took event {event} before an earlier one of its subject"));
    }
    Ok(())
}

async fn dead(name: &str, db: &Db, breaches: &mut Vec<String>) -> Result<()> {
    let sql = "select consumer, event, kind, coalesce(last_error, '') from inbox where state = 'dead'";
    let map = |row: &souk_db::Row| {
        Ok((row.get::<String>(0)?, row.get::<Uuid>(1)?, row.get::<String>(2)?, row.get::<String>(3)?))
    };
    for (consumer, event, kind, error) in db.read(sql, args![], map).await? {
        breaches.push(format!("{name}: {kind} {event} is a dead letter of {consumer}: {error}"));
    }
    Ok(())
}
