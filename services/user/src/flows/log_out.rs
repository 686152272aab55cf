//! Ends sessions: at once, since every authentication reads them.

use souk_rpc::{Context, Error};

use super::signed_in;
use crate::Deps;
use crate::store::sessions;

/// Ends the session that asks. Ending it again changes nothing.
pub(crate) async fn here(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let (_, session) = signed_in(cx)?;
    deps.db.commit(cx, sessions::end(session)).await?;
    Ok(())
}

/// Ends every session of the user who asks.
pub(crate) async fn everywhere(cx: &Context, deps: &Deps) -> Result<(), Error> {
    let (user, _) = signed_in(cx)?;
    deps.db.commit(cx, sessions::end_all(user)).await?;
    Ok(())
}
