//! Proves that a user owns their address, by the token that was mailed there.

use souk_db::batch;
use souk_rpc::{Context, Error};

use super::retrying;
use crate::Deps;
use crate::domain::{SecretKind, TokenHash};
use crate::error::token_invalid;
use crate::store::mail_tokens::{self, MailKind};
use crate::store::users;

pub(crate) async fn verify_email(cx: &Context, deps: &Deps, token: &str) -> Result<(), Error> {
    if SecretKind::of(token) != Some(SecretKind::Verification) {
        return Err(token_invalid());
    }
    let token = TokenHash::of(token);
    retrying(|| async {
        let now = deps.clock.now();
        let holder = mail_tokens::holder(&deps.db, MailKind::Verification, token, now).await?;
        let holder = holder.ok_or_else(token_invalid)?;
        let mut user = users::get(&deps.db, holder).await?.ok_or_else(token_invalid)?;
        let saved = user.verify_email(now).then(|| users::save(&user));
        let others = mail_tokens::revoke(user.id, MailKind::Verification);
        deps.db.commit(cx, batch![mail_tokens::use_up(token), others, saved]).await?;
        Ok(())
    })
    .await
}
