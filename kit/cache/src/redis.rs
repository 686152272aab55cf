//! The cache that replicas share: the one inside the process in front, Redis behind it.
//!
//! Three things keep old values out. A miss in Redis leaves a *lease* there, and only who holds it may store; an
//! invalidation removes value and lease in one script, so a load that began before it stores nothing. The same
//! script tells the other processes, who forget what they have in memory. And what could not be told, because
//! Redis was away, is owed: as long as anything is, this process neither reads nor stores there, and when Redis is
//! back the whole cache is cleared for everybody.

use std::borrow::Borrow;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use souk_redis::{Listener, Redis, Script};

use crate::memory::{Found, Loaded, Memory};
use crate::{Codec, Key};

/// A load that takes longer finds its lease gone, and its value is not stored.
const LEASE: Duration = Duration::from_secs(10);
/// Larger values would hold up everybody else on the connection.
const VALUE_BYTES_MAX: usize = 512 << 10;
/// Keys that one script forgets: Redis does nothing else meanwhile.
const KEYS_AT_ONCE: usize = 500;

/// What stands before the key in a message.
const ONE: &str = "k";
const ALL: &str = "a";

pub(crate) struct Layered<K, V> {
    memory: Memory<K, V>,
    far: Far,
    codec: Option<Arc<Codec<V>>>,
    key_bytes: fn(&K) -> Vec<u8>,
}

