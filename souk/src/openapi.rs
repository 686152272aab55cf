//! The description of the whole API: what each service says of itself, merged.
//!
//! A service describes the routes that it has built, and it is built on a database. Where services are missing,
//! they are built on empty databases in a folder that is thrown away, and nothing of them is started.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use souk_app::Service;
use souk_rpc::InternalSecret;
use souk_types::{Chance, Clock};
use utoipa::openapi::OpenApi;

use crate::plumbing::{Around, plumb};
use crate::wiring::{self, Wired, World};
use crate::{DataDir, Role, ShopConfig};

/// Merges what these services say of themselves.
pub(crate) fn merged(services: &[Service]) -> OpenApi {
    let mut merged = OpenApi::default();
    for service in services {
        merged.merge(service.public.get_openapi().clone());
    }
    merged
}

/// The descriptions of all services, for a process in which some of them do not run.
pub(crate) async fn of_all_services(around: &World) -> Result<OpenApi> {
    let world = throwaway(&around.data.scratch(), around.dev)?;
    let wired = wiring::wire(&world, &Role::SERVICES).await?;
    let merged = merged(&wired.services);
    clear_away(&world, wired.dbs).await?;
    Ok(merged)
}

/// With the gateway's own routes, as `/openapi.json` of a shop gives it out.
pub(crate) async fn complete() -> Result<OpenApi> {
    let world = throwaway(&std::env::temp_dir().join(format!("souk-openapi-{}", std::process::id())), false)?;
    let Wired { services, contracts, dbs, redis, .. } = wiring::wire(&world, &Role::SERVICES).await?;
    let around =
        Around { render: Arc::new(String::new), closing: Default::default(), receives: false, redis };
    let plumbed = Box::pin(plumb(&world, &Role::ALL, services, &contracts, &around)).await?;
    clear_away(&world, dbs).await?;
    plumbed.openapi.context("the gateway describes the whole")
}

fn throwaway(folder: &Path, dev: bool) -> Result<World> {
    Ok(World {
        config: Arc::new(ShopConfig::default()),
        data: DataDir::open(folder)?,
        clock: Clock::system(),
        chance: Chance::system(),
        secret: InternalSecret::new("nobody listens here"),
        internal_listen: None,
        remotes: Default::default(),
        dev,
    })
}

async fn clear_away(world: &World, dbs: Vec<souk_db::Db>) -> Result<()> {
    for db in dbs {
        db.close().await;
    }
    let folder = world.data.path();
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Merging keeps the first of two schemas of one name, and the other service's replies would not fit it.
    #[tokio::test]
    async fn a_name_means_the_same_in_every_service() {
        let folder = std::env::temp_dir().join(format!("souk-names-{}", std::process::id()));
        let world = throwaway(&folder, true).expect("a folder");
        let Wired { services, dbs, .. } = wiring::wire(&world, &Role::SERVICES).await.expect("services");
        let mut known = BTreeMap::new();
        for service in &services {
            let components = service.public.get_openapi().components.clone().unwrap_or_default();
            for (name, schema) in components.schemas {
                let schema = serde_json::to_value(schema).expect("JSON");
                let (first, meant) = known.entry(name.clone()).or_insert((service.name, schema.clone()));
                assert_eq!(*meant, schema, "{name} is something else in {first} than in {}", service.name);
            }
        }
        clear_away(&world, dbs).await.expect("an empty folder");
    }
}
