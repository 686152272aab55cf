//! One cached thing: its name, its bound, its lifetime, and how to get it.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::future::Future;
use std::hash::Hash;
use std::time::Duration;

use metrics::Counter;
use souk_redis::Redis;

use crate::memory::{Found, Memory};
use crate::redis::Layered;
use crate::{Codec, Key};

/// Where cached things are kept. A closed set: each variant is a file of this crate.
#[derive(Clone, Default)]
pub enum Cache {
    /// In this process. Replicas do not see each other's invalidations, so lifetimes bound how old a value gets.
    #[default]
    Memory,
    /// In this process, and behind that in Redis: replicas share values and hear each other's invalidations.
    Redis(Redis),
}

impl From<Option<Redis>> for Cache {
    fn from(redis: Option<Redis>) -> Cache {
        redis.map_or(Cache::Memory, Cache::Redis)
    }
}

/// How much a cache may hold in this process. The least recently and least often used go first.
pub enum Capacity<K, V> {
    Entries(u64),
    /// `weigh` says how many bytes an entry takes; what lies around it is not counted.
    Bytes {
        max: u64,
        weigh: fn(&K, &V) -> usize,
    },
}

/// Values of one kind under their keys. Cloning it shares it; values should be cheap to clone (`Bytes`, `Arc`).
///
/// ```
/// # use std::time::Duration;
/// # use souk_cache::{Cache, Cached, Capacity, Codec};
/// let codec = Codec {
///     version: 1,
///     encode: |page: &String| page.as_bytes().to_vec(),
///     decode: |bytes| String::from_utf8(bytes.to_vec()).ok(),
/// };
/// let (capacity, minute) = (Capacity::Entries(10_000), Duration::from_secs(60));
/// let pages: Cached<String, String> = Cached::shared(&Cache::Memory, "product.page", capacity, minute, codec);
/// ```
pub struct Cached<K, V> {
    store: Store<K, V>,
    hits: Counter,
    redis_hits: Counter,
    misses: Counter,
}

enum Store<K, V> {
    Memory(Memory<K, V>),
    Redis(Layered<K, V>),
}

