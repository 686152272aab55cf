//! Saves anew the products on which something shows that was changed elsewhere, so that pages and the search index
//! hear of it. A bounded number at a time.

use souk_db::batch;
use souk_rpc::{Context, Error};

use super::saved;
use crate::Deps;
use crate::store::{products, touches};

const AT_A_TIME: u32 = 200;

/// One pass. Answers how many products were waiting.
pub(crate) async fn touch_products(deps: &Deps) -> Result<usize, Error> {
    let cx = Context::system("product.touch_products");
    let waiting = touches::next(&deps.db, AT_A_TIME).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let now = deps.clock.now();
    let found = products::get_many(&deps.db, &waiting).await?;
    let mut commits = Vec::with_capacity(waiting.len());
    for id in &waiting {
        let batch = match found.iter().find(|product| product.id == *id) {
            Some(product) => {
                let mut product = product.clone();
                product.touch(now);
                batch![touches::done(*id), products::update_row(&product), saved(&cx, deps, &product)]
            }
            None => batch![touches::done(*id)],
        };
        commits.push(deps.db.commit(&cx, batch));
    }
    for outcome in futures::future::join_all(commits).await {
        match outcome {
            // An editor was faster; it stays noted for the next pass.
            Err(error) if error.is_lost_race() => {}
            outcome => drop(outcome?),
        }
    }
    deps.pages.forget(&found).await;
    Ok(waiting.len())
}
