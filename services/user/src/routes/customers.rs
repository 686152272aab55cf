//! The shop's customers, for staff.

use axum::extract::State;
use serde::Deserialize;
use souk_app::Rules;
use souk_app::http::{Json, Problems, Query};
use souk_rpc::{Context, Error, Permission};
use souk_types::{Page, UserId};
use utoipa::IntoParams;

use super::fields::EmailAddress;
use super::views::CustomerView;
use crate::domain::EmailKey;
use crate::{Deps, store};

/// Which customers.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichCustomers {
    /// Only the one with this address.
    email: Option<EmailAddress>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists users, newest first.
#[utoipa::path(get, path = "/v1/admin/customers", operation_id = "list_customers", tag = "admin",
    params(WhichCustomers),
    responses((status = 200, description = "A page of users.", body = Page<CustomerView>), Problems),
    security(("bearer" = []), ("cookie" = [])))]
pub(crate) async fn list_customers(
    State(deps): State<Deps>,
    cx: Context,
    Query(which): Query<WhichCustomers>,
) -> Result<Json<Page<CustomerView>>, Error> {
    cx.require(Permission::CustomersRead)?;
    let (limit, after) = super::page_of::<UserId>(which.limit, which.cursor.as_deref())?;
    if let Some(email) = &which.email {
        let mut rules = Rules::new();
        rules.email("?email", &email.0);
        rules.check()?;
    }
    let email = which.email.as_ref().map(|email| EmailKey::of(&email.0));
    let users = store::users::list(&deps.db, email.as_ref(), after, limit + 1).await?;
    Ok(Json(Page::cut(users, limit, |user| user.id).map(CustomerView::from)))
}
