//! Keeps the search index of every replica up with the catalog. An event reaches one replica; that one asks the others,
//! by rows in the database they share, to look at the same products.
//!
//! On SQLite there is one process, so none of this happens.

use std::time::Duration;

use souk_db::Dialect;
use souk_rpc::{Context, Error};
use souk_types::ProductId;

use super::index_products::{index, rebuild};
use crate::Deps;
use crate::store::index_replicas::{self, Todo};

/// Products that go into one commit of the index.
const AT_A_TIME: u32 = 256;
/// A replica that was not seen for so long is told nothing more. If it comes back it fills its index anew.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

fn alone(deps: &Deps) -> bool {
    deps.db.dialect() == Dialect::Sqlite
}

/// Asks the other replicas to look at these products. The events must not count as done before.
pub(crate) async fn ask_others(deps: &Deps, products: &[ProductId]) -> Result<(), Error> {
    if alone(deps) {
        return Ok(());
    }
    let me = deps.index.replica(&deps.chance).await?;
    let ask = index_replicas::ask_others(me, products);
    // Not in the context of an event: several share this commit.
    Ok(deps.db.commit(&Context::system("product.search"), ask).await.map(drop)?)
}

/// Looks at what other replicas have asked for.
pub(crate) async fn follow(deps: &Deps) -> Result<(), Error> {
    if alone(deps) {
        return Ok(());
    }
    let me = deps.index.replica(&deps.chance).await?;
    loop {
        let todos = index_replicas::next(&deps.db, me, AT_A_TIME).await?;
        if todos.is_empty() {
            return Ok(());
        }
        let products: Vec<ProductId> = todos.iter().map(|todo: &Todo| todo.product).collect();
        index(deps, &products).await?;
        deps.db.commit(&Context::system("product.follow_catalog"), index_replicas::done(me, &todos)).await?;
    }
}

/// Says that this replica is there, and fills its index where it may lack something: when it was made anew, or when
/// the replica was away for too long. From its registration on it is asked for every change, so that what the
/// filling has passed already comes again.
pub(crate) async fn keep_complete(deps: &Deps) -> Result<(), Error> {
    if !alone(deps) {
        register(deps).await?;
    }
    rebuild(deps).await
}

async fn register(deps: &Deps) -> Result<(), Error> {
    let cx = Context::system("product.keep_index");
    let me = deps.index.replica(&deps.chance).await?;
    let now = deps.clock.now();
    match deps.db.commit(&cx, index_replicas::seen(me, now)).await {
        Ok(_) => {}
        Err(error) if error.is_guard(index_replicas::SEEN) => {
            // First the index asks to be filled, which a crash does not undo; then the replica is known.
            deps.index.clear().await?;
            deps.db.commit(&cx, index_replicas::register(me, now)).await?;
        }
        Err(error) => return Err(error.into()),
    }
    let forget = index_replicas::forget(now.minus(FORGOTTEN_AFTER));
    Ok(deps.db.commit(&cx, forget).await.map(drop)?)
}
