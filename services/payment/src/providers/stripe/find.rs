//! Finds intents again: by the id that was noted, or by our metadata on Stripe's own list.
//!
//! The list tells what was written a moment ago; Stripe's search does not, so a miss there proves nothing and it is only
//! asked when the list is too long, <https://docs.stripe.com/search#data-freshness>.

use std::time::Duration;

use souk_types::{PaymentId, Timestamp};

use super::super::{ListPage, ListUnknown, ProviderPayment};
use super::Stripe;
use super::api::Reply;
use super::objects::{Intent, List, PAYMENT, StripeRefund};
use super::store;

/// The most that Stripe sends at once.
const PAGE: usize = 100;
/// Pages of one stretch of time that are read before it is cut into shorter ones.
const PAGES_MAX: usize = 5;
/// An intent is made within moments of our row; a request that got lost may be made again a little later.
const MADE_BEFORE: Duration = Duration::from_secs(120);
const MADE_AFTER: Duration = Duration::from_secs(1_800);
/// Stretches of time that one page of the comparison may take.
const STRETCHES_MAX: usize = 64;
const FIRST_STRETCH_S: i64 = 3_600;
/// A first comparison does not go back further: what is older is compared when it changes with us.
const LOOK_BACK: Duration = Duration::from_secs(30 * 86_400);
/// Refunds of one intent, in pages.
const REFUND_PAGES_MAX: usize = 10;

/// The intents of a stretch of time, or that there are too many.
enum Stretch {
    Whole(Vec<Intent>),
    TooMany,
}

impl Stripe {
    /// The id of a payment's intent; `None` when Stripe has none.
    pub(super) async fn intent_id(&self, payment: PaymentId) -> Reply<Option<String>> {
        match store::intent_of(&self.db, payment).await {
            Ok(Some(intent)) => return Reply::Done(Some(intent)),
            Ok(None) => {}
            Err(error) => return Reply::Unknown(error.to_string()),
        }
        match self.search(payment).await {
            Reply::Done(found) => Reply::Done(found.map(|intent| intent.id)),
            Reply::Refused(refusal) => Reply::Refused(refusal),
            Reply::Unknown(why) => Reply::Unknown(why),
        }
    }

    /// A payment's intent with its charge.
    pub(super) async fn find(&self, payment: PaymentId) -> Reply<Option<Intent>> {
        let intent = match self.intent_id(payment).await {
            Reply::Done(Some(intent)) => intent,
            Reply::Done(None) => return Reply::Done(None),
            Reply::Refused(refusal) => return Reply::Refused(refusal),
            Reply::Unknown(why) => return Reply::Unknown(why),
        };
        let query = vec![("expand[]", "latest_charge".to_owned())];
        match self.api.get::<Intent>(&format!("/v1/payment_intents/{intent}"), query).await {
            Reply::Done(intent) if intent.is(payment) => Reply::Done(Some(intent)),
            Reply::Done(intent) => Reply::Unknown(format!("{} is not of this payment", intent.id)),
            // It was noted, so it exists: another account's key cannot see it.
            Reply::Refused(refusal) => {
                Reply::Unknown(format!("{intent} is not to be seen: {}", refusal.kind))
            }
            Reply::Unknown(why) => Reply::Unknown(why),
        }
    }

    /// Looks on the list around the time of our row, which stands in its id.
    async fn search(&self, payment: PaymentId) -> Reply<Option<Intent>> {
        let made_at = made_at(payment);
        let (from, to) = (seconds(made_at.minus(MADE_BEFORE)), seconds(made_at.plus(MADE_AFTER)));
        let found = match self.stretch(from, to).await {
            Err(why) => return Reply::Unknown(why),
            Ok(Stretch::Whole(intents)) => intents.into_iter().find(|intent| intent.is(payment)),
            Ok(Stretch::TooMany) => {
                let query = vec![("query", format!("metadata['{PAYMENT}']:'{payment}'"))];
                match self.api.get::<List<Intent>>("/v1/payment_intents/search", query).await {
                    Reply::Done(list) => match list.data.into_iter().find(|intent| intent.is(payment)) {
                        Some(intent) => Some(intent),
                        None => return Reply::Unknown("not to be found yet".to_owned()),
                    },
                    Reply::Refused(refusal) => return Reply::Unknown(refusal.kind),
                    Reply::Unknown(why) => return Reply::Unknown(why),
                }
            }
        };
        if let Some(intent) = &found {
            self.note(payment, &intent.id).await;
        }
        Reply::Done(found)
    }

