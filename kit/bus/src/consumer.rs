//! Who reacts to which events, and how.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use souk_db::Db;
use souk_rpc::{Context, Error};
use souk_types::{Envelope, Event};

use crate::verdict::Failure;

/// A service, or a part of one, as a listener: its name in the routes, its inbox, and a handler per event type.
///
/// A handler commits its effect under the context it is given, which marks the event done in the same batch. One
/// that commits nothing is marked done afterwards; it may run again after a crash.
pub struct Consumer {
    pub(crate) name: &'static str,
    pub(crate) db: Db,
    reactions: HashMap<&'static str, Reaction>,
}

/// How one event type is handled.
#[derive(Clone)]
pub(crate) enum Reaction {
    Single(Single),
    /// All types of one `batch` call share the number, and may come together.
    Batch {
        number: usize,
        react: Together,
    },
}

pub(crate) type Single =
    Arc<dyn Fn(Context, Envelope) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;
pub(crate) type Together =
    Arc<dyn Fn(Vec<(Context, Envelope)>) -> BoxFuture<'static, Vec<Result<(), Error>>> + Send + Sync>;

/// A closure `|cx: Context, event: E| async move { … }` whose error becomes an [`Error`].
pub trait Handler<E>: Send + Sync + 'static {
    fn handle(&self, cx: Context, event: E) -> impl Future<Output = Result<(), Error>> + Send;
}

impl<E, F, Fut, Err> Handler<E> for F
where
    F: Fn(Context, E) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), Err>> + Send,
    Err: Into<Error>,
    E: Send,
{
    fn handle(&self, cx: Context, event: E) -> impl Future<Output = Result<(), Error>> + Send {
        self(cx, event).map(|outcome| outcome.map_err(Into::into))
    }
}

impl Consumer {
    /// `name` is the service, or a part of it such as `product.search`; `db` is the service's database.
    pub fn new(name: &'static str, db: Db) -> Consumer {
        Consumer { name, db, reactions: HashMap::new() }
    }

    /// Reacts to events one by one; those of one subject in order, those of different subjects at once.
    #[must_use]
    pub fn on<E: Event>(self, handler: impl Handler<E>) -> Consumer {
        let handler = Arc::new(handler);
        let react = move |cx: Context, envelope: Envelope| {
            let handler = Arc::clone(&handler);
            async move {
                let event: E = envelope.open().map_err(|error| Failure::Hopeless(error.to_string()))?;
                handler.handle(cx, event).await.map_err(Failure::Error)
            }
            .boxed()
        };
        self.with(E::TYPE, Reaction::Single(Arc::new(react)))
    }

    /// Reacts to many events of these types with one effect, and answers for each in the same order.
    #[must_use]
    pub fn batch<Fut>(
        self,
        kinds: &[&'static str],
        handler: impl Fn(Vec<(Context, Envelope)>) -> Fut + Send + Sync + 'static,
    ) -> Consumer
    where
        Fut: Future<Output = Vec<Result<(), Error>>> + Send + 'static,
    {
        let number = self.reactions.len();
        let react: Together = Arc::new(move |events| handler(events).boxed());
        kinds.iter().fold(self, |consumer, kind| {
            consumer.with(kind, Reaction::Batch { number, react: Arc::clone(&react) })
        })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The event types it reacts to, sorted; a service's tests compare them with the routes.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.reactions.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }

    pub(crate) fn reaction(&self, kind: &str) -> Option<&Reaction> {
        self.reactions.get(kind)
    }

    fn with(mut self, kind: &'static str, reaction: Reaction) -> Consumer {
        let before = self.reactions.insert(kind, reaction);
        assert!(before.is_none(), "`{}` has two handlers for `{kind}`", self.name);
        self
    }
}
