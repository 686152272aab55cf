//! Dead letters of every consumer, wherever its role runs: listed, redriven, discarded.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use souk_contract::Done;
use souk_db::inbox::{self, DeadLetter};
use souk_db::{Db, DbError};
use souk_rpc::{Context, Error, contract};
use souk_types::{Clock, Cursor, EventId, Page};

/// Letters asked for at once.
const LETTERS_PER_CALL: u32 = 100;

contract! {
    /// The dead letters in the inboxes of one role.
    pub trait Letters = "letters" {
        /// The oldest first.
        list(ListLetters) -> LetterList;
        /// Gives a letter its attempts back.
        redrive(Letter) -> Done;
        /// Lets a letter go without its effect, so that its subject moves on.
        discard(Letter) -> Done;
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ListLetters {
    pub service: String,
    pub after: Option<(EventId, String)>,
    pub limit: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LetterList {
    pub letters: Vec<DeadLetter>,
}

/// One event that one consumer has given up on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Letter {
    pub consumer: String,
    pub event: EventId,
}

/// The inboxes that are in this process.
pub(crate) struct LocalLetters {
    /// Service → its database.
    pub(crate) dbs: BTreeMap<&'static str, Db>,
    pub(crate) clock: Clock,
}

impl LocalLetters {
    fn db(&self, consumer: &str) -> Result<&Db, Error> {
        let service = consumer.split('.').next().unwrap_or_default();
        self.dbs.get(service).ok_or_else(|| Error::not_found("consumer of events"))
    }
}

#[souk_rpc::__macro::async_trait]
impl Letters for LocalLetters {
    async fn list(&self, _: &Context, request: ListLetters) -> Result<LetterList, Error> {
        let after = request.after.as_ref().map(|(event, consumer)| (*event, consumer.as_str()));
        let letters = inbox::dead_letters(self.db(&request.service)?, after, request.limit.min(200)).await?;
        Ok(LetterList { letters })
    }

    async fn redrive(&self, cx: &Context, letter: Letter) -> Result<Done, Error> {
        let statement = inbox::redrive(&letter.consumer, letter.event, self.clock.now());
        settle(self.db(&letter.consumer)?.commit(cx, statement).await.map(drop))
    }

    async fn discard(&self, cx: &Context, letter: Letter) -> Result<Done, Error> {
        let statement = inbox::discard(&letter.consumer, letter.event, self.clock.now());
        settle(self.db(&letter.consumer)?.commit(cx, statement).await.map(drop))
    }
}

fn settle(outcome: Result<(), DbError>) -> Result<Done, Error> {
    match outcome {
        Ok(()) => Ok(Done {}),
        Err(error) if error.is_lost_race() => Err(Error::not_found("dead letter")),
        Err(error) => Err(error.into()),
    }
}

/// The way to the letters of each service.
pub(crate) type Mailrooms = BTreeMap<&'static str, Arc<dyn Letters>>;

/// The letters of all services, as the gateway shows them to staff.
pub(crate) struct Mail(pub(crate) Mailrooms);

/// After which letter a page goes on: its service, event and consumer.
type After = (String, EventId, String);

impl Mail {
    fn room(&self, consumer: &str) -> Result<&Arc<dyn Letters>, Error> {
        let service = consumer.split('.').next().unwrap_or_default();
        self.0.get(service).ok_or_else(|| Error::not_found("consumer of events"))
    }
}

#[souk_rpc::__macro::async_trait]
impl souk_gateway::DeadLetters for Mail {
    async fn list(
        &self,
        cx: &Context,
        consumer: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<souk_gateway::DeadLetter>, Error> {
        let after: Option<After> = cursor
            .map(Cursor::decode)
            .transpose()
            .map_err(|error| Error::invalid("?cursor", "cursor", error.to_string()))?;
        let wanted = |service: &str| consumer.is_none_or(|c| c.split('.').next() == Some(service));
        let begun = |service: &str| after.as_ref().is_none_or(|(reached, _, _)| service >= reached.as_str());
        let mut found: Vec<(&'static str, DeadLetter)> = Vec::new();
        let one_more = limit as usize + 1;
        for (service, room) in self.0.iter().filter(|(service, _)| wanted(service) && begun(service)) {
            let mut position = after
                .clone()
                .filter(|(reached, _, _)| reached == service)
                .map(|(_, event, name)| (event, name));
            while found.len() < one_more {
                let request = ListLetters {
                    service: (*service).to_owned(),
                    after: position.take(),
                    limit: LETTERS_PER_CALL,
                };
                let letters = room.list(cx, request).await?.letters;
                let complete = letters.len() < LETTERS_PER_CALL as usize;
                position = letters.last().map(|letter| (letter.envelope.id, letter.consumer.clone()));
                let fits = letters.into_iter().filter(|letter| consumer.is_none_or(|c| letter.consumer == c));
                found.extend(fits.map(|letter| (*service, letter)));
                if complete {
                    break;
                }
            }
        }
        let page = Page::cut(found, limit as usize, |(service, letter)| {
            ((*service).to_owned(), letter.envelope.id, letter.consumer.clone())
        });
        Ok(page.map(|(_, letter)| {
            let DeadLetter { consumer, attempts, last_error, envelope } = letter;
            souk_gateway::DeadLetter::new(consumer, attempts, last_error, envelope)
        }))
    }

    async fn redrive(&self, cx: &Context, consumer: &str, event: EventId) -> Result<(), Error> {
        let letter = Letter { consumer: consumer.to_owned(), event };
        self.room(consumer)?.redrive(cx, letter).await.map(drop)
    }

    async fn discard(&self, cx: &Context, consumer: &str, event: EventId) -> Result<(), Error> {
        let letter = Letter { consumer: consumer.to_owned(), event };
        self.room(consumer)?.discard(cx, letter).await.map(drop)
    }
}
