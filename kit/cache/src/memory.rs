//! The cache inside the process, on moka.
//!
//! moka alone would keep what a load brings even if the key was invalidated while it ran, and would hand it
//! to whoever asks meanwhile: an editor who saves and reads again would see the old page. So each value
//! carries the count of invalidations from before its load, and a value that was overtaken is not kept.

use std::borrow::Borrow;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use moka::ops::compute::{CompResult, Op};

use crate::Capacity;
use crate::invalidations::Invalidations;

pub(crate) struct Memory<K, V> {
    entries: moka::future::Cache<K, Entry<V>>,
    invalidations: Arc<Invalidations>,
}

type Builder<K, V> = moka::future::CacheBuilder<K, Entry<V>, moka::future::Cache<K, Entry<V>>>;

#[derive(Clone)]
struct Entry<V> {
    loaded: Loaded<V>,
    /// The key's count of invalidations when the load began.
    loaded_at: u64,
}

/// What a load brings.
#[derive(Clone)]
pub(crate) struct Loaded<V> {
    pub(crate) value: V,
    /// How long it still lives, for a value that has lived in Redis before.
    pub(crate) left: Option<Duration>,
}

impl<V> From<V> for Loaded<V> {
    fn from(value: V) -> Loaded<V> {
        Loaded { value, left: None }
    }
}

/// A value, and where this caller got it from.
pub(crate) enum Found<V> {
    /// From this process, or by waiting for somebody else's load.
    Kept(V),
    /// From Redis.
    Brought(V),
    /// By this caller's load.
    Loaded(V),
}

impl<V> Found<V> {
    pub(crate) fn into_value(self) -> V {
        match self {
            Found::Kept(value) | Found::Brought(value) | Found::Loaded(value) => value,
        }
    }
}

impl<K, V> Memory<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(name: &str, capacity: Capacity<K, V>, lifetime: Duration) -> Memory<K, V> {
        Memory::over(Memory::builder(name, capacity, lifetime))
    }

    /// In front of Redis: what comes from there lives only as long as it would have lived there.
    pub(crate) fn in_front(name: &str, capacity: Capacity<K, V>, lifetime: Duration) -> Memory<K, V> {
        Memory::over(Memory::builder(name, capacity, lifetime).expire_after(WhatIsLeft))
    }

    fn builder(name: &str, capacity: Capacity<K, V>, lifetime: Duration) -> Builder<K, V> {
        let builder = moka::future::Cache::builder().name(name).time_to_live(lifetime);
        match capacity {
            Capacity::Entries(max) => builder.max_capacity(max),
            Capacity::Bytes { max, weigh } => {
                builder.max_capacity(max).weigher(move |key, entry: &Entry<V>| {
                    u32::try_from(weigh(key, &entry.loaded.value)).unwrap_or(u32::MAX)
                })
            }
        }
    }

    fn over(builder: Builder<K, V>) -> Memory<K, V> {
        Memory { entries: builder.build(), invalidations: Arc::new(Invalidations::new()) }
    }

    pub(crate) async fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get(key).await.map(|entry| entry.loaded.value)
    }

    /// For a key that [`get`](Memory::get) has not found.
    pub(crate) async fn load_with<Q, E>(
        &self,
        key: &Q,
        load: impl Future<Output = Result<Loaded<V>, E>>,
    ) -> Result<Found<V>, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
        E: Clone + Send + Sync + 'static,
    {
        let asked_at = self.invalidations.count(key);
        let mut load = Some(load);
        loop {
            let entry = self.entries.try_get_with_by_ref(key, self.load(key, &mut load)).await;
            let Entry { loaded, loaded_at } = entry.map_err(|error: Arc<E>| Arc::unwrap_or_clone(error))?;
            if load.is_none() {
                if loaded_at != self.invalidations.count(key) {
                    self.entries.invalidate(key).await;
                }
                let Loaded { value, left } = loaded;
                return Ok(if left.is_some() { Found::Brought(value) } else { Found::Loaded(value) });
            }
            if loaded_at >= asked_at {
                return Ok(Found::Kept(loaded.value));
            }
            // Somebody else's load, begun before the key was invalidated: too old for whoever asks now.
            self.entries.invalidate(key).await;
        }
    }

    /// Puts another value in the place of the one that is here, or `None`, unless `is_fresh` says that it is still good.
    /// Whoever asks for the same key waits, and finds what the first has brought. `None` when nothing is here, or when
    /// what is here was invalidated meanwhile; a failed renewal leaves it as it is.
    pub(crate) async fn renew_with<Q, E>(
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
        let asked_at = self.invalidations.count(key);
        let is_overtaken = || asked_at != self.invalidations.count(key);
        let renewal = self.entries.entry_by_ref(key).and_try_compute_with(async |here| {
            let Some(aged) = here.map(|entry| entry.into_value().loaded.value) else { return Ok(Op::Nop) };
            if is_fresh(&aged) {
                return Ok(Op::Nop);
            }
            match renew(aged).await? {
                Some(value) if !is_overtaken() => {
                    Ok(Op::Put(Entry { loaded: value.into(), loaded_at: asked_at }))
                }
                _ => Ok(Op::Remove),
            }
        });
        let found = match Box::pin(renewal).await? {
            CompResult::Unchanged(entry) | CompResult::Inserted(entry) | CompResult::ReplacedWith(entry) => {
                entry
            }
            CompResult::Removed(_) | CompResult::StillNone(_) => return Ok(None),
        };
        if is_overtaken() {
            self.entries.invalidate(key).await;
            return Ok(None);
        }
        Ok(Some(found.into_value().loaded.value))
    }

    pub(crate) async fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.invalidations.add(key);
        self.entries.invalidate(key).await;
    }

    /// For whoever cannot wait. moka takes the entry out at its first poll and waits only to note that down, which
    /// it makes up for later.
    pub(crate) fn invalidate_now(&self, key: &K) {
        self.invalidations.add(key);
        let begun = self.entries.invalidate(key).now_or_never();
        // Still there: moka had to note something else down before it could begin.
        if begun.is_none() && self.entries.contains_key(key) {
            self.entries.invalidate_all();
        }
    }

    pub(crate) fn clear(&self) {
        self.invalidations.add_all();
        self.entries.invalidate_all();
    }

    /// Runs `load` and leaves `None` in its place; unless polled, it leaves it alone.
    async fn load<Q, E>(
        &self,
        key: &Q,
        load: &mut Option<impl Future<Output = Result<Loaded<V>, E>>>,
    ) -> Result<Entry<V>, E>
    where
        Q: Hash + ?Sized,
    {
        let loaded_at = self.invalidations.count(key);
        let load = load.take().expect("moka polls only one of the loads it is given, and that one once");
        Ok(Entry { loaded: load.await?, loaded_at })
    }
}

/// Beside the cache's lifetime, which holds for every entry.
struct WhatIsLeft;

impl<K, V> moka::Expiry<K, Entry<V>> for WhatIsLeft {
    fn expire_after_create(&self, _: &K, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        entry.loaded.left
    }

    fn expire_after_update(
        &self,
        _: &K,
        entry: &Entry<V>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        entry.loaded.left
    }
}

impl<K, V> Clone for Memory<K, V> {
    fn clone(&self) -> Self {
        Memory { entries: self.entries.clone(), invalidations: Arc::clone(&self.invalidations) }
    }
}
