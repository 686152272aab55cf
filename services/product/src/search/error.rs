//! Why the index did not answer.

use souk_rpc::Error;

/// What can go wrong: the disk, the index, or a cursor that nobody gave out.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("the search index failed: {0}")]
    Index(#[from] tantivy::TantivyError),
    #[error("the search index cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    #[error("the cursor is not one that this search gave out")]
    Cursor,
}

impl From<SearchError> for Error {
    fn from(error: SearchError) -> Error {
        match error {
            SearchError::Cursor => {
                Error::invalid("?cursor", "cursor", "is not a cursor that this search gave out")
            }
            SearchError::Index(_) | SearchError::Io(_) => Error::internal(error),
        }
    }
}
