//! Keeps a user's address book.

use souk_app::Rules;
use souk_contract::Address;
use souk_rpc::{Context, Error};
use souk_types::{AddressId, UserId};

use super::{retrying, signed_in};
use crate::Deps;
use crate::domain::{AddressBook, Entry};
use crate::error::refused;
use crate::store::addresses;

pub(crate) async fn list(cx: &Context, deps: &Deps) -> Result<Vec<Entry>, Error> {
    let (user, _) = signed_in(cx)?;
    Ok(book(deps, user).await?.entries)
}

pub(crate) async fn get(cx: &Context, deps: &Deps, id: AddressId) -> Result<Entry, Error> {
    let (user, _) = signed_in(cx)?;
    book(deps, user).await?.find(id).cloned().ok_or_else(|| Error::not_found("address"))
}

pub(crate) async fn add(
    cx: &Context,
    deps: &Deps,
    address: Address,
    as_default: bool,
) -> Result<Entry, Error> {
    let (user, _) = signed_in(cx)?;
    check(&address)?;
    let entries_max = usize::try_from(deps.config.addresses_max).unwrap_or(usize::MAX);
    retrying(|| async {
        let mut book = book(deps, user).await?;
        let now = deps.clock.now();
        let id = AddressId::new(&deps.chance, now);
        let entry = book.add(id, address.clone(), as_default, entries_max, now).map_err(refused)?;
        deps.db.commit(cx, addresses::save(user, &book, Some(&entry), None)).await?;
        Ok(entry)
    })
    .await
}

pub(crate) async fn change(
    cx: &Context,
    deps: &Deps,
    id: AddressId,
    address: Address,
    as_default: Option<bool>,
) -> Result<Entry, Error> {
    let (user, _) = signed_in(cx)?;
    check(&address)?;
    retrying(|| async {
        let mut book = book(deps, user).await?;
        let entry = book.change(id, address.clone(), as_default).map_err(refused)?;
        deps.db.commit(cx, addresses::save(user, &book, Some(&entry), None)).await?;
        Ok(entry)
    })
    .await
}

pub(crate) async fn remove(cx: &Context, deps: &Deps, id: AddressId) -> Result<(), Error> {
    let (user, _) = signed_in(cx)?;
    retrying(|| async {
        let mut book = book(deps, user).await?;
        book.remove(id).map_err(refused)?;
        deps.db.commit(cx, addresses::save(user, &book, None, Some(id))).await?;
        Ok(())
    })
    .await
}

async fn book(deps: &Deps, user: UserId) -> Result<AddressBook, Error> {
    addresses::book(&deps.db, user).await?.ok_or_else(Error::unauthenticated)
}

fn check(address: &Address) -> Result<(), Error> {
    let mut rules = Rules::new();
    rules.all(address.check("address"));
    rules.check()
}
