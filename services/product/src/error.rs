//! Why the catalog or the warehouse refuses: the only mapping to [`souk_rpc::Error`].

use souk_db::DbError;
use souk_rpc::Error;
use souk_types::OrderId;

use crate::domain::category::Misplaced;

/// What can go wrong in a flow of this service.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProductError {
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The editor has not seen the latest version.
    #[error("{what} is at version {current} now; read it again and repeat the change")]
    Stale { what: &'static str, current: i64 },
    #[error("the slug `{0}` belongs to something else")]
    SlugTaken(String),
    #[error("the SKU `{0}` belongs to another variant")]
    SkuTaken(String),
    #[error("{0}")]
    Misplaced(#[from] Misplaced),
    #[error("the category still has {0}; move or remove them first")]
    CategoryInUse(&'static str),
    #[error("the location code `{0}` is taken")]
    CodeTaken(String),
    #[error("units are promised that are not there; backorder stays on until they have arrived")]
    BackorderInUse,
    #[error("that many units are not there, or are promised to buyers")]
    StockPromised,
    #[error("order {0} gave its stock up before it was held")]
    HoldReleased(OrderId),
    #[error("order {0} has nothing allocated that this parcel could hold")]
    NotAllocated(OrderId),
    /// Another editor, buyer or worker was faster, again and again.
    #[error("too many changed it at the same moment; try again")]
    Contended,
    /// The request breaks rules; each is named.
    #[error("{0}")]
    Refused(Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ProductError {
    /// Read again, decide again.
    pub fn is_lost_race(&self) -> bool {
        matches!(self, ProductError::Db(error) if error.is_lost_race())
    }
}

impl From<Error> for ProductError {
    fn from(error: Error) -> ProductError {
        ProductError::Refused(error)
    }
}

impl From<ProductError> for Error {
    fn from(error: ProductError) -> Error {
        let detail = error.to_string();
        match error {
            ProductError::NotFound(what) => Error::not_found(what),
            ProductError::Stale { .. } => Error::conflict("version_stale", detail),
            ProductError::SlugTaken(_) => Error::conflict("slug_taken", detail),
            ProductError::SkuTaken(_) => Error::conflict("sku_taken", detail),
            ProductError::Misplaced(_) => Error::conflict("category_misplaced", detail),
            ProductError::CategoryInUse(_) => Error::conflict("category_in_use", detail),
            ProductError::CodeTaken(_) => Error::conflict("location_code_taken", detail),
            ProductError::BackorderInUse => Error::conflict("backorder_in_use", detail),
            ProductError::StockPromised => Error::conflict("stock_promised", detail),
            ProductError::HoldReleased(_) => Error::conflict("hold_released", detail),
            ProductError::NotAllocated(_) => Error::conflict("not_allocated", detail),
            ProductError::Contended => Error::unavailable(detail),
            ProductError::Refused(error) => error,
            ProductError::Db(error) => error.into(),
        }
    }
}
