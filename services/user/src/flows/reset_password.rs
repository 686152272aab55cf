//! Sets a new password by the token that was mailed. It ends every session and proves the address.

use souk_app::Rules;
use souk_contract::events::PasswordChanged;
use souk_db::batch;
use souk_rpc::{Context, Error};

use super::{checks, emit, retrying};
use crate::Deps;
use crate::domain::{EmailKey, SecretKind, TokenHash, User};
use crate::error::token_invalid;
use crate::store::mail_tokens::{self, MailKind};
use crate::store::{login_failures, sessions, users};

pub(crate) async fn reset_password(
    cx: &Context,
    deps: &Deps,
    token: &str,
    password: String,
) -> Result<(), Error> {
    let mut rules = Rules::new();
    checks::password(&mut rules, "password", &password);
    rules.check()?;
    if SecretKind::of(token) != Some(SecretKind::PasswordReset) {
        return Err(token_invalid());
    }
    let token = TokenHash::of(token);
    let user = holder(deps, token).await?;
    let password_hash = checks::new_password(deps, password, &user.email, &user.name).await?;
    retrying(|| async {
        let mut user = holder(deps, token).await?;
        let now = deps.clock.now();
        user.verify_email(now);
        user.change_password(password_hash.clone(), now);
        let User { id, email, name, locale, .. } = user.clone();
        let changed = PasswordChanged { user: id, email, name, locale };
        let batch = batch![
            mail_tokens::use_up(token),
            mail_tokens::revoke(user.id, MailKind::PasswordReset),
            mail_tokens::revoke(user.id, MailKind::Verification),
            users::save(&user),
            sessions::end_all(user.id),
            login_failures::clear(&EmailKey::of(&user.email)),
            emit(cx, deps, &user, &changed),
        ];
        deps.db.commit(cx, batch).await?;
        Ok(())
    })
    .await
}

async fn holder(deps: &Deps, token: TokenHash) -> Result<User, Error> {
    let holder = mail_tokens::holder(&deps.db, MailKind::PasswordReset, token, deps.clock.now()).await?;
    let holder = holder.ok_or_else(token_invalid)?;
    users::get(&deps.db, holder).await?.ok_or_else(token_invalid)
}
