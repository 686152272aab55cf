//! Gives captured money back: promised first, so that no number of refunds at once exceeds what was captured,
//! then confirmed by the provider under the refund's own reference.

use souk_app::Rules;
use souk_contract::payment::{RefundOrder, Refunded};
use souk_db::batch;
use souk_rpc::{Context, Error};
use souk_types::{Money, PostingId, RefundId};

use super::{RACES_MAX, file, in_time, learn, on_our_own, pause_after_race};
use crate::Deps;
use crate::domain::compare::{Difference, REFUND_REFUSED};
use crate::domain::{Payment, Refund, RefundState, ledger};
use crate::error;
use crate::providers::{Done, RefundRequest};
use crate::store;

/// Refunds once per order and key.
pub(crate) async fn refund(cx: &Context, deps: &Deps, request: RefundOrder) -> Result<Refunded, Error> {
    check(&request)?;
    let cx = &on_our_own(cx);
    for races in 1..=RACES_MAX {
        let known = store::refunds::by_key(&deps.db, request.order, &request.key).await?;
        let promised = match known {
            Some(refund) if refund.amount != request.amount => return Err(error::refund_key_reused()),
            Some(refund) => Some(refund),
            None => {
                let payment = payment_to_refund(deps, &request).await?;
                promise(cx, deps, &payment, &request.key, request.amount, &request.reason).await?
            }
        };
        match promised {
            Some(refund) => return answer(settle(cx, deps, refund).await?),
            None => pause_after_race(deps, races).await,
        }
    }
    Err(Error::conflict("lost_race", "the payment changes too quickly; try again"))
}

