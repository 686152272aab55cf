//! Writes down what was used since the last time.

use souk_db::Batch;
use souk_rpc::{Context, Error};

use crate::Deps;
use crate::store::{api_keys, sessions};

/// Statements of one commit.
const BATCH_MAX: usize = 200;

pub(crate) async fn write(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let noted = deps.touches.take();
    let sessions =
        noted.sessions.into_iter().map(|(id, seen)| sessions::touch(id, seen.seen_at, seen.expires_at));
    let keys = noted.keys.into_iter().map(|(id, used_at)| api_keys::touch(id, used_at));
    let mut statements = sessions.chain(keys).peekable();
    while statements.peek().is_some() {
        let batch: Batch = statements.by_ref().take(BATCH_MAX).collect();
        deps.db.commit(cx, batch).await?;
    }
    Ok(())
}