    /// Everything made from `from` until before `to`, in seconds.
    async fn stretch(&self, from: i64, to: i64) -> Result<Stretch, String> {
        let mut intents: Vec<Intent> = Vec::new();
        for _ in 0..PAGES_MAX {
            let mut query = vec![
                ("created[gte]", from.to_string()),
                ("created[lt]", to.to_string()),
                ("limit", PAGE.to_string()),
                ("expand[]", "data.latest_charge".to_owned()),
            ];
            if let Some(last) = intents.last() {
                query.push(("starting_after", last.id.clone()));
            }
            match self.api.get::<List<Intent>>("/v1/payment_intents", query).await {
                Reply::Done(list) => {
                    let more = list.has_more && !list.data.is_empty();
                    intents.extend(list.data);
                    if !more {
                        return Ok(Stretch::Whole(intents));
                    }
                }
                Reply::Refused(refusal) => return Err(refusal.kind),
                Reply::Unknown(why) => return Err(why),
            }
        }
        Ok(Stretch::TooMany)
    }

    /// Oldest first, by the time at which they were made. Stripe lists the newest first and knows no time of change, so
    /// time is walked through in stretches that fit; what changes later is told by webhooks, and compared when it changes
    /// with us.
    pub(super) async fn list_page(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown> {
        let now = self.clock.now();
        let mut from = seconds(page.since.max(now.minus(LOOK_BACK)));
        let end = seconds(now) + 1;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let mut stretch = FIRST_STRETCH_S;
        let mut found: Vec<ProviderPayment> = Vec::new();
        for _ in 0..STRETCHES_MAX {
            if from >= end || found.len() >= limit {
                break;
            }
            let to = from.saturating_add(stretch).min(end);
            match self.stretch(from, to).await.map_err(ListUnknown)? {
                Stretch::Whole(intents) => {
                    let ours = intents.iter().filter(|intent| intent.reference().is_some());
                    let read = ours.filter_map(|intent| intent.for_shop(&self.config.confirm_url));
                    found.extend(read.filter(|payment| comes_after(payment, page)));
                    from = to;
                    stretch = stretch.saturating_mul(4);
                }
                Stretch::TooMany if stretch == 1 => {
                    return Err(ListUnknown("more intents in one second than can be read".to_owned()));
                }
                Stretch::TooMany => stretch = (to - from).div_euclid(8).max(1),
            }
        }
        found.sort_by(|a, b| (a.updated_at, &a.reference).cmp(&(b.updated_at, &b.reference)));
        found.truncate(limit);
        Ok(found)
    }

    pub(super) async fn refunds_of(&self, intent: &str) -> Result<Vec<StripeRefund>, String> {
        let mut refunds: Vec<StripeRefund> = Vec::new();
        for _ in 0..REFUND_PAGES_MAX {
            let mut query = vec![("payment_intent", intent.to_owned()), ("limit", PAGE.to_string())];
            if let Some(last) = refunds.last() {
                query.push(("starting_after", last.id.clone()));
            }
            match self.api.get::<List<StripeRefund>>("/v1/refunds", query).await {
                Reply::Done(list) => {
                    let more = list.has_more && !list.data.is_empty();
                    refunds.extend(list.data);
                    if !more {
                        return Ok(refunds);
                    }
                }
                Reply::Refused(refusal) => return Err(refusal.kind),
                Reply::Unknown(why) => return Err(why),
            }
        }
        Err(format!("{intent} has more refunds than are read"))
    }
}

fn comes_after(payment: &ProviderPayment, page: &ListPage) -> bool {
    if payment.updated_at != page.since {
        return payment.updated_at > page.since;
    }
    page.after.as_ref().is_none_or(|after| payment.reference > *after)
}

/// When our row was made: a UUIDv7 begins with it.
fn made_at(payment: PaymentId) -> Timestamp {
    let PaymentId(id) = payment;
    let (seconds, nanos) = id.get_timestamp().map_or((0, 0), |timestamp| timestamp.to_unix());
    let millis = seconds.saturating_mul(1000).saturating_add(u64::from(nanos) / 1_000_000);
    Timestamp(i64::try_from(millis).unwrap_or(i64::MAX))
}

fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1000)
}
