//! The cache inside the process, on moka.
//!
//! moka alone would keep what a load brings even if the key was invalidated while it ran, and would hand it
//! to whoever asks meanwhile: an editor who saves and reads again would see the old page. So each value
//! carries the count of invalidations from before its load, and a value that was overtaken is not kept.

use std::borrow::Borrow;
use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use crate::Capacity;
use crate::invalidations::Invalidations;

pub(crate) struct Memory<K, V> {
    entries: moka::future::Cache<K, Entry<V>>,
    invalidations: Arc<Invalidations>,
}

#[derive(Clone)]
struct Entry<V> {
    value: V,
    /// The key's count of invalidations when the load began.
    loaded_at: u64,
}

/// A value, and whether this caller's load brought it.
pub(crate) enum Found<V> {
    Kept(V),
    Loaded(V),
}

impl<V> Found<V> {
    pub(crate) fn into_value(self) -> V {
        match self {
            Found::Kept(value) | Found::Loaded(value) => value,
        }
    }
}

impl<K, V> Memory<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new(name: &str, capacity: Capacity<K, V>, lifetime: Duration) -> Memory<K, V> {
        let builder = moka::future::Cache::builder().name(name).time_to_live(lifetime);
        let builder = match capacity {
            Capacity::Entries(max) => builder.max_capacity(max),
            Capacity::Bytes { max, weigh } => {
                builder.max_capacity(max).weigher(move |key, entry: &Entry<V>| {
                    u32::try_from(weigh(key, &entry.value)).unwrap_or(u32::MAX)
                })
            }
        };
        Memory { entries: builder.build(), invalidations: Arc::new(Invalidations::new()) }
    }

    pub(crate) async fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.entries.get(key).await.map(|entry| entry.value)
    }

    pub(crate) async fn try_get_with<Q, E>(
        &self,
        key: &Q,
        load: impl Future<Output = Result<V, E>>,
    ) -> Result<Found<V>, E>
    where
        K: Borrow<Q>,
        Q: ToOwned<Owned = K> + Hash + Eq + ?Sized,
        E: Clone + Send + Sync + 'static,
    {
        if let Some(value) = self.get(key).await {
            return Ok(Found::Kept(value));
        }
        let asked_at = self.invalidations.count(key);
        let mut load = Some(load);
        loop {
            let entry = self.entries.try_get_with_by_ref(key, self.load(key, &mut load)).await;
            let entry = entry.map_err(|error: Arc<E>| Arc::unwrap_or_clone(error))?;
            if load.is_none() {
                if entry.loaded_at != self.invalidations.count(key) {
                    self.entries.invalidate(key).await;
                }
                return Ok(Found::Loaded(entry.value));
            }
            if entry.loaded_at >= asked_at {
                return Ok(Found::Kept(entry.value));
            }
            // Somebody else's load, begun before the key was invalidated: too old for whoever asks now.
            self.entries.invalidate(key).await;
        }
    }

    pub(crate) async fn invalidate<Q>(&self, key: &Q)
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.invalidations.add(key);
        self.entries.invalidate(key).await;
    }

    pub(crate) fn clear(&self) {
        self.invalidations.add_all();
        self.entries.invalidate_all();
    }

    /// Runs `load` and leaves `None` in its place; unless polled, it leaves it alone.
    async fn load<Q, E>(
        &self,
        key: &Q,
        load: &mut Option<impl Future<Output = Result<V, E>>>,
    ) -> Result<Entry<V>, E>
    where
        Q: Hash + ?Sized,
    {
        let loaded_at = self.invalidations.count(key);
        let load = load.take().expect("moka polls only one of the loads it is given, and that one once");
        Ok(Entry { value: load.await?, loaded_at })
    }
}

impl<K, V> Clone for Memory<K, V> {
    fn clone(&self) -> Self {
        Memory { entries: self.entries.clone(), invalidations: Arc::clone(&self.invalidations) }
    }
}