/// Sets the amount aside. `None` when somebody was faster: the same key, or the same money.
async fn promise(
    cx: &Context,
    deps: &Deps,
    payment: &Payment,
    key: &str,
    amount: Money,
    reason: &str,
) -> Result<Option<Refund>, Error> {
    let now = deps.clock.now();
    let refund = Refund {
        id: RefundId::new(&deps.chance, now),
        payment: payment.id,
        order: payment.order,
        key: key.to_owned(),
        amount,
        reason: reason.to_owned(),
        state: RefundState::Pending,
        refusal: None,
        created_at: now,
        settled_at: None,
    };
    let due_at = now.plus(deps.config.provider_timeout()).plus(deps.pace().first);
    let promised = batch![
        store::payments::promise_refund(payment.id, amount.amount, due_at, now),
        store::refunds::insert(&refund),
    ];
    match deps.db.commit(cx, promised).await {
        Ok(_) => Ok(Some(refund)),
        Err(error) if error.is_lost_race() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Asks the provider; repeating it with the same refund changes nothing there.
async fn settle(cx: &Context, deps: &Deps, refund: Refund) -> Result<Refund, Error> {
    if refund.state != RefundState::Pending {
        return Ok(refund);
    }
    let payment = learn::reread(deps, refund.payment).await?;
    let Some(provider) = deps.providers.get(&payment.provider) else { return Ok(refund) };
    let request = RefundRequest {
        payment: refund.payment,
        refund: refund.id,
        amount: refund.amount,
        reason: refund.reason.clone(),
    };
    let answer =
        in_time(cx, deps, "provider refund", provider.refund(&request), |why| Done::Unknown { why }).await;
    match answer {
        Done::Awaited => Ok(refund),
        Done::Unknown { why } => {
            tracing::warn!(refund.id = %refund.id, why, "refund without an answer");
            Ok(refund)
        }
        Done::Yes => end(cx, deps, payment, refund, None).await,
        Done::Refused { reason } => {
            let detail = format!("refund {} of {}: the provider says: {reason}", refund.id, refund.amount);
            let found = Difference { kind: REFUND_REFUSED, detail };
            file(cx, deps, &payment.provider, &payment.id.to_string(), found).await?;
            end(cx, deps, payment, refund, Some(reason)).await
        }
    }
}

/// Writes the provider's answer down: amounts, ledger and event in one batch.
async fn end(
    cx: &Context,
    deps: &Deps,
    mut payment: Payment,
    refund: Refund,
    refusal: Option<String>,
) -> Result<Refund, Error> {
    let state = if refusal.is_none() { RefundState::Settled } else { RefundState::Refused };
    for races in 1..=RACES_MAX {
        let now = deps.clock.now();
        let event = match refusal {
            None => Some(payment.settle_refund(&refund, now, &deps.pace())),
            Some(_) => {
                payment.refuse_refund(&refund, now, &deps.pace());
                None
            }
        };
        let posting = event.as_ref().map(|_| {
            store::ledger::post(PostingId::new(&deps.chance, now), &ledger::refund(&payment, &refund), now)
        });
        // The guards come before what only fits if they hold.
        let batch = batch![
            store::refunds::end(&refund, state, refusal.as_deref(), now),
            store::payments::save(&payment, now),
            posting.unwrap_or_default(),
            event.as_ref().map(|event| store::emit(cx, deps, payment.events, event)),
        ];
        match deps.db.commit(cx, batch).await {
            Ok(_) => return Ok(Refund { state, refusal, settled_at: Some(now), ..refund }),
            Err(error) if error.is_guard(store::payments::SAVE) => {
                pause_after_race(deps, races).await;
                payment = learn::reread(deps, payment.id).await?;
            }
            // Somebody else wrote it down.
            Err(error) if error.is_lost_race() => {
                let known = store::refunds::by_key(&deps.db, refund.order, &refund.key).await?;
                return Ok(known.unwrap_or(refund));
            }
            Err(error) => return Err(error.into()),
        }
    }
    // Done at the provider; the reconciler writes it down.
    Ok(refund)
}

/// A step of [`drive`](super::drive): confirms what was promised, then gives back what nobody wants.
pub(crate) async fn give_back(cx: &Context, deps: &Deps, payment: Payment) -> Result<Payment, Error> {
    let refunds = store::refunds::of_payment(&deps.db, payment.id).await?;
    let refused = refunds.iter().filter(|refund| refund.state == RefundState::Refused).count();
    for pending in refunds.into_iter().filter(|refund| refund.state == RefundState::Pending) {
        settle(cx, deps, pending).await?;
    }
    let payment = learn::reread(deps, payment.id).await?;
    let left = payment.refundable();
    if payment.unwanted && left > 0 {
        let reason = store::unwanted::reason(&deps.db, payment.order).await?;
        let reason = reason.unwrap_or_else(|| "paid_twice".to_owned());
        let key = format!("give_back:{}:{refused}", payment.id);
        let amount = Money::new(left, payment.amount.currency);
        if let Some(refund) = promise(cx, deps, &payment, &key, amount, &reason).await? {
            settle(cx, deps, refund).await?;
        }
    }
    let after = learn::reread(deps, payment.id).await?;
    let waiting = after.refunding > 0 || (after.unwanted && after.refundable() > 0);
    if waiting { learn::wait(cx, deps, after).await } else { Ok(after) }
}

async fn payment_to_refund(deps: &Deps, request: &RefundOrder) -> Result<Payment, Error> {
    let attempts = store::payments::of_order(&deps.db, request.order).await?;
    let captured = attempts.into_iter().filter(|payment| payment.state.was_captured());
    let payment = captured.max_by_key(Payment::refundable).ok_or_else(error::nothing_to_refund)?;
    if payment.amount.currency != request.amount.currency {
        return Err(error::refund_currency(payment.amount.currency));
    }
    if payment.refundable() < request.amount.amount {
        let left = Money::new(payment.refundable(), payment.amount.currency);
        return Err(error::refund_exceeds_payment(left));
    }
    Ok(payment)
}

fn answer(refund: Refund) -> Result<Refunded, Error> {
    if refund.state == RefundState::Refused {
        return Err(error::refund_refused(refund.refusal.as_deref().unwrap_or("no reason given")));
    }
    let settled = refund.state == RefundState::Settled;
    Ok(Refunded { refund: refund.id, amount: refund.amount, settled })
}

fn check(request: &RefundOrder) -> Result<(), Error> {
    let mut rules = Rules::new();
    rules.require(request.amount.amount > 0, "amount.amount", "range", "must be positive");
    rules.text("key", &request.key, 1..=200);
    rules.text("reason", &request.reason, 1..=500);
    rules.check()?;
    match souk_contract::card::has_card_number(&request.reason) {
        true => Err(error::card_number_refused("reason")),
        false => Ok(()),
    }
}
