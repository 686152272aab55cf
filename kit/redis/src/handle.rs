//! The handle on Redis: asks while it answers, and knows at once when it does not.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use metrics::{Counter, Gauge};
use parking_lot::{Mutex, RwLock};
use redis::{FromRedisValue, PushInfo, PushKind, RedisError, ScriptInvocation, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::line::{self, Line};
use crate::listeners::Listeners;
use crate::{BadUrl, Listener, RedisConfig};

/// How often the runtime gets to read before an answer counts as late: once into the connection, once out of it,
/// and once because the order of the two is nobody's promise.
const READS: u32 = 3;

/// A handle on the shop's Redis. Clones share its one connection, which ends with the last of them.
#[derive(Clone)]
pub struct Redis {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    prefix: String,
    /// Where processes tell each other things.
    channel: String,
    /// Tells this process's messages and leases from those of others.
    origin: String,
    tokens: AtomicU64,
    wait: Duration,
    /// An answer is overdue, and a ping on its way to see why.
    doubted: AtomicBool,
    /// The connection while it answers, and nothing while it does not.
    open: RwLock<Option<Line>>,
    /// Rings when something is wrong with the connection.
    pub(crate) trouble: Arc<Notify>,
    pub(crate) listeners: Listeners,
    /// The last thing that Redis refused, until it is logged.
    refusal: Mutex<Option<String>>,
    numbers: Numbers,
    keeper: Mutex<Option<AbortHandle>>,
}

struct Numbers {
    up: Gauge,
    answered: Counter,
    late: Counter,
    refused: Counter,
    away: Counter,
}

impl Redis {
    /// Begins to connect in the background and comes back at once; until the connection is up, nothing is answered.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn open(config: &RedisConfig) -> Result<Redis, BadUrl> {
        Redis::open_waiting(config, config.wait())
    }

    /// The same with a wait of one's choice, for tests on machines that are busy with other things.
    pub fn open_waiting(config: &RedisConfig, wait: Duration) -> Result<Redis, BadUrl> {
        let client = config.client()?;
        let shared = Arc::new(Shared {
            channel: format!("{}:told", config.prefix),
            prefix: config.prefix.clone(),
            origin: format!("{:016x}", RandomState::new().hash_one(&config.prefix)),
            tokens: AtomicU64::new(0),
            wait,
            doubted: AtomicBool::new(false),
            open: RwLock::default(),
            trouble: Arc::default(),
            listeners: Listeners::default(),
            refusal: Mutex::default(),
            numbers: Numbers::new(),
            keeper: Mutex::default(),
        });
        let keeper = tokio::spawn(line::keep(Arc::downgrade(&shared), client));
        *shared.keeper.lock() = Some(keeper.abort_handle());
        Ok(Redis { shared })
    }

    /// Runs a script. `None` when Redis is away, does not answer in time, or refuses: for a cache that is a miss.
    pub async fn run<T: FromRedisValue>(&self, script: &ScriptInvocation<'_>) -> Option<T> {
        let shared = &*self.shared;
        let Some(mut line) = shared.line() else {
            shared.numbers.away.increment(1);
            return None;
        };
        // Boxed: what the library needs to wait would make every caller's future several kilobytes larger.
        let mut asking = Box::pin(script.invoke_async(&mut line.connection));
        match in_time(shared.wait(), asking.as_mut()).await {
            Some(Ok(answer)) => {
                shared.numbers.answered.increment(1);
                Some(answer)
            }
            Some(Err(error)) => {
                drop(asking);
                shared.refused(&line, &error);
                None
            }
            None => {
                shared.numbers.late.increment(1);
                shared.doubted.store(true, Ordering::Relaxed);
                shared.trouble.notify_one();
                None
            }
        }
    }

    /// Hears what other processes tell on `topic`, which has no colon. The listener must not hold a `Redis`: it
    /// would keep alive what keeps it.
    pub fn listen(&self, topic: &str, listener: Arc<dyn Listener>) {
        self.shared.listeners.add(topic, listener);
    }

    /// `prefix:name`, so that shops can share a server.
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.shared.prefix)
    }

    /// The channel on which scripts publish what the other processes shall hear.
    pub fn channel(&self) -> &str {
        &self.shared.channel
    }

    /// What stands before the text of every message of this process on `topic`.
    pub fn message(&self, topic: &str) -> String {
        format!("{}:{topic}:", self.shared.origin)
    }

    /// A name that nobody has had before.
    pub fn token(&self) -> String {
        format!("{}.{}", self.shared.origin, self.shared.tokens.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether Redis answers, as far as is known.
    pub fn is_up(&self) -> bool {
        self.shared.open.read().is_some()
    }

    /// Waits until Redis answers, at most for `patience`. For tests and tools: the shop waits for nothing.
    pub async fn comes_up(&self, patience: Duration) -> bool {
        let up = async {
            while !self.is_up() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(patience, up).await.is_ok()
    }
}

impl Shared {
    fn line(&self) -> Option<Line> {
        self.open.read().clone()
    }

    pub(crate) fn channel(&self) -> &str {
        &self.channel
    }

    /// How long to wait now. Whoever asks while an answer is overdue may have waited for that one.
    fn wait(&self) -> Duration {
        if self.doubted.load(Ordering::Relaxed) { self.wait / 4 } else { self.wait }
    }

    /// How long to wait for the ping that decides.
    pub(crate) fn patience(&self) -> Duration {
        self.wait
    }

    /// Redis answers in time.
    pub(crate) fn trust(&self) {
        self.doubted.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_open(&self, number: u64) -> bool {
        self.open.read().as_ref().is_some_and(|line| line.number == number)
    }

    /// From now on everybody asks.
    pub(crate) fn reopen(&self, line: &Line) {
        *self.open.write() = Some(line.clone());
        self.numbers.up.set(1);
    }

    /// From now on nobody asks, until the keeper of the line says otherwise.
    pub(crate) fn shut(&self, number: u64) {
        let mut open = self.open.write();
        if open.as_ref().is_some_and(|line| line.number == number) {
            *open = None;
            self.numbers.up.set(0);
        }
        drop(open);
        self.trouble.notify_one();
    }

    fn refused(&self, line: &Line, error: &RedisError) {
        self.numbers.refused.increment(1);
        if error.is_unrecoverable_error() {
            self.shut(line.number);
            return;
        }
        *self.refusal.lock() = Some(error.to_string());
    }

    /// Once in a while rather than for each of a thousand requests.
    pub(crate) fn log_refusal(&self) {
        let refusal = self.refusal.lock().take();
        if let Some(error) = refusal {
            tracing::warn!(error, "redis refuses; the shop goes on without it");
        }
    }

    /// What a connection brings without having been asked; see [`Listener::heard`] about the order.
    pub(crate) fn pushed(&self, number: u64, info: PushInfo) {
        match (info.kind, info.data.as_slice()) {
            (PushKind::Message, [_, Value::BulkString(message)]) => {
                self.listeners.hear(&self.origin, message)
            }
            (PushKind::Disconnection, _) => self.shut(number),
            _ => {}
        }
    }

    pub(crate) fn handle(shared: &Weak<Shared>) -> Option<Redis> {
        shared.upgrade().map(|shared| Redis { shared })
    }
}

/// What comes within `wait`. A busy process notices that the time is over before it has read the answer that lies
/// there, so it reads once more.
async fn in_time<F: Future + Unpin>(wait: Duration, mut asking: F) -> Option<F::Output> {
    if let Ok(answer) = tokio::time::timeout(wait, &mut asking).await {
        return Some(answer);
    }
    for _ in 0..READS {
        tokio::task::yield_now().await;
    }
    asking.now_or_never()
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.lock().take() {
            keeper.abort();
        }
        self.numbers.up.set(0);
    }
}

impl Numbers {
    fn new() -> Numbers {
        let outcome =
            |outcome: &'static str| metrics::counter!("souk_redis_scripts_total", "outcome" => outcome);
        Numbers {
            up: metrics::gauge!("souk_redis_up"),
            answered: outcome("answered"),
            late: outcome("late"),
            refused: outcome("refused"),
            away: outcome("away"),
        }
    }
}
