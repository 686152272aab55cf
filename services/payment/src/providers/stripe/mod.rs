//! Stripe, over PaymentIntents. One intent per payment, confirmed as it is made.
//!
//! What Stripe promises (an idempotency key is done once) is used and not relied on: whatever changes money is made by
//! one caller at a time, after a look at what Stripe has on record by our own metadata. ADR 0021.

mod amounts;
mod api;
mod find;
mod objects;
mod store;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use souk_db::Db;
use souk_types::{Clock, PaymentId, Timestamp};

use super::signature::WebhookSecret;
use super::{
    AuthorizeRequest, Authorized, Done, Found, ListPage, ListUnknown, Operation, PaymentProvider,
    ProviderEvent, ProviderPayment, RefundRequest, WebhookRefused,
};
use crate::config::StripeConfig;
use crate::secrets::{SecretError, SecretKey};
use amounts::to_stripe;
use api::{Api, Pairs, Reply};
use objects::{Intent, REFUND, StripeRefund};
use store::Claim;

pub use api::ApiError;
pub use webhook::SIGNATURE_HEADER;

/// The longest value that Stripe keeps in metadata.
const METADATA_CHARS_MAX: usize = 500;
/// <https://docs.stripe.com/api/payment_intents/cancel>
const CANCELABLE: [&str; 5] =
    ["requires_payment_method", "requires_capture", "requires_confirmation", "requires_action", "processing"];
/// How the tokens of Stripe's Payment Element begin; anything else is the id of a payment method.
const CONFIRMATION_TOKEN: &str = "ctoken_";

/// What the shop is known by at Stripe.
#[derive(Clone, Debug)]
pub struct StripeKeys {
    pub secret: SecretKey,
    /// Of the webhook endpoint; two while one is being replaced.
    pub webhooks: Vec<SecretKey>,
}

/// Why the provider cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StripeError {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Api(#[from] ApiError),
}

pub struct Stripe {
    api: Api,
    db: Db,
    clock: Clock,
    config: StripeConfig,
    webhook_secrets: Vec<WebhookSecret>,
}

/// Something that is done to an intent.
struct Verb<'a> {
    name: &'a str,
    /// The states in which Stripe does it.
    from: &'a [&'a str],
    is_done: &'a (dyn Fn(&Intent) -> bool + Sync),
}

impl StripeKeys {
    /// From the files of the configuration, or the environment.
    pub fn read(config: &StripeConfig) -> Result<StripeKeys, SecretError> {
        Ok(StripeKeys {
            secret: SecretKey::read(
                "the secret key of stripe",
                config.secret_key_file.as_deref(),
                "SOUK_STRIPE_SECRET_KEY",
            )?,
            webhooks: SecretKey::read_all(
                "the webhook secret of stripe",
                config.webhook_secret_file.as_deref(),
                "SOUK_STRIPE_WEBHOOK_SECRET",
            )?,
        })
    }
}

impl Stripe {
    pub fn new(config: StripeConfig, keys: &StripeKeys, db: Db, clock: Clock) -> Result<Stripe, StripeError> {
        let api = Api::new(&config.api_url, &keys.secret, Duration::from_millis(config.timeout_ms))?;
        let webhook_secrets = keys.webhooks.iter().map(|key| WebhookSecret::new(key.reveal())).collect();
        Ok(Stripe { api, db, clock, config, webhook_secrets })
    }

    /// Takes the turn to make a call. When its answer is not waited for, the turn ends when the call must have ended.
    async fn claim(&self, reference: &str) -> Result<Claim, String> {
        let now = self.clock.now();
        let until = now.plus(Duration::from_millis(self.config.timeout_ms));
        let claimed = store::claim(&self.db, reference, now, until).await;
        claimed.map_err(|error| error.to_string())
    }

    /// Ends the turn early; if that fails, it ends by itself.
    async fn release(&self, reference: &str) {
        if let Err(error) = store::release(&self.db, reference, self.clock.now()).await {
            tracing::warn!(%error, "a turn at stripe ends by itself");
        }
    }

    async fn note(&self, payment: PaymentId, intent: &str) {
        if let Err(error) = store::note_intent(&self.db, payment, intent).await {
            tracing::warn!(payment.id = %payment, %error, "an intent could not be noted and will be looked for");
        }
    }

