//! Removes what has expired, in small bites so that nobody waits for it.

use souk_db::Statement;
use souk_rpc::{Context, Error};

use crate::Deps;
use crate::store::{login_failures, mail_tokens, sessions};

/// Rows of one bite.
const BITE: i64 = 500;
/// Bites of one pass and table; the next pass goes on.
const BITES_MAX: usize = 40;

pub(crate) async fn prune(cx: &Context, deps: &Deps) -> Result<(), Error> {
    deps.mails.shrink();
    let now = deps.clock.now();
    let window_start = now.minus(deps.config.login_window());
    bites(cx, deps, || sessions::prune(now, BITE)).await?;
    bites(cx, deps, || mail_tokens::prune(now, BITE)).await?;
    bites(cx, deps, || login_failures::prune(window_start, BITE)).await
}

async fn bites(cx: &Context, deps: &Deps, bite: impl Fn() -> Statement) -> Result<(), Error> {
    for _ in 0..BITES_MAX {
        let statement = bite();
        let name = statement.name;
        let removed = deps.db.commit(cx, statement).await?.affected(name);
        if removed < BITE.unsigned_abs() {
            return Ok(());
        }
    }
    Ok(())
}
