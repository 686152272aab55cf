//! The search index of the catalog: full text with facets over tantivy, in a folder of its own.
//!
//! The index is a copy that can be thrown away: what is missing, damaged or of an older schema is made anew and
//! asks to be filled ([`SearchIndex::needs_rebuild`]). Nothing here knows the database, the bus or the runtime.
//!
//! Architecture invariants: every method blocks (a commit waits for the disk), so async callers go through
//! `spawn_blocking`. No query language is parsed anywhere: any text a shopper types is just words. Every matching
//! product is looked at once, which is what makes totals and facets exact.

mod analyze;
mod collect;
mod completions;
mod document;
mod error;
mod facets;
mod filters;
mod kinship;
mod open;
mod proximity;
mod query;
mod ranking;
mod schema;
mod spelling;
#[cfg(test)]
mod tests;
mod unwanted;
mod words;

pub use document::{IndexChange, ProductDoc};
pub use error::SearchError;
pub use query::{
    AttributeFacet, CategoryCount, Facets, PriceRange, SearchQuery, SearchResults, Sort, ValueCount,
};

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use tantivy::indexer::LogMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument};

use analyze::Analyzer;
use schema::Fields;

pub type Result<T> = std::result::Result<T, SearchError>;

/// How the index behaves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchConfig {
    /// Memory of the writer while it writes, in megabytes. 15 is the least it works with.
    pub writer_memory_mb: usize,
    /// Values that a facet shows at most; the most frequent come first.
    pub facet_values_max: usize,
}

impl Default for SearchConfig {
    fn default() -> SearchConfig {
        SearchConfig { writer_memory_mb: 15, facet_values_max: 50 }
    }
}

/// The index of one process. Searches run side by side; changes go in one after the other.
pub struct SearchIndex {
    dir: PathBuf,
    config: SearchConfig,
    index: Index,
    reader: IndexReader,
    fields: Fields,
    analyzer: Analyzer,
    incomplete: AtomicBool,
    writing: Mutex<()>,
}

impl SearchIndex {
    /// Opens the index in `dir`. One that is missing, damaged or of another version is made anew, empty.
    pub fn open(dir: &Path, config: &SearchConfig) -> Result<SearchIndex> {
        let (index, complete) = open::open_or_create(dir)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(SearchIndex {
            dir: dir.to_owned(),
            config: config.clone(),
            fields: Fields::of(&index.schema())?,
            analyzer: Analyzer::default(),
            index,
            reader,
            incomplete: AtomicBool::new(!complete),
            writing: Mutex::new(()),
        })
    }

    /// Whether products may be missing: the index was made anew and nobody has said [`Self::mark_rebuilt`] since.
    pub fn needs_rebuild(&self) -> bool {
        self.incomplete.load(Ordering::Relaxed)
    }

    /// Every product has been put in. Survives a restart.
    pub fn mark_rebuilt(&self) -> Result<()> {
        open::write_state(&self.dir, true)?;
        self.incomplete.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Empties the index and asks for a rebuild.
    pub fn clear(&self) -> Result<()> {
        open::write_state(&self.dir, false)?;
        self.incomplete.store(true, Ordering::Relaxed);
        self.write(|writer| {
            writer.delete_all_documents()?;
            Ok(())
        })
    }

    /// Puts products in, replacing what is there under the same id, and takes others out; all of it in one durable
    /// commit that the next search sees. Repeating it changes nothing. Of several changes to one product the last
    /// one counts.
    pub fn apply(&self, changes: Vec<IndexChange>) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        self.write(|writer| {
            for change in changes {
                writer.delete_term(self.fields.id_term(change.product()));
                if let IndexChange::Put(product) = change {
                    writer.add_document(document::to_tantivy(&self.fields, &product))?;
                }
            }
            Ok(())
        })
    }

    /// Answers a query. Any text is fine; only a made-up cursor is refused.
    pub fn search(&self, query: &SearchQuery) -> Result<SearchResults> {
        let searcher = self.reader.searcher();
        collect::search(&searcher, &self.fields, &self.analyzer, query, self.config.facet_values_max)
    }

    /// How many products are in it.
    pub fn len(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The writer lives for one commit: its arena is given back at once, so an idle shop does not pay for it.
    fn write(&self, change: impl FnOnce(&mut IndexWriter<TantivyDocument>) -> Result<()>) -> Result<()> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let memory_bytes = self.config.writer_memory_mb.max(15) * 1_000_000;
        let mut writer = self.index.writer_with_num_threads(1, memory_bytes)?;
        writer.set_merge_policy(Box::new(merge_policy()));
        change(&mut writer)?;
        writer.commit()?;
        writer.wait_merging_threads()?;
        self.reader.reload()?;
        Ok(())
    }
}

/// Small segments are merged soon, since most commits hold a handful of products; big ones rarely.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_min_layer_size(1_000);
    policy.set_max_docs_before_merge(200_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
