//! Makes somebody staff: a new user, or one that is there.

use souk_app::Rules;
use souk_contract::user::{CreateStaff, StaffCreated};
use souk_db::{Batch, batch};
use souk_rpc::{Context, Error, Permission};
use souk_types::UserId;

use super::staff::grantable;
use super::{checks, retrying};
use crate::Deps;
use crate::domain::{EmailKey, Member, Roster, RosterError, User, granted};
use crate::error::{email_unverified, refused};
use crate::store::mail_requests::{self, MailRequest, RequestKind};
use crate::store::{sessions, staff, users};

/// A staff member as they are now.
pub(crate) struct Hired {
    pub user: User,
    pub member: Member,
}

/// Over HTTP, by somebody who has what they grant. A new user is asked to verify the address.
pub(crate) async fn by_staff(cx: &Context, deps: &Deps, new: CreateStaff) -> Result<Hired, Error> {
    let password_hash = check(deps, &new).await?;
    let hired = retrying(|| async {
        let mut roster = staff::roster(&deps.db).await?;
        let (user, makes_user) = match users::by_email(&deps.db, &EmailKey::of(&new.email)).await? {
            // Whoever registered somebody else's address beforehand must not become staff by it.
            Some(user) if !user.email_verified => return Err(email_unverified()),
            Some(user) => (user, Batch::new()),
            None => {
                let user = new_user(deps, &new, password_hash.clone(), false);
                let mail = verification_mail(deps, &user);
                let made = batch![users::insert(&user), mail_requests::insert(&mail)];
                (user, made)
            }
        };
        let by = grantable(cx, &roster);
        let member = hire(deps, &mut roster, user.id, &new, &by)?;
        deps.db.commit(cx, batch![staff::guard(&roster), makes_user, staff::save(&member)]).await?;
        Ok(Hired { user, member })
    });
    let hired = hired.await?;
    deps.mail_asked.notify_one();
    tracing::info!(user.id = %hired.user.id, by = cx.actor(), "staff hired");
    Ok(hired)
}

/// From the console, whose operator vouches for the address. Saying it again changes nothing.
pub(crate) async fn from_console(cx: &Context, deps: &Deps, new: CreateStaff) -> Result<StaffCreated, Error> {
    let password_hash = check(deps, &new).await?;
    retrying(|| async {
        let mut roster = staff::roster(&deps.db).await?;
        let Some(mut user) = users::by_email(&deps.db, &EmailKey::of(&new.email)).await? else {
            let user = new_user(deps, &new, password_hash.clone(), true);
            let member = hire(deps, &mut roster, user.id, &new, Permission::ALL)?;
            let batch = batch![staff::guard(&roster), users::insert(&user), staff::save(&member)];
            deps.db.commit(cx, batch).await?;
            return Ok(StaffCreated { user: user.id, created: true });
        };
        let mut changes = Batch::new();
        let now = deps.clock.now();
        if user.verify_email(now) {
            // Nobody has proved to own the address, so what its registrant knows is worth nothing from now on.
            user.change_password(password_hash.clone(), now);
            changes.extend(batch![users::save(&user), sessions::end_all(user.id)]);
        }
        let permissions = granted(&[], &new.permissions);
        if roster.find(user.id).is_none_or(|member| member.permissions != permissions) {
            let member = match roster.find(user.id) {
                Some(_) => roster.change(user.id, permissions, Permission::ALL).map_err(refused)?,
                None => hire(deps, &mut roster, user.id, &new, Permission::ALL)?,
            };
            changes.extend(batch![staff::guard(&roster), staff::save(&member)]);
        }
        deps.db.commit(cx, changes).await?;
        Ok(StaffCreated { user: user.id, created: false })
    })
    .await
}

async fn check(deps: &Deps, new: &CreateStaff) -> Result<String, Error> {
    let mut rules = Rules::new();
    rules.email("email", &new.email);
    checks::name(&mut rules, "name", &new.name, 200);
    checks::password(&mut rules, "password", &new.password);
    rules.check()?;
    checks::new_password(deps, new.password.clone(), &new.email, &new.name).await
}

fn hire(
    deps: &Deps,
    roster: &mut Roster,
    user: UserId,
    new: &CreateStaff,
    by: &[Permission],
) -> Result<Member, Error> {
    let members_max = usize::try_from(deps.config.staff_max).unwrap_or(usize::MAX);
    let hired: Result<Member, RosterError> =
        roster.hire(user, granted(&[], &new.permissions), by, members_max, deps.clock.now());
    hired.map_err(refused)
}

fn new_user(deps: &Deps, new: &CreateStaff, password_hash: String, email_verified: bool) -> User {
    let now = deps.clock.now();
    User {
        id: UserId::new(&deps.chance, now),
        email: new.email.clone(),
        name: new.name.clone(),
        locale: "en".to_owned(),
        password_hash,
        email_verified,
        version: 1,
        events: 0,
        created_at: now,
        updated_at: now,
    }
}

fn verification_mail(deps: &Deps, user: &User) -> MailRequest {
    MailRequest {
        id: deps.chance.uuid_v7(user.created_at),
        kind: RequestKind::Registration,
        email: EmailKey::of(&user.email),
        candidate: Some(user.id),
        requested_at: user.created_at,
    }
}
