//! Asks a provider to set money aside. The intent is committed first, so that no charge is without a row of ours;
//! an answer that does not come is looked up later by the same reference.

use souk_app::{Rules, fail};
use souk_contract::payment::{Authorization, AuthorizationOutcome, Authorize};
use souk_rpc::{Context, Error};
use souk_types::PaymentId;

use super::{drive, in_time, learn, look, on_our_own};
use crate::Deps;
use crate::domain::payment::ORDER_CANCELED;
use crate::domain::{Payment, State, Step, Told};
use crate::error;
use crate::providers::{AuthorizeRequest, Authorized, PaymentProvider};
use crate::store;

pub(crate) async fn authorize(cx: &Context, deps: &Deps, request: Authorize) -> Result<Authorization, Error> {
    check(&request)?;
    let Some(provider) = deps.providers.get(&request.method.provider) else {
        return Ok(declined(deps, "unknown_provider"));
    };
    let cx = &on_our_own(cx);
    let payment = match begin(cx, deps, &request).await? {
        Begun::New(payment) => payment,
        Begun::Before(payment) if payment.state == State::Authorizing => payment,
        Begun::Before(payment) => return repeat(cx, deps, payment).await,
        Begun::Canceled => return Ok(declined(deps, ORDER_CANCELED)),
    };
    fail::point("payment.before_provider").await?;
    let answer = ask(cx, deps, provider, payment.id, request).await;
    fail::point("payment.after_provider").await?;
    if let Authorized::Unknown { why } = &answer {
        tracing::warn!(payment.id = %payment.id, why, "authorization without an answer");
    }
    let payment = learn::learn(cx, deps, payment, answer.into(), Told::Caller).await?;
    fail::point("payment.after_result").await?;
    if payment.next_step() == Step::Void {
        // The order was canceled while the provider was asked.
        let payment = Box::pin(drive::drive(cx, deps, payment)).await?;
        return Ok(answer_of(&payment));
    }
    Ok(answer_of(&payment))
}

enum Begun {
    New(Payment),
    /// Somebody asked before: this attempt has a row.
    Before(Payment),
    Canceled,
}

/// The write-ahead intent. Its row is also what makes an attempt single.
async fn begin(cx: &Context, deps: &Deps, request: &Authorize) -> Result<Begun, Error> {
    let now = deps.clock.now();
    let payment = Payment {
        id: PaymentId::new(&deps.chance, now),
        order: request.order,
        attempt: request.attempt,
        number: request.number.clone(),
        provider: request.method.provider.clone(),
        amount: request.amount,
        state: State::Authorizing,
        authorized: 0,
        captured: 0,
        refunded: 0,
        refunding: 0,
        reason: None,
        buyer_url: None,
        capturing: false,
        unwanted: false,
        due_at: Some(now.plus(deps.config.provider_timeout()).plus(deps.pace().first)),
        looks: 0,
        events: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    match deps.db.commit(cx, store::payments::begin(&payment)).await {
        Ok(_) => return Ok(Begun::New(payment)),
        Err(error) if error.is_guard(store::payments::BEGIN) => {}
        Err(error) => return Err(error.into()),
    }
    match store::payments::by_attempt(&deps.db, request.order, request.attempt).await? {
        Some(before) if before.amount == request.amount && before.provider == request.method.provider => {
            Ok(Begun::Before(before))
        }
        Some(_) => Err(error::payment_mismatch(request.attempt)),
        None => Ok(Begun::Canceled),
    }
}

async fn ask(
    cx: &Context,
    deps: &Deps,
    provider: &dyn PaymentProvider,
    payment: PaymentId,
    request: Authorize,
) -> Authorized {
    let request = AuthorizeRequest {
        payment,
        amount: request.amount,
        token: request.method.token,
        number: request.number,
        email: request.email,
        return_url: request.return_url,
    };
    in_time(cx, deps, "provider authorize", provider.authorize(&request), |why| Authorized::Unknown { why })
        .await
}

/// The outcome of before; one that was open is looked up first.
async fn repeat(cx: &Context, deps: &Deps, payment: Payment) -> Result<Authorization, Error> {
    if payment.state != State::Unknown {
        return Ok(answer_of(&payment));
    }
    Ok(answer_of(&look::glance(cx, deps, payment).await?))
}

fn answer_of(payment: &Payment) -> Authorization {
    let reason = || payment.reason.clone().unwrap_or_else(|| ORDER_CANCELED.to_owned());
    let outcome = match payment.state {
        State::Authorizing | State::Unknown => AuthorizationOutcome::Unknown,
        State::NeedsBuyer => {
            AuthorizationOutcome::NeedsBuyer { url: payment.buyer_url.clone().unwrap_or_default() }
        }
        State::Declined | State::Voided => AuthorizationOutcome::Declined { reason: reason() },
        _ if payment.unwanted => AuthorizationOutcome::Declined { reason: reason() },
        _ => AuthorizationOutcome::Authorized,
    };
    Authorization { payment: payment.id, outcome }
}

/// A no that needs no row: nobody was asked.
fn declined(deps: &Deps, reason: &str) -> Authorization {
    let payment = PaymentId::new(&deps.chance, deps.clock.now());
    Authorization { payment, outcome: AuthorizationOutcome::Declined { reason: reason.to_owned() } }
}

fn check(request: &Authorize) -> Result<(), Error> {
    let mut rules = Rules::new();
    rules.require(request.amount.amount > 0, "amount.amount", "range", "must be positive");
    rules.require(request.attempt > 0, "attempt", "range", "must be positive");
    rules.text("number", &request.number, 1..=64);
    rules.text("method.token", &request.method.token, 1..=200);
    rules.check()?;
    match souk_contract::card::has_card_number(&request.method.token) {
        true => Err(error::card_number_refused("method.token")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use souk_types::{Currency, Money};

    use super::*;
    use crate::domain::payment::tests::payment_of;

    #[test]
    fn a_payment_that_was_given_back_is_no_longer_a_yes() {
        for state in State::ALL {
            let payment = Payment { unwanted: true, ..payment_of(Money::new(1, Currency::EUR), state) };
            assert_ne!(answer_of(&payment).outcome, AuthorizationOutcome::Authorized, "{state:?}");
        }
    }
}