    fn authorize_form(&self, request: &AuthorizeRequest, currency: String, amount: i64) -> Pairs<'static> {
        let method = match request.token.starts_with(CONFIRMATION_TOKEN) {
            true => "confirmation_token",
            false => "payment_method",
        };
        let mut form = vec![
            ("amount", amount.to_string()),
            ("currency", currency),
            ("confirm", "true".to_owned()),
            ("capture_method", self.config.capture.as_str().to_owned()),
            (method, request.token.clone()),
            ("description", format!("Order {}", request.number)),
            ("metadata[souk_payment]", request.payment.to_string()),
            ("metadata[souk_order]", request.number.clone()),
            ("automatic_payment_methods[enabled]", "true".to_owned()),
        ];
        match &request.return_url {
            Some(url) => {
                form.push(("return_url", url.clone()));
                if url.len() <= METADATA_CHARS_MAX {
                    form.push(("metadata[souk_return_url]", url.clone()));
                }
            }
            // Methods that send the buyer away need a place to send him back to.
            None => form.push(("automatic_payment_methods[allow_redirects]", "never".to_owned())),
        }
        form
    }

    async fn create(&self, request: &AuthorizeRequest, currency: String, amount: i64) -> Authorized {
        let key = request.payment.to_string();
        let form = self.authorize_form(request, currency, amount);
        match self.api.post::<Intent>("/v1/payment_intents", form, &key).await {
            Reply::Done(intent) => {
                self.note(request.payment, &intent.id).await;
                intent.answer(&self.config.confirm_url)
            }
            Reply::Refused(refusal) => {
                if let Some(intent) = &refusal.payment_intent {
                    self.note(request.payment, &intent.id).await;
                }
                Authorized::Declined { reason: refusal.reason().to_owned() }
            }
            Reply::Unknown(why) => Authorized::Unknown { why },
        }
    }

    /// Posts to an intent that must exist, after a look: what is done is not done again, and what cannot be done is not
    /// tried.
    async fn act(&self, request: &Operation, verb: &Verb<'_>, form: Pairs<'_>) -> Done {
        let intent = match self.find(request.payment).await {
            Reply::Done(Some(intent)) if (verb.is_done)(&intent) => return Done::Yes,
            Reply::Done(Some(intent)) if !verb.from.contains(&intent.status.as_str()) => {
                return refused(intent.status);
            }
            Reply::Done(Some(intent)) => intent,
            Reply::Done(None) => return refused("no such payment"),
            Reply::Refused(refusal) => return Done::Unknown { why: refusal.kind },
            Reply::Unknown(why) => return Done::Unknown { why },
        };
        let path = format!("/v1/payment_intents/{}/{}", intent.id, verb.name);
        match self.api.post::<Intent>(&path, form, &request.reference).await {
            Reply::Done(intent) if (verb.is_done)(&intent) => Done::Yes,
            Reply::Done(intent) => Done::Unknown { why: intent.status },
            // Somebody was faster: the record tells what he did.
            Reply::Refused(refusal) => match self.find(request.payment).await {
                Reply::Done(Some(intent)) if (verb.is_done)(&intent) => Done::Yes,
                Reply::Done(Some(intent)) => refused(format!("{}: {}", intent.status, refusal.reason())),
                _ => Done::Unknown { why: refusal.kind },
            },
            Reply::Unknown(why) => Done::Unknown { why },
        }
    }

    /// The part of a refund that only one caller at a time may do.
    async fn refund_once(&self, request: &RefundRequest, currency: &str, amount: i64) -> Done {
        let intent = match self.find(request.payment).await {
            Reply::Done(Some(intent)) => intent,
            Reply::Done(None) => return refused("no such payment"),
            Reply::Refused(refusal) => return Done::Unknown { why: refusal.kind },
            Reply::Unknown(why) => return Done::Unknown { why },
        };
        if !intent.is_captured() || intent.currency != currency {
            return refused(&intent.status);
        }
        let before = match self.refunds_of(&intent.id).await {
            Ok(before) => before,
            Err(why) => return Done::Unknown { why },
        };
        let ours = request.refund.to_string();
        let named = |refund: &&StripeRefund| {
            refund.metadata.as_ref().and_then(|metadata| metadata.get(REFUND)) == Some(&ours)
        };
        if let Some(known) = before.iter().find(named) {
            return outcome_of(known);
        }
        let given_back: i64 =
            before.iter().filter(|refund| refund.counts()).map(|refund| refund.amount).sum();
        if amount > intent.captured() - given_back {
            return refused("more than was captured");
        }
        let form = vec![
            ("payment_intent", intent.id.clone()),
            ("amount", amount.to_string()),
            ("metadata[souk_payment]", request.payment.to_string()),
            ("metadata[souk_refund]", ours.clone()),
        ];
        match self.api.post::<StripeRefund>("/v1/refunds", form, &ours).await {
            Reply::Done(refund) => outcome_of(&refund),
            Reply::Refused(refusal) => refused(refusal.reason()),
            Reply::Unknown(why) => Done::Unknown { why },
        }
    }
}

