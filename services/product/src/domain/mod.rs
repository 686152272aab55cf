//! The rules of the catalog and the warehouse: pure, without I/O.

pub mod attribute;
pub mod category;
pub mod content;
pub mod hold;
pub mod import;
pub mod product;
mod shapes;
pub mod slug;
pub mod sourcing;
pub mod stock;