impl<K, V> Cached<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cached thing of this process alone, whatever the others do. `name` is its label in the metrics
    /// `souk_cache_hits_total`, `souk_cache_redis_hits_total` and `souk_cache_misses_total`, so the metrics recorder
    /// must be installed before.
    pub fn local(name: &'static str, capacity: Capacity<K, V>, lifetime: Duration) -> Cached<K, V> {
        Cached::over(name, Store::Memory(Memory::new(name, capacity, lifetime)))
    }

    /// The values stay in this process; what one replica invalidates, all forget.
    pub fn told(
        cache: &Cache,
        name: &'static str,
        capacity: Capacity<K, V>,
        lifetime: Duration,
    ) -> Cached<K, V>
    where
        K: Key,
    {
        Cached::declare(cache, name, capacity, lifetime, None)
    }

    /// Replicas share the values too, in Redis.
    pub fn shared(
        cache: &Cache,
        name: &'static str,
        capacity: Capacity<K, V>,
        lifetime: Duration,
        codec: Codec<V>,
    ) -> Cached<K, V>
    where
        K: Key,
    {
        Cached::declare(cache, name, capacity, lifetime, Some(codec))
    }

    fn declare(
        cache: &Cache,
        name: &'static str,
        capacity: Capacity<K, V>,
        lifetime: Duration,
        codec: Option<Codec<V>>,
    ) -> Cached<K, V>
    where
        K: Key,
    {
        let store = match cache {
            Cache::Memory => Store::Memory(Memory::new(name, capacity, lifetime)),
            Cache::Redis(redis) => {
                let memory = Memory::in_front(name, capacity, lifetime);
                Store::Redis(Layered::new(redis.clone(), memory, name, lifetime, codec))
            }
        };
        Cached::over(name, store)
    }

    fn over(name: &'static str, store: Store<K, V>) -> Cached<K, V> {
        Cached {
            store,
            hits: metrics::counter!("souk_cache_hits_total", "cache" => name),
            redis_hits: metrics::counter!("souk_cache_redis_hits_total", "cache" => name),
            misses: metrics::counter!("souk_cache_misses_total", "cache" => name),
        }
    }

    /// The value, if this process has it.
    pub async fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.memory().get(key).await;
        if found.is_some() {
            self.hits.increment(1)
        } else {
            self.misses.increment(1)
        }
        found
    }

    /// The value, loaded if it is not here. Many who ask at once wait for one load.
    pub async fn get_with<Q>(&self, key: &Q, load: impl Future<Output = V>) -> V
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
    {
        let loaded: Result<V, Infallible> = self.try_get_with(key, async { Ok(load.await) }).await;
        match loaded {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Like [`get_with`](Cached::get_with). A failed load is not kept: those who waited for it share the error,
    /// and the next one tries again.
    pub async fn try_get_with<Q, E>(&self, key: &Q, load: impl Future<Output = Result<V, E>>) -> Result<V, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
        E: Clone + Send + Sync + 'static,
    {
        if let Some(value) = self.memory().get(key).await {
            self.hits.increment(1);
            return Ok(value);
        }
        // Boxed, since every layer below would hold it once more, and so is whatever only Redis needs: otherwise
        // each hit, too, would carry the room for it.
        let load = Box::pin(load);
        let found = match &self.store {
            Store::Memory(memory) => memory.load_with(key, async { Ok(load.await?.into()) }).await,
            Store::Redis(layered) => Box::pin(layered.load_with(key, load)).await,
        };
        match &found {
            Ok(Found::Kept(_)) => self.hits.increment(1),
            Ok(Found::Brought(_)) => self.redis_hits.increment(1),
            Ok(Found::Loaded(_)) | Err(_) => self.misses.increment(1),
        }
        found.map(Found::into_value)
    }

    /// The value that is here, after `renew` has made a new one of it, or `None`, unless `is_fresh` says that it is
    /// still good. Those who ask at once wait for one renewal. `None`: nothing is here, or it was invalidated
    /// meanwhile. A failed renewal leaves the old value where it is.
    pub async fn renew_with<Q, E>(
        &self,
        key: &Q,
        is_fresh: impl Fn(&V) -> bool,
        renew: impl AsyncFnOnce(V) -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
        E: Send + Sync + 'static,
    {
        self.memory().renew_with(key, is_fresh, renew).await
    }

    /// Forgets the value, and whatever a load that is already running will bring. When it comes back, the other
    /// replicas have been told, if Redis answers.
    pub async fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
    {
        self.invalidate_each([key]).await;
    }

    /// Forgets several values while waiting once.
    pub async fn invalidate_each<'q, Q>(&self, keys: impl IntoIterator<Item = &'q Q>)
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized + 'q,
    {
        match &self.store {
            Store::Memory(memory) => {
                for key in keys {
                    memory.invalidate(key).await;
                }
            }
            Store::Redis(layered) => {
                let keys: Vec<K> = keys.into_iter().map(ToOwned::to_owned).collect();
                Box::pin(layered.invalidate(&keys)).await;
            }
        }
    }

    /// Forgets everything, here and at the other replicas.
    pub async fn clear(&self) {
        match &self.store {
            Store::Memory(memory) => memory.clear(),
            Store::Redis(layered) => Box::pin(layered.clear()).await,
        }
    }

    /// Whether other replicas' invalidations are heard.
    pub fn is_told(&self) -> bool {
        matches!(self.store, Store::Redis(_))
    }

    fn memory(&self) -> &Memory<K, V> {
        match &self.store {
            Store::Memory(memory) => memory,
            Store::Redis(layered) => layered.memory(),
        }
    }
}

impl<K, V> Clone for Cached<K, V> {
    fn clone(&self) -> Self {
        let store = match &self.store {
            Store::Memory(memory) => Store::Memory(memory.clone()),
            Store::Redis(layered) => Store::Redis(layered.clone()),
        };
        Cached {
            store,
            hits: self.hits.clone(),
            redis_hits: self.redis_hits.clone(),
            misses: self.misses.clone(),
        }
    }
}
