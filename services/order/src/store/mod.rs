//! SQL, and nothing else: one file per aggregate. Statements for a batch, and reads.

pub(crate) mod carts;
pub(crate) mod checkouts;
pub(crate) mod orders;
pub(crate) mod shipments;
pub(crate) mod timeline;
