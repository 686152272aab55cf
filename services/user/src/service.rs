//! What the other services ask: a line per method.

use async_trait::async_trait;
use souk_contract::Done;
use souk_contract::user::{Authenticate, CreateStaff, Customer, GetCustomer, Principal, StaffCreated, User};
use souk_rpc::{Context, Error};

use crate::{Deps, flows, store};

pub(crate) struct UserService {
    pub(crate) deps: Deps,
}

#[async_trait]
impl User for UserService {
    async fn authenticate(&self, _cx: &Context, request: Authenticate) -> Result<Principal, Error> {
        flows::authenticate::authenticate(&self.deps, &request.token).await
    }

    async fn customer(&self, _cx: &Context, request: GetCustomer) -> Result<Customer, Error> {
        let user = store::users::get(&self.deps.db, request.user).await?;
        let user = user.ok_or_else(|| Error::not_found("user"))?;
        Ok(Customer {
            id: user.id,
            email: user.email,
            name: user.name,
            email_verified: user.email_verified,
            locale: user.locale,
        })
    }

    async fn create_staff(&self, cx: &Context, request: CreateStaff) -> Result<StaffCreated, Error> {
        flows::hire::from_console(cx, &self.deps, request).await
    }

    async fn ping(&self, _cx: &Context, _request: Done) -> Result<Done, Error> {
        store::users::answers(&self.deps.db).await?;
        Ok(Done {})
    }
}
