//! Warehouses and shops. A location is never deleted, since movements name it; it is made inactive.

use souk_rpc::Context;
use souk_types::LocationId;

use crate::Deps;
use crate::error::ProductError;
use crate::store::locations::{self, Location};

/// What staff state about a location.
#[derive(Debug, Clone)]
pub(crate) struct LocationContent {
    pub name: String,
    pub rank: i64,
    pub active: bool,
}

pub(crate) async fn create_location(
    cx: &Context,
    deps: &Deps,
    code: String,
    content: LocationContent,
) -> Result<Location, ProductError> {
    let LocationContent { name, rank, active } = content;
    let id = LocationId::new(&deps.chance, deps.clock.now());
    let location = Location { id, code, name, rank, active, version: 1 };
    match deps.db.commit(cx, locations::insert(&location)).await {
        Err(error) if error.is_unique(locations::INSERT) => Err(ProductError::CodeTaken(location.code)),
        outcome => outcome.map(|_| location).map_err(ProductError::from),
    }
}

pub(crate) async fn revise_location(
    cx: &Context,
    deps: &Deps,
    id: LocationId,
    version: i64,
    content: LocationContent,
) -> Result<Location, ProductError> {
    let before = locations::get(&deps.db, id).await?.ok_or(ProductError::NotFound("location"))?;
    let stale = |current| ProductError::Stale { what: "the location", current };
    if before.version != version {
        return Err(stale(before.version));
    }
    let LocationContent { name, rank, active } = content;
    let location = Location { name, rank, active, version: before.version + 1, ..before };
    match deps.db.commit(cx, locations::update(&location)).await {
        Err(error) if error.is_lost_race() => Err(stale(location.version)),
        outcome => outcome.map(|_| location).map_err(ProductError::from),
    }
}
