//! SQL, and nothing else: one file per aggregate. Statements for a batch, and reads.

pub mod carts;
pub mod checkouts;
pub mod orders;
pub mod shipments;
pub mod timeline;
