//! SQL, and nothing else does it. One file per aggregate; rows become domain types here.

pub(crate) mod categories;
pub(crate) mod collections;
pub(crate) mod holds;
pub(crate) mod imports;
pub(crate) mod index_replicas;
pub(crate) mod listing;
pub(crate) mod locations;
pub(crate) mod movements;
pub(crate) mod offers;
pub(crate) mod products;
pub(crate) mod stock;
pub(crate) mod touches;
pub(crate) mod variants;
