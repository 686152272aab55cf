//! What commands speak to: the shop that is running here, or one opened for as long as the command takes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use souk_contract::Done;
use souk_contract::order::Order;
use souk_contract::product::Product;
use souk_contract::user::User;
use souk_rpc::{Context, Remote, RemoteConfig};

use crate::config::Database;
use crate::wiring::World;
use crate::{Role, Shop};

/// An import of many rows takes its time.
const CALL_TIME: Duration = Duration::from_secs(120);
/// Finding out whether anybody is there does not.
const LOOK_TIME: Duration = Duration::from_secs(2);

/// The contracts that commands use, wherever the services run.
pub struct Console {
    pub product: Arc<dyn Product>,
    pub order: Arc<dyn Order>,
    pub user: Arc<dyn User>,
    opened: Option<Shop>,
}

impl Console {
    /// Finds the running shop by the notes in its data folder, or, where replicas have folders of their own, by the
    /// configuration; opens the databases itself when there is none.
    pub async fn connect(world: World) -> Result<Console> {
        if world.data.running().is_empty() && !is_served_elsewhere(&world).await {
            let shop = Shop::start_behind_closed_doors(world).await?;
            let (product, user) = (Arc::clone(&shop.contracts.product), Arc::clone(&shop.contracts.user));
            let order = Arc::clone(&shop.contracts.order);
            return Ok(Console { product, order, user, opened: Some(shop) });
        }
        let config = RemoteConfig { timeout: CALL_TIME, ..RemoteConfig::default() };
        let remote = |role: Role| -> Result<Arc<Remote>> {
            let here = world.data.running_at(role);
            // Where each replica has a folder of its own, the others are where the configuration says.
            let urls = if here.is_empty() { world.config.peers.urls(role) } else { &here };
            Ok(Arc::new(Remote::pool(role.name(), urls, world.secret.clone(), config)?))
        };
        let (product, user): (Arc<dyn Product>, Arc<dyn User>) =
            (remote(Role::Product)?, remote(Role::User)?);
        let order: Arc<dyn Order> = remote(Role::Order)?;
        let missing = |role: Role| format!("the shop is running, but its role `{role}` does not answer");
        product.ping(&Context::system("console"), Done {}).await.with_context(|| missing(Role::Product))?;
        user.ping(&Context::system("console"), Done {}).await.with_context(|| missing(Role::User))?;
        Ok(Console { product, order, user, opened: None })
    }

    /// Lets a shop that was opened for the command finish its work, and closes it.
    pub async fn finish(self) -> Result<()> {
        if let Some(shop) = self.opened {
            shop.settle(Duration::from_secs(120)).await?;
            shop.stop().await;
        }
        Ok(())
    }
}

/// Whether replicas on other machines, or in other folders, serve this shop.
async fn is_served_elsewhere(world: &World) -> bool {
    if matches!(world.config.database, Database::Sqlite) {
        return false;
    }
    let config = RemoteConfig { timeout: LOOK_TIME, attempts_max: 1, ..RemoteConfig::default() };
    let urls = world.config.peers.urls(Role::Product);
    let Ok(remote) = Remote::pool(Role::Product.name(), urls, world.secret.clone(), config) else {
        return false;
    };
    let product: &dyn Product = &remote;
    product.ping(&Context::system("console"), Done {}).await.is_ok()
}
