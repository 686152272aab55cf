//! Registers a user. A known address takes the same steps and gets the same answer; its owner is told by mail.

use souk_app::Rules;
use souk_db::batch;
use souk_rpc::{Context, Error};
use souk_types::UserId;

use super::{ask_for_mail, checks};
use crate::Deps;
use crate::domain::{EmailKey, User};
use crate::store::mail_requests::{self, MailRequest, RequestKind};
use crate::store::users;

/// What somebody who wants an account fills in.
pub(crate) struct Registration {
    pub email: String,
    pub password: String,
    pub name: String,
    pub locale: String,
}

pub(crate) async fn register(cx: &Context, deps: &Deps, registration: Registration) -> Result<(), Error> {
    let Registration { email, password, name, locale } = registration;
    let mut rules = Rules::new();
    rules.email("email", &email);
    checks::password(&mut rules, "password", &password);
    checks::name(&mut rules, "name", &name, 200);
    checks::locale(&mut rules, "locale", &locale);
    rules.check()?;

    let key = EmailKey::of(&email);
    ask_for_mail::limit(deps, &key).await?;
    let password_hash = checks::new_password(deps, password, &email, &name).await?;
    let now = deps.clock.now();
    let user = User {
        id: UserId::new(&deps.chance, now),
        email,
        name,
        locale,
        password_hash,
        email_verified: false,
        version: 1,
        events: 0,
        created_at: now,
        updated_at: now,
    };
    let request = MailRequest {
        id: deps.chance.uuid_v7(now),
        kind: RequestKind::Registration,
        email: key,
        candidate: Some(user.id),
        requested_at: now,
    };
    // The same batch for a known address: the first statement then does nothing, and only the mail will differ.
    deps.db.commit(cx, batch![users::register(&user), mail_requests::insert(&request)]).await?;
    deps.mail_asked.notify_one();
    Ok(())
}
