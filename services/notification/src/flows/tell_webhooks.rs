//! Writes down who is to be told of an event: what is sent, and a delivery for each webhook that listens.

use souk_db::DbError;
use souk_rpc::{Context, Error};
use souk_types::Envelope;

use crate::domain::webhook::body;
use crate::store::webhooks::NewEvent;
use crate::{Deps, store};

/// One commit per event, with its inbox row. While the shop has no webhooks nothing is committed at all: the events are
/// marked done together. That loses nothing, for whoever adds a webhook hears of what happens afterwards, and an event
/// that is stated after the addition is committed is read after it, too.
pub(crate) async fn tell_webhooks(deps: &Deps, events: Vec<(Context, Envelope)>) -> Vec<Result<(), Error>> {
    match store::webhooks::any(&deps.db).await {
        Ok(true) => {}
        Ok(false) => return events.iter().map(|_| Ok(())).collect(),
        Err(error) => {
            let error = Error::from(error);
            return events.iter().map(|_| Err(error.clone())).collect();
        }
    }
    let told = events.iter().map(|(cx, event)| tell(cx, deps, event));
    let told = futures::future::join_all(told).await;
    deps.delivery_queued.notify_one();
    told
}

async fn tell(cx: &Context, deps: &Deps, event: &Envelope) -> Result<(), Error> {
    let new = NewEvent {
        id: event.id,
        kind: &event.kind,
        subject: event.subject,
        sequence: event.sequence,
        happened_at: event.time,
        body: body(&event.kind, event.time, event.data.text()),
        traceparent: event.traceparent.as_deref(),
        now: deps.clock.now(),
    };
    match deps.db.commit(cx, new.to_all()).await {
        Ok(_) | Err(DbError::AlreadyDone) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