#[async_trait]
impl PaymentProvider for Stripe {
    async fn authorize(&self, request: &AuthorizeRequest) -> Authorized {
        let Ok((currency, amount)) = to_stripe(request.amount) else {
            return Authorized::Declined { reason: "amount_not_chargeable".to_owned() };
        };
        let reference = request.payment.to_string();
        let unknown = |why| Authorized::Unknown { why };
        let answer = match self.claim(&reference).await {
            Ok(Claim::First) => self.create(request, currency, amount).await,
            Ok(Claim::Again) => match self.find(request.payment).await {
                Reply::Done(Some(intent)) => intent.answer(&self.config.confirm_url),
                // The same key once more: Stripe itself does it once, if the first call is still on its way.
                Reply::Done(None) => self.create(request, currency, amount).await,
                Reply::Refused(refusal) => unknown(refusal.kind),
                Reply::Unknown(why) => unknown(why),
            },
            Ok(Claim::UnderWay) => return unknown("it is being asked for right now".to_owned()),
            Err(why) => return unknown(why),
        };
        // An answer that never came may still have its effect: nobody asks again before it must have had it.
        if !matches!(answer, Authorized::Unknown { .. }) {
            self.release(&reference).await;
        }
        answer
    }

    async fn capture(&self, request: &Operation) -> Done {
        let Ok((currency, amount)) = to_stripe(request.amount) else {
            return refused("the amount cannot be charged exactly");
        };
        let is_done =
            |intent: &Intent| intent.is_captured() && intent.currency == currency && intent.took(amount);
        let capture = Verb { name: "capture", from: &["requires_capture"], is_done: &is_done };
        // What is set aside beyond the amount goes back to the buyer by itself.
        self.act(request, &capture, vec![("amount_to_capture", amount.to_string())]).await
    }

    async fn void(&self, request: &Operation) -> Done {
        let is_done = |intent: &Intent| intent.status == "canceled";
        self.act(request, &Verb { name: "cancel", from: &CANCELABLE, is_done: &is_done }, Vec::new()).await
    }

    async fn refund(&self, request: &RefundRequest) -> Done {
        let Ok((currency, amount)) = to_stripe(request.amount) else {
            return refused("the amount cannot be given back exactly");
        };
        let reference = request.refund.to_string();
        match self.claim(&reference).await {
            Ok(Claim::First | Claim::Again) => {}
            Ok(Claim::UnderWay) => {
                return Done::Unknown { why: "it is being given back right now".to_owned() };
            }
            Err(why) => return Done::Unknown { why },
        }
        let done = self.refund_once(request, &currency, amount).await;
        if !matches!(done, Done::Unknown { .. }) {
            self.release(&reference).await;
        }
        done
    }

    async fn lookup(&self, payment: PaymentId) -> Found {
        match self.find(payment).await {
            Reply::Done(Some(intent)) => match intent.for_shop(&self.config.confirm_url) {
                Some(found) => Found::Payment(found),
                None => Found::Unknown { why: format!("{} has an amount that cannot be read", intent.id) },
            },
            Reply::Done(None) => Found::Nothing,
            Reply::Refused(refusal) => Found::Unknown { why: refusal.kind },
            Reply::Unknown(why) => Found::Unknown { why },
        }
    }

    fn parse_webhook(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookRefused> {
        let tolerance = Duration::from_secs(self.config.webhook_tolerance_s);
        webhook::parse(&self.webhook_secrets, tolerance, headers, body, now)
    }

    async fn list(&self, page: &ListPage) -> Result<Vec<ProviderPayment>, ListUnknown> {
        self.list_page(page).await
    }
}

impl StripeRefund {
    /// Whether its money is, or will be, with the buyer.
    fn counts(&self) -> bool {
        !matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }
}

/// A refund that a bank still works on is asked about again.
fn outcome_of(refund: &StripeRefund) -> Done {
    match refund.status.as_deref() {
        Some("succeeded") => Done::Yes,
        Some(status @ ("failed" | "canceled")) => refused(status),
        other => Done::Unknown { why: format!("{} is {}", refund.id, other.unwrap_or("without a status")) },
    }
}

fn refused(reason: impl Into<String>) -> Done {
    Done::Refused { reason: reason.into() }
}
