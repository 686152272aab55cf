//! One cached thing: its name, its bound, its lifetime, and how to get it.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::future::Future;
use std::hash::Hash;
use std::time::Duration;

use metrics::Counter;

use crate::memory::{Found, Memory};

/// Where cached things are kept. A closed set: each variant is a file of this crate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cache {
    /// In this process. Replicas do not see each other's invalidations, so lifetimes bound how old a value gets.
    #[default]
    Memory,
}

/// How much a cache may hold. The least recently and least often used go first.
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
/// # use souk_cache::{Cache, Cached, Capacity};
/// let pages: Cached<String, String> =
///     Cached::new(Cache::Memory, "product.page", Capacity::Entries(10_000), Duration::from_secs(60));
/// ```
pub struct Cached<K, V> {
    store: Store<K, V>,
    hits: Counter,
    misses: Counter,
}

enum Store<K, V> {
    Memory(Memory<K, V>),
}

impl<K, V> Cached<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Declares a cached thing. `name` is its label in the metrics `souk_cache_hits_total` and
    /// `souk_cache_misses_total`, so the metrics recorder must be installed before.
    pub fn new(
        cache: Cache,
        name: &'static str,
        capacity: Capacity<K, V>,
        lifetime: Duration,
    ) -> Cached<K, V> {
        let store = match cache {
            Cache::Memory => Store::Memory(Memory::new(name, capacity, lifetime)),
        };
        Cached {
            store,
            hits: metrics::counter!("souk_cache_hits_total", "cache" => name),
            misses: metrics::counter!("souk_cache_misses_total", "cache" => name),
        }
    }

    /// The value, if it is here.
    pub async fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Store::Memory(memory) = &self.store;
        let found = memory.get(key).await;
        self.count(found.is_some());
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
        let Store::Memory(memory) = &self.store;
        let found = memory.try_get_with(key, load).await;
        self.count(matches!(found, Ok(Found::Kept(_))));
        found.map(Found::into_value)
    }

    /// Forgets the value, and whatever a load that is already running will bring.
    pub async fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Store::Memory(memory) = &self.store;
        memory.invalidate(key).await;
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let Store::Memory(memory) = &self.store;
        memory.clear();
    }

    fn count(&self, hit: bool) {
        let counter = if hit { &self.hits } else { &self.misses };
        counter.increment(1);
    }
}

impl<K, V> Clone for Cached<K, V> {
    fn clone(&self) -> Self {
        let Store::Memory(memory) = &self.store;
        Cached { store: Store::Memory(memory.clone()), hits: self.hits.clone(), misses: self.misses.clone() }
    }
}
