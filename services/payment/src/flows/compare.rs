//! Compares a provider's record with ours, both ways, and files what differs. Money of theirs that we know nothing
//! of, and money of ours that they know nothing of, is found here at the latest.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use souk_rpc::{Context, Error};
use souk_types::{PaymentId, Timestamp};
use uuid::Uuid;

use super::{drive, file, learn};
use crate::Deps;
use crate::domain::answers::{Found, ProviderPayment};
use crate::domain::compare::{Difference, UNKNOWN_TO_PROVIDER, UNKNOWN_TO_US, difference};
use crate::domain::{Payment, State, Step};
use crate::providers::{ListPage, PaymentProvider};
use crate::store;

const PAGE: u32 = 500;
/// One comparison covers so many pages of changes; the next goes on from there.
const PAGES_MAX: usize = 20;
const RECHECKED_MAX: u32 = 200;

/// One comparison with every provider.
pub(crate) async fn compare_all(cx: &Context, deps: &Deps) -> Result<(), Error> {
    for name in deps.providers.names() {
        if let Some(provider) = deps.providers.get(name)
            && let Err(error) = compare(cx, deps, name, provider).await
        {
            tracing::warn!(provider = name, %error, "records could not be compared, the next pass tries again");
        }
    }
    Ok(())
}

async fn compare(cx: &Context, deps: &Deps, name: &str, provider: &dyn PaymentProvider) -> Result<(), Error> {
    recheck(cx, deps, name, provider).await?;
    let since = store::exceptions::compared_until(&deps.db, name).await?.unwrap_or_default();
    let quiet_since = deps.clock.now().minus(Duration::from_secs(deps.config.reconcile.quiet_s));
    if quiet_since <= since {
        return Ok(());
    }
    let (seen, until) = theirs(cx, deps, name, provider, since, quiet_since).await?;
    ours(cx, deps, name, provider, &seen, (since, until)).await?;
    deps.db.commit(cx, store::exceptions::note_compared(name, until)).await?;
    Ok(())
}

/// Every payment that changed at the provider; answers which were seen, and up to when.
async fn theirs(
    cx: &Context,
    deps: &Deps,
    name: &str,
    provider: &dyn PaymentProvider,
    since: Timestamp,
    until: Timestamp,
) -> Result<(HashSet<PaymentId>, Timestamp), Error> {
    let mut seen = HashSet::new();
    let mut page = ListPage { since, after: None, limit: PAGE };
    for _ in 0..PAGES_MAX {
        let listed = provider.list(&page).await.map_err(|error| Error::unavailable(error.to_string()))?;
        let Some(last) = listed.last() else { return Ok((seen, until)) };
        page = ListPage { since: last.updated_at, after: Some(last.reference.clone()), limit: PAGE };
        let full = listed.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        let ids: Vec<PaymentId> = listed.iter().filter_map(ProviderPayment::id).collect();
        let mut known: HashMap<PaymentId, Payment> = store::payments::by_ids(&deps.db, ids)
            .await?
            .into_iter()
            .map(|payment| (payment.id, payment))
            .collect();
        for found in &listed {
            if found.updated_at >= until {
                return Ok((seen, until));
            }
            let ours = found.id().and_then(|id| known.remove(&id));
            seen.extend(ours.as_ref().map(|payment| payment.id));
            settle(cx, deps, name, &found.reference, ours, Some(found)).await?;
        }
        if !full {
            return Ok((seen, until));
        }
    }
    Ok((seen, page.since))
}

/// Every payment that changed with us and that the provider's list did not mention.
async fn ours(
    cx: &Context,
    deps: &Deps,
    name: &str,
    provider: &dyn PaymentProvider,
    seen: &HashSet<PaymentId>,
    (since, until): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let mut after = (since, PaymentId(Uuid::nil()));
    loop {
        let page = store::payments::changed(&deps.db, name, after, until, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = (last.updated_at, last.id);
        for payment in page.into_iter().filter(|payment| !seen.contains(&payment.id)) {
            check(cx, deps, name, provider, payment).await?;
        }
    }
}

/// Looks again at what differed before.
async fn recheck(cx: &Context, deps: &Deps, name: &str, provider: &dyn PaymentProvider) -> Result<(), Error> {
    for reference in store::exceptions::open_references(&deps.db, name, RECHECKED_MAX).await? {
        let Ok(id) = reference.parse::<PaymentId>() else { continue };
        if let Some(payment) = store::payments::get(&deps.db, id).await? {
            check(cx, deps, name, provider, payment).await?;
        }
    }
    Ok(())
}

async fn check(
    cx: &Context,
    deps: &Deps,
    name: &str,
    provider: &dyn PaymentProvider,
    payment: Payment,
) -> Result<(), Error> {
    let reference = payment.id.to_string();
    match provider.lookup(payment.id).await {
        Found::Payment(found) => settle(cx, deps, name, &reference, Some(payment), Some(&found)).await,
        Found::Nothing => settle(cx, deps, name, &reference, Some(payment), None).await,
        Found::Unknown { .. } => Ok(()),
    }
}

/// Compares one payment. What can be learned from the provider is learned first; what differs then is filed.
async fn settle(
    cx: &Context,
    deps: &Deps,
    name: &str,
    reference: &str,
    ours: Option<Payment>,
    theirs: Option<&ProviderPayment>,
) -> Result<(), Error> {
    let differs = match (ours, theirs) {
        (Some(ours), _) if ours.next_step() != Step::Rest => return Ok(()),
        (Some(ours), Some(theirs)) => match difference(&ours, theirs) {
            None => None,
            Some(differs) => {
                let before = ours.version;
                let ours = learn::take_in(cx, deps, ours, theirs).await?;
                let ours = Box::pin(drive::drive(cx, deps, ours)).await?;
                if ours.version != before {
                    // It changed on both sides, so the next comparison sees it again.
                    return Ok(());
                }
                Some(differs)
            }
        },
        // A no, and a payment that was given up, need not be known there.
        (Some(ours), None) if matches!(ours.state, State::Declined | State::Voided) => None,
        (Some(_), None) => {
            Some(Difference { kind: UNKNOWN_TO_PROVIDER, detail: "no such payment there".to_owned() })
        }
        (None, Some(theirs)) => {
            let detail = format!("{} of {}", theirs.state.as_str(), theirs.amount);
            Some(Difference { kind: UNKNOWN_TO_US, detail })
        }
        (None, None) => None,
    };
    if let Some(found) = differs {
        return file(cx, deps, name, reference, found).await;
    }
    resolve(cx, deps, name, reference).await
}

/// The records agree. Most payments never had an exception, so the write is left out for them.
async fn resolve(cx: &Context, deps: &Deps, name: &str, reference: &str) -> Result<(), Error> {
    if store::exceptions::has_open(&deps.db, name, reference).await? {
        let resolved = store::exceptions::resolve(name, reference, deps.clock.now());
        deps.db.commit(cx, resolved).await?;
    }
    Ok(())
}
