//! The search index of this process, opened when it is first needed.
//!
//! Opening, searching and committing block, so they run on threads of their own. Whoever writes also reads the
//! database under the same lock: otherwise a rebuild could put back what an event has just taken out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use souk_rpc::Error;
use souk_types::Chance;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use uuid::Uuid;

use crate::search::{IndexChange, SearchConfig, SearchIndex, SearchQuery, SearchResults};

/// Who this index is among those of the other replicas; it stays with the folder and is lost with the index.
const REPLICA: &str = "souk-replica";

pub(crate) struct CatalogIndex {
    dir: PathBuf,
    config: SearchConfig,
    opened: OnceCell<Arc<SearchIndex>>,
    replica: OnceCell<Uuid>,
    writing: Mutex<()>,
}

impl CatalogIndex {
    pub(crate) fn new(dir: PathBuf, config: SearchConfig) -> CatalogIndex {
        CatalogIndex {
            dir,
            config,
            opened: OnceCell::new(),
            replica: OnceCell::new(),
            writing: Mutex::new(()),
        }
    }

    pub(crate) async fn search(&self, query: SearchQuery) -> Result<SearchResults, Error> {
        let index = self.open().await?;
        blocking(move || index.search(&query).map_err(Error::from)).await
    }

    /// Hold it from reading the database until the changes are applied.
    pub(crate) async fn writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().await
    }

    /// One durable commit; needs the guard of [`CatalogIndex::writing`].
    pub(crate) async fn apply(
        &self,
        _writing: &MutexGuard<'_, ()>,
        changes: Vec<IndexChange>,
    ) -> Result<(), Error> {
        let index = self.open().await?;
        blocking(move || index.apply(changes).map_err(Error::from)).await
    }

    pub(crate) async fn needs_rebuild(&self) -> Result<bool, Error> {
        Ok(self.open().await?.needs_rebuild())
    }

    pub(crate) async fn mark_rebuilt(&self) -> Result<(), Error> {
        let index = self.open().await?;
        blocking(move || index.mark_rebuilt().map_err(Error::from)).await
    }

    /// Empties the index, so that it is filled anew.
    pub(crate) async fn clear(&self) -> Result<(), Error> {
        let _writing = self.writing().await;
        let index = self.open().await?;
        blocking(move || index.clear().map_err(Error::from)).await
    }

    /// Whether every product is in it: it is open and nothing is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.opened.get().is_some_and(|index| !index.needs_rebuild())
    }

    /// The name of this index among those of the other replicas.
    pub(crate) async fn replica(&self, chance: &Chance) -> Result<Uuid, Error> {
        let read = || async {
            // Opening empties the folder of an index that is of no use, with the name in it.
            self.open().await?;
            let (path, fresh) = (self.dir.join(REPLICA), chance.uuid_v4());
            blocking(move || read_or_write(&path, fresh).map_err(Error::internal)).await
        };
        self.replica.get_or_try_init(read).await.copied()
    }

    async fn open(&self) -> Result<Arc<SearchIndex>, Error> {
        let open = || async {
            let (dir, config) = (self.dir.clone(), self.config.clone());
            blocking(move || Ok(Arc::new(SearchIndex::open(&dir, &config)?))).await
        };
        self.opened.get_or_try_init(open).await.cloned()
    }
}

fn read_or_write(path: &Path, fresh: Uuid) -> std::io::Result<Uuid> {
    let known = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
    if let Some(known) = known {
        return Ok(known);
    }
    // A name that is lost again in a power cut costs one more filling of the index.
    std::fs::write(path, fresh.to_string())?;
    Ok(fresh)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::internal(error)))
}
