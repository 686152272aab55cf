//! The rules of the shop in this process: read once, used by every pricing, told anew when staff change them.
//!
//! What is remembered may be a few seconds old at another replica; a checkout therefore names the version of the
//! rules that its one read has found, and gets rules that are at least as new.

use std::sync::Arc;
use std::time::Duration;

use souk_cache::{Cache, Cached, Capacity};
use souk_types::{PromotionId, UserId};

use crate::Deps;
use crate::domain::cart::Cart;
use crate::domain::pricing::{PromotionSet, UsedUp, UsesLeft};
use crate::error::OrderError;
use crate::store;
use crate::store::promotions::Use;

/// Who has not been told asks again after so long.
const LIFETIME: Duration = Duration::from_secs(10);
/// There is one set of rules.
const KEY: [u8; 1] = [0];

/// The compiled promotions, kept in process.
#[derive(Clone)]
pub(crate) struct Promotions(Arc<Cached<[u8; 1], Known>>);

#[derive(Clone)]
struct Known {
    version: i64,
    set: Arc<PromotionSet>,
}

impl Promotions {
    pub(crate) fn new(cache: &Cache) -> Promotions {
        Promotions(Arc::new(Cached::told(cache, "order.promotions", Capacity::Entries(1), LIFETIME)))
    }

    pub(crate) async fn get(&self, deps: &Deps) -> Result<Arc<PromotionSet>, OrderError> {
        Ok(self.known(deps).await?.set)
    }

    /// At least as new as `version`.
    pub(crate) async fn at(&self, deps: &Deps, version: i64) -> Result<Arc<PromotionSet>, OrderError> {
        let known = self.known(deps).await?;
        if known.version >= version {
            return Ok(known.set);
        }
        self.forget().await;
        Ok(self.known(deps).await?.set)
    }

    /// After staff have changed one, here and at every replica.
    pub(crate) async fn forget(&self) {
        self.0.invalidate(&KEY).await;
    }

    async fn known(&self, deps: &Deps) -> Result<Known, OrderError> {
        let load = async {
            let (version, promotions) = store::promotions::all(&deps.db).await?;
            Ok::<_, OrderError>(Known { version, set: Arc::new(PromotionSet::new(promotions)) })
        };
        self.0.try_get_with(&KEY, load).await
    }
}

/// As counters know a buyer: the user, or the guest's address.
pub(crate) fn customer_key(user: Option<UserId>, email: Option<&str>) -> Option<String> {
    match (user, email) {
        (Some(user), _) => Some(format!("user:{user}")),
        (None, email) => email.map(|email| format!("email:{}", email.to_lowercase())),
    }
}

/// Which promotions have no use left. A cart that no limited promotion has a say about costs no read.
pub(crate) async fn used_up(
    deps: &Deps,
    set: &PromotionSet,
    cart: &Cart,
    buyer: Option<UserId>,
) -> Result<UsesLeft, OrderError> {
    let limited = set.candidates(&cart.details.codes).filter(|promotion| promotion.is_limited());
    let limited: Vec<_> = limited.collect();
    if limited.is_empty() {
        return Ok(UsesLeft::new());
    }
    let customer = customer_key(buyer, cart.details.email.as_deref()).unwrap_or_default();
    let ids: Vec<PromotionId> = limited.iter().map(|promotion| promotion.id).collect();
    let uses = store::promotions::uses(&deps.db, ids, &customer).await?;
    let mut used_up = UsesLeft::new();
    for promotion in limited {
        let found = uses.iter().find(|(id, ..)| *id == promotion.id);
        let (by_all, by_customer) = found.map_or((0, 0), |(_, all, customer)| (*all, *customer));
        let reached = |uses: i64, most: Option<u32>| most.is_some_and(|most| uses >= i64::from(most));
        if reached(by_all, promotion.rule.uses_max) {
            used_up.insert(promotion.id, UsedUp::ByAll);
        } else if reached(by_customer, promotion.rule.uses_per_customer_max) {
            used_up.insert(promotion.id, UsedUp::ByCustomer);
        }
    }
    Ok(used_up)
}

/// The uses that an order with these promotions takes.
pub(crate) fn uses_of(
    set: &PromotionSet,
    codes: &[String],
    applied: &[crate::domain::pricing::Applied],
    customer: &str,
) -> Vec<Use> {
    let counted = set.candidates(codes).filter(|promotion| {
        promotion.is_limited() && applied.iter().any(|applied| applied.promotion == promotion.id)
    });
    counted
        .map(|promotion| Use {
            promotion: promotion.id,
            customer: customer.to_owned(),
            per_customer_max: promotion.rule.uses_per_customer_max,
        })
        .collect()
}
