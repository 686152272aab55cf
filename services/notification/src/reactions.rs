//! Which events become mails. The arms say it all: kind, what there is one mail for, to whom, and what it says.

use serde::Serialize;
use souk_bus::Consumer;
use souk_contract::events::{
    OrderCanceled, OrderPlaced, OrderRefunded, OrderShipped, PasswordChanged, PasswordResetRequested,
    RegistrationRepeated, VerificationRequested,
};
use souk_rpc::{Context, Error};
use souk_types::Event;
use uuid::Uuid;

use crate::domain::webhook::WebhookKind;
use crate::domain::{
    AccountLetter, CanceledLetter, PlacedLetter, RefundedLetter, ShippedLetter, TokenLetter,
};
use crate::flows::queue_mail::{Letter, queue_mail};
use crate::flows::tell_webhooks::tell_webhooks;
use crate::{Deps, NAME, WEBHOOKS};

/// Events that become one mail.
trait Mailed: Event {
    /// With the event's type, what there is one mail for; `event` is the event's own id.
    fn about(&self, event: Uuid) -> Uuid;
    /// Address and language; `None` when nobody is to be told.
    fn reader(&self) -> Option<(String, String)>;
    fn letter(self, deps: &Deps) -> impl Serialize + Send + Sync;
}

pub(crate) fn consumer(deps: &Deps) -> Consumer {
    let consumer = Consumer::new(NAME, deps.db.clone());
    let consumer = mails::<VerificationRequested>(consumer, deps);
    let consumer = mails::<RegistrationRepeated>(consumer, deps);
    let consumer = mails::<PasswordResetRequested>(consumer, deps);
    let consumer = mails::<PasswordChanged>(consumer, deps);
    let consumer = mails::<OrderPlaced>(consumer, deps);
    let consumer = mails::<OrderCanceled>(consumer, deps);
    let consumer = mails::<OrderShipped>(consumer, deps);
    mails::<OrderRefunded>(consumer, deps)
}

/// Hears what merchants may want to hear. With no webhook there is nothing to commit.
pub(crate) fn webhooks(deps: &Deps) -> Consumer {
    let kinds: Vec<&'static str> = WebhookKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let own = deps.clone();
    Consumer::new(WEBHOOKS, deps.db.clone()).batch(&kinds, move |events| {
        let deps = own.clone();
        async move { tell_webhooks(&deps, events).await }
    })
}

fn mails<E: Mailed>(consumer: Consumer, deps: &Deps) -> Consumer {
    let deps = deps.clone();
    consumer.on::<E>(move |cx: Context, event: E| {
        let deps = deps.clone();
        async move { react(&cx, &deps, event).await }
    })
}

async fn react<E: Mailed>(cx: &Context, deps: &Deps, event: E) -> Result<(), Error> {
    let Some((recipient, locale)) = event.reader() else { return Ok(()) };
    let cause = cx.cause.as_ref().ok_or_else(|| Error::internal("a reaction without an event"))?;
    let about = event.about(cause.event.into());
    let letter = Letter { kind: E::TYPE, about, recipient: &recipient, locale: &locale };
    queue_mail(cx, deps, letter, &event.letter(deps)).await
}

macro_rules! mailed {
    ($event:ident, about $about:expr, unless $silent:expr, says $letter:expr) => {
        impl Mailed for $event {
            fn about(&self, event: Uuid) -> Uuid {
                let about: fn(&$event, Uuid) -> Uuid = $about;
                about(self, event)
            }

            fn reader(&self) -> Option<(String, String)> {
                let silent: fn(&$event) -> bool = $silent;
                (!silent(self)).then(|| (self.email.clone(), self.locale.clone()))
            }

            fn letter(self, deps: &Deps) -> impl Serialize + Send + Sync {
                ($letter)(self, deps)
            }
        }
    };
}

const NEVER: bool = false;

mailed!(VerificationRequested, about |_, event| event, unless |_| NEVER,
    says |e: VerificationRequested, deps: &Deps| TokenLetter::new(e.name, e.token, e.expires_at, deps.clock.now()));
mailed!(PasswordResetRequested, about |_, event| event, unless |_| NEVER,
    says |e: PasswordResetRequested, deps: &Deps| TokenLetter::new(e.name, e.token, e.expires_at, deps.clock.now()));
mailed!(RegistrationRepeated, about |_, event| event, unless |_| NEVER,
    says |e: RegistrationRepeated, _: &Deps| AccountLetter { name: e.name });
mailed!(PasswordChanged, about |_, event| event, unless |_| NEVER,
    says |e: PasswordChanged, _: &Deps| AccountLetter { name: e.name });
mailed!(OrderPlaced, about |e, _| e.order.0, unless |_| NEVER,
    says |e: OrderPlaced, _: &Deps| PlacedLetter::from(e));
// A buyer who was never told that the order stands need not hear that it does not.
mailed!(OrderCanceled, about |e, _| e.order.0, unless |e| !e.was_placed,
    says |e: OrderCanceled, _: &Deps| CanceledLetter::from(e));
mailed!(OrderShipped, about |e, _| e.shipment.0, unless |_| NEVER,
    says |e: OrderShipped, _: &Deps| ShippedLetter::from(e));
mailed!(OrderRefunded, about |e, _| e.refund.0, unless |_| NEVER,
    says |e: OrderRefunded, _: &Deps| RefundedLetter::from(e));
