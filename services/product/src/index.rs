//! The search index of this process, opened when it is first needed.
//!
//! Opening, searching and committing block, so they run on threads of their own. Whoever writes also reads the
//! database under the same lock: otherwise a rebuild could put back what an event has just taken out.

use std::path::PathBuf;
use std::sync::Arc;

use souk_rpc::Error;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::search::{IndexChange, SearchConfig, SearchIndex, SearchQuery, SearchResults};

pub(crate) struct CatalogIndex {
    dir: PathBuf,
    config: SearchConfig,
    opened: OnceCell<Arc<SearchIndex>>,
    writing: Mutex<()>,
}

impl CatalogIndex {
    pub(crate) fn new(dir: PathBuf, config: SearchConfig) -> CatalogIndex {
        CatalogIndex { dir, config, opened: OnceCell::new(), writing: Mutex::new(()) }
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

    async fn open(&self) -> Result<Arc<SearchIndex>, Error> {
        let open = || async {
            let (dir, config) = (self.dir.clone(), self.config.clone());
            blocking(move || Ok(Arc::new(SearchIndex::open(&dir, &config)?))).await
        };
        self.opened.get_or_try_init(open).await.cloned()
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::internal(error)))
}