impl<K, V> Layered<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(
        redis: Redis,
        memory: Memory<K, V>,
        name: &str,
        lifetime: Duration,
        codec: Option<Codec<V>>,
    ) -> Layered<K, V>
    where
        K: Key,
    {
        let version = codec.as_ref().map_or(0, |codec| codec.version);
        let names = Arc::new(Names::new(&redis, name, version));
        redis.listen(name, Arc::new(Ear { memory: memory.clone(), names: Arc::clone(&names) }));
        let far = Far { redis, names, lifetime };
        Layered { memory, far, codec: codec.map(Arc::new), key_bytes: K::to_bytes }
    }

    pub(crate) fn memory(&self) -> &Memory<K, V> {
        &self.memory
    }

    /// For a key that is not in memory.
    pub(crate) async fn load_with<Q, E>(
        &self,
        key: &Q,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<Found<V>, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
        E: Clone + Send + Sync + 'static,
    {
        self.memory.load_with(key, self.bring_or_load(key, load)).await
    }

    async fn bring_or_load<Q, E>(
        &self,
        key: &Q,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<Loaded<V>, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + ?Sized,
    {
        let Some(codec) = &self.codec else { return Ok(load.await?.into()) };
        let value_key = self.far.names.value((self.key_bytes)(&key.to_owned()));
        let lease = match self.far.fetch(&value_key).await {
            Fetched::Value { bytes, left } => match (codec.decode)(&bytes) {
                Some(value) => return Ok(Loaded { value, left: Some(left) }),
                None => None,
            },
            Fetched::Lease(lease) => Some(lease),
            Fetched::Nothing => None,
        };
        let value = load.await?;
        if let Some(lease) = lease {
            self.far.store(value_key, lease, (codec.encode)(&value));
        }
        Ok(value.into())
    }

    /// Here first, so that it is done even if the caller goes away while waiting for Redis; and here again, since a
    /// reader may have fetched the old value meanwhile.
    pub(crate) async fn invalidate(&self, keys: &[K]) {
        for round in [0, 1] {
            for key in keys {
                self.memory.invalidate(key).await;
            }
            if round == 0 {
                let keys: Vec<Vec<u8>> = keys.iter().map(self.key_bytes).collect();
                self.far.forget(&keys).await;
            }
        }
    }

    /// In the same order as [`invalidate`](Layered::invalidate), for the same reasons.
    pub(crate) async fn clear(&self) {
        self.memory.clear();
        self.far.names.clear(&self.far.redis).await;
        self.memory.clear();
    }
}

impl<K, V> Clone for Layered<K, V> {
    fn clone(&self) -> Self {
        Layered {
            memory: self.memory.clone(),
            far: self.far.clone(),
            codec: self.codec.clone(),
            key_bytes: self.key_bytes,
        }
    }
}

/// The layer in Redis.
#[derive(Clone)]
struct Far {
    redis: Redis,
    names: Arc<Names>,
    lifetime: Duration,
}

enum Fetched {
    Value { bytes: Vec<u8>, left: Duration },
    Lease(String),
    Nothing,
}

impl Far {
    async fn fetch(&self, value_key: &[u8]) -> Fetched {
        if self.names.owes() {
            return Fetched::Nothing;
        }
        let lease = self.redis.token();
        let mut fetch = self.names.scripts.fetch.key(&self.names.epoch);
        fetch.key(value_key).arg(&lease).arg(millis(LEASE));
        match self.redis.run::<Option<(Vec<u8>, u64)>>(&fetch).await {
            Some(Some((bytes, left_ms))) => Fetched::Value { bytes, left: Duration::from_millis(left_ms) },
            Some(None) => Fetched::Lease(lease),
            None => Fetched::Nothing,
        }
    }

    /// Beside the request: nobody waits for what only others gain from.
    fn store(&self, value_key: Vec<u8>, lease: String, value: Vec<u8>) {
        if value.len() > VALUE_BYTES_MAX || self.names.owes() {
            return;
        }
        let far = self.clone();
        tokio::spawn(async move {
            let mut store = far.names.scripts.store.key(&far.names.epoch);
            store.key(value_key).arg(lease).arg(value).arg(millis(far.lifetime));
            far.redis.run::<()>(&store).await;
        });
    }

    async fn forget(&self, keys: &[Vec<u8>]) {
        for keys in keys.chunks(KEYS_AT_ONCE) {
            let mut forget = self.names.scripts.forget.prepare_invoke();
            forget.arg(self.redis.channel()).arg(self.redis.message(&self.names.topic) + ONE);
            for key in keys {
                forget.key(self.names.value(key.clone())).arg(key);
            }
            if self.redis.run::<()>(&forget).await.is_none() {
                self.names.owed.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

/// What the cache is called in Redis, and what it owes there.
struct Names {
    topic: String,
    epoch: String,
    value_prefix: String,
    scripts: Scripts,
    /// Invalidations that Redis has not confirmed.
    owed: AtomicU64,
}

struct Scripts {
    fetch: Script,
    store: Script,
    forget: Script,
    clear: Script,
}

impl Names {
    fn new(redis: &Redis, name: &str, version: u32) -> Names {
        Names {
            topic: name.to_owned(),
            epoch: redis.key(&format!("{name}:epoch")),
            value_prefix: redis.key(&format!("{name}:{version}:")),
            scripts: Scripts {
                fetch: Script::new(include_str!("lua/fetch.lua")),
                store: Script::new(include_str!("lua/store.lua")),
                forget: Script::new(include_str!("lua/forget.lua")),
                clear: Script::new(include_str!("lua/clear.lua")),
            },
            owed: AtomicU64::new(0),
        }
    }

    fn value(&self, key: Vec<u8>) -> Vec<u8> {
        [self.value_prefix.as_bytes(), &key].concat()
    }

    fn owes(&self) -> bool {
        self.owed.load(Ordering::SeqCst) > 0
    }

    /// Pays what is owed, too, if nothing more comes up meanwhile.
    async fn clear(&self, redis: &Redis) {
        let owed = self.owed.load(Ordering::SeqCst);
        let mut clear = self.scripts.clear.key(&self.epoch);
        clear.arg(redis.channel()).arg(redis.message(&self.topic) + ALL);
        if redis.run::<()>(&clear).await.is_none() {
            self.owed.fetch_add(1, Ordering::SeqCst);
            return;
        }
        let _ = self.owed.compare_exchange(owed, 0, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Hears what the other processes forget.
struct Ear<K, V> {
    memory: Memory<K, V>,
    names: Arc<Names>,
}

impl<K, V> Listener for Ear<K, V>
where
    K: Key,
    V: Clone + Send + Sync + 'static,
{
    fn heard(&self, message: &[u8]) {
        let key = message.strip_prefix(ONE.as_bytes()).and_then(K::from_bytes);
        match key {
            Some(key) => self.memory.invalidate_now(&key),
            // All of it, or what only a newer version of the shop can read.
            None => self.memory.clear(),
        }
    }

    fn missed(&self) {
        self.memory.clear();
    }

    fn remind(&self, redis: &Redis) {
        if self.names.owes() {
            let (names, redis) = (Arc::clone(&self.names), redis.clone());
            tokio::spawn(async move { names.clear(&redis).await });
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
