//! Takes in what a provider says of a payment: state, ledger and event move together or not at all.

use souk_db::batch;
use souk_rpc::{Context, Error};
use souk_types::{PaymentId, PostingId};

use super::{RACES_MAX, file, pause_after_race};
use crate::Deps;
use crate::domain::answers::ProviderPayment;
use crate::domain::compare::{CONTRADICTION, Difference, STUCK};
use crate::domain::ledger;
use crate::domain::{Fact, Learned, Payment, State, Step, Told};
use crate::store;

/// After so many looks without news, somebody is told.
const STUCK_AFTER_LOOKS: u32 = 8;

/// Takes in one fact. Losing a race means that somebody else learned something: it is read and decided anew.
pub(crate) async fn learn(
    cx: &Context,
    deps: &Deps,
    mut payment: Payment,
    fact: Fact,
    told: Told,
) -> Result<Payment, Error> {
    for races in 1..=RACES_MAX {
        let mut next = payment.clone();
        let now = deps.clock.now();
        let event = match next.learn(fact.clone(), told, now, &deps.pace()) {
            Learned::Nothing => return Ok(payment),
            Learned::Contradiction => {
                let detail = format!("the payment is {}, the provider says {fact:?}", payment.state.as_str());
                let found = Difference { kind: CONTRADICTION, detail };
                file(cx, deps, &payment.provider, &payment.id.to_string(), found).await?;
                return Ok(payment);
            }
            Learned::Moved(event) => event,
        };
        let posting = (next.state == State::Captured)
            .then(|| store::ledger::post(PostingId::new(&deps.chance, now), &ledger::capture(&next), now));
        let committed = deps
            .db
            .commit(
                cx,
                batch![
                    store::payments::save(&next, now),
                    posting.unwrap_or_default(),
                    event.as_ref().map(|event| store::emit(cx, deps, next.events, event)),
                ],
            )
            .await;
        match committed {
            Ok(committed) => {
                next.unwanted = committed
                    .rows(store::payments::SAVE)
                    .first()
                    .map_or(Ok(next.unwanted), |row| row.get(0))?;
                next.version += 1;
                next.updated_at = now;
                note(&next);
                return Ok(next);
            }
            Err(error) if error.is_lost_race() => {
                pause_after_race(deps, races).await;
                payment = reread(deps, payment.id).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::conflict("lost_race", "the payment changes too quickly; try again"))
}

/// Takes in the provider's whole record of a payment.
pub(crate) async fn take_in(
    cx: &Context,
    deps: &Deps,
    mut payment: Payment,
    found: &ProviderPayment,
) -> Result<Payment, Error> {
    for fact in found.facts() {
        if fact == Fact::Authorized && !payment.unwanted && payment.state.is_open() {
            payment.unwanted = another_pays(deps, &payment).await?;
        }
        payment = learn(cx, deps, payment, fact, Told::Nobody).await?;
    }
    Ok(payment)
}

/// One order, one charge: an authorization that arrives after another attempt has the money is one too many.
async fn another_pays(deps: &Deps, payment: &Payment) -> Result<bool, Error> {
    let attempts = store::payments::of_order(&deps.db, payment.order).await?;
    let holds_money = |other: &Payment| {
        other.id != payment.id
            && !other.unwanted
            && (other.state == State::Authorized || other.state.was_captured())
    };
    Ok(attempts.iter().any(holds_money))
}

/// Nothing new was learned: says when to look again, and speaks up when it has taken too long. A wish to capture
/// survives a lost race, unless it was overtaken.
pub(crate) async fn wait(cx: &Context, deps: &Deps, mut payment: Payment) -> Result<Payment, Error> {
    let capturing = payment.capturing;
    for races in 1..=RACES_MAX {
        let now = deps.clock.now();
        payment.wait(now, &deps.pace());
        match deps.db.commit(cx, store::payments::save(&payment, now)).await {
            Ok(_) => {
                payment.version += 1;
                payment.updated_at = now;
                if payment.looks == STUCK_AFTER_LOOKS && is_stuck(&payment) {
                    let detail = format!("still {} after {} looks", payment.state.as_str(), payment.looks);
                    let found = Difference { kind: STUCK, detail };
                    file(cx, deps, &payment.provider, &payment.id.to_string(), found).await?;
                }
                return Ok(payment);
            }
            Err(error) if error.is_lost_race() => {
                pause_after_race(deps, races).await;
                payment = reread(deps, payment.id).await?;
                payment.capturing |= capturing && payment.state == State::Authorized;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::conflict("lost_race", "the payment changes too quickly; try again"))
}

/// A buyer may take his time; a provider may not.
fn is_stuck(payment: &Payment) -> bool {
    let waits_for_buyer = payment.state == State::NeedsBuyer && !payment.unwanted;
    payment.next_step() != Step::Rest && !waits_for_buyer
}

pub(crate) async fn reread(deps: &Deps, id: PaymentId) -> Result<Payment, Error> {
    let found = store::payments::get(&deps.db, id).await?;
    found.ok_or_else(|| Error::internal(format_args!("payment {id} has vanished")))
}

fn note(payment: &Payment) {
    metrics::counter!("souk_payments_total", "state" => payment.state.as_str()).increment(1);
    tracing::debug!(payment.id = %payment.id, order.id = %payment.order, state = payment.state.as_str(), "payment moved");
}
