//! The parts of Stripe's objects that we read, and what they mean to us.

use std::collections::HashMap;

use serde::Deserialize;
use souk_types::{PaymentId, Timestamp};

use super::super::{Authorized, ProviderPayment, ProviderState};
use super::amounts::from_stripe;

/// The metadata by which an intent is known to be ours, and a refund to be that one.
pub(super) const PAYMENT: &str = "souk_payment";
pub(super) const REFUND: &str = "souk_refund";
/// Where the buyer goes back to, for who looks the intent up later.
pub(super) const RETURN_URL: &str = "souk_return_url";

#[derive(Debug, Deserialize)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) status: String,
    /// In seconds.
    pub(super) created: i64,
    #[serde(default)]
    pub(super) amount_received: Option<i64>,
    #[serde(default)]
    pub(super) metadata: Option<HashMap<String, String>>,
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    next_action: Option<NextAction>,
    #[serde(default)]
    last_payment_error: Option<Refusal>,
    #[serde(default)]
    latest_charge: Option<LatestCharge>,
}

#[derive(Debug, Deserialize)]
struct NextAction {
    #[serde(default)]
    redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Deserialize)]
struct Redirect {
    url: String,
}

/// An id, unless it was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum LatestCharge {
    Charge {
        #[serde(default)]
        amount_refunded: i64,
    },
    Id(#[expect(dead_code, reason = "it only tells that the charge was not sent along")] String),
}

#[derive(Debug, Deserialize)]
pub(super) struct StripeRefund {
    pub(super) id: String,
    pub(super) amount: i64,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) metadata: Option<HashMap<String, String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    #[serde(default)]
    pub(super) has_more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct RefusalBody {
    pub(super) error: Refusal,
}

/// Why Stripe says no.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
    #[serde(default)]
    pub(super) payment_intent: Option<Box<IntentId>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IntentId {
    pub(super) id: String,
}

impl Refusal {
    /// A stable reason. What the issuer says of stolen and lost cards is for no buyer's eyes, so it is plainly a no:
    /// <https://docs.stripe.com/declines/codes>.
    pub(super) fn reason(&self) -> &'static str {
        let code = self.decline_code.as_deref().or(self.code.as_deref()).unwrap_or_default();
        match code {
            "insufficient_funds" => "insufficient_funds",
            "expired_card" => "expired_card",
            "incorrect_cvc" | "invalid_cvc" => "incorrect_cvc",
            "authentication_required" | "payment_intent_authentication_failure" => "authentication_failed",
            "card_not_supported" | "currency_not_supported" => "not_supported",
            "amount_too_small" | "amount_too_large" => "amount_not_chargeable",
            "resource_missing" => "unknown_token",
            "processing_error" | "try_again_later" => "try_again",
            _ => "declined",
        }
    }
}

impl Intent {
    /// Ours, if we made it.
    pub(super) fn reference(&self) -> Option<&str> {
        self.metadata.as_ref()?.get(PAYMENT).map(String::as_str)
    }

    pub(super) fn is(&self, payment: PaymentId) -> bool {
        self.reference().and_then(|reference| reference.parse::<PaymentId>().ok()) == Some(payment)
    }

    pub(super) fn created_at(&self) -> Timestamp {
        Timestamp(self.created.saturating_mul(1000))
    }

    pub(super) fn is_captured(&self) -> bool {
        self.status == "succeeded"
    }

    /// In Stripe's units. What was set aside beyond it went back to the buyer by itself.
    pub(super) fn captured(&self) -> i64 {
        if self.is_captured() { self.amount_received.unwrap_or(self.amount) } else { 0 }
    }

    /// Whether exactly this was taken.
    pub(super) fn took(&self, amount: i64) -> bool {
        self.amount_received.is_none_or(|received| received == amount)
    }

    fn refunded(&self) -> i64 {
        match &self.latest_charge {
            Some(LatestCharge::Charge { amount_refunded }) => *amount_refunded,
            Some(LatestCharge::Id(_)) | None => 0,
        }
    }

    /// Where the buyer confirms: the bank's page if Stripe names one, or else the shop's page, which hands the secret
    /// to Stripe's script. The parameters are called as Stripe calls them when it sends a buyer back.
    fn buyer_url(&self, confirm_url: &str) -> String {
        let redirect = self.next_action.as_ref().and_then(|action| action.redirect_to_url.as_ref());
        if let Some(redirect) = redirect {
            return redirect.url.clone();
        }
        let metadata = self.metadata.as_ref();
        let base = metadata.and_then(|metadata| metadata.get(RETURN_URL)).map_or(confirm_url, String::as_str);
        let joint = if base.contains('?') { '&' } else { '?' };
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("payment_intent", &self.id)
            .append_pair("payment_intent_client_secret", self.client_secret.as_deref().unwrap_or_default())
            .finish();
        format!("{base}{joint}{query}")
    }

    pub(super) fn state(&self, confirm_url: &str) -> ProviderState {
        let declined = self
            .last_payment_error
            .as_ref()
            .map(|refusal| ProviderState::Declined { reason: refusal.reason().to_owned() });
        match self.status.as_str() {
            "requires_action" => ProviderState::NeedsBuyer { url: self.buyer_url(confirm_url) },
            "requires_capture" => ProviderState::Authorized,
            "succeeded" => ProviderState::Captured,
            // One intent, one try: a method that failed is not followed by another one.
            "requires_payment_method" => declined.unwrap_or(ProviderState::Pending),
            "canceled" => declined.unwrap_or(ProviderState::Voided),
            _ => ProviderState::Pending,
        }
    }

    pub(super) fn answer(&self, confirm_url: &str) -> Authorized {
        match self.state(confirm_url) {
            ProviderState::Authorized | ProviderState::Captured => Authorized::Yes,
            ProviderState::NeedsBuyer { url } => Authorized::NeedsBuyer { url },
            ProviderState::Declined { reason } => Authorized::Declined { reason },
            ProviderState::Voided => Authorized::Declined { reason: "voided".to_owned() },
            ProviderState::Pending => Authorized::Unknown { why: self.status.clone() },
        }
    }

    /// As the shop compares it with its own; `None` when the amounts cannot be read.
    pub(super) fn for_shop(&self, confirm_url: &str) -> Option<ProviderPayment> {
        let money = |amount| from_stripe(&self.currency, amount);
        Some(ProviderPayment {
            reference: self.reference().unwrap_or(&self.id).to_owned(),
            amount: money(self.amount)?,
            state: self.state(confirm_url),
            captured: money(self.captured())?.amount,
            refunded: money(self.refunded())?.amount,
            updated_at: self.created_at(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn intent(more: serde_json::Value) -> Intent {
        let mut whole = json!({"id": "pi_1", "amount": 1999, "currency": "eur", "status": "succeeded", "created": 1_795_341_600});
        let fields = whole.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        serde_json::from_value(whole).expect("an intent")
    }

    #[test]
    fn the_buyer_goes_to_the_bank_or_to_the_page_that_asks_stripes_script() {
        let redirect = json!({"status": "requires_action", "client_secret": "pi_1_secret_x",
            "next_action": {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.example/3ds"}}});
        let url = |more| match intent(more).state("/confirm") {
            ProviderState::NeedsBuyer { url } => url,
            other => panic!("{other:?}"),
        };
        assert_eq!(url(redirect), "https://bank.example/3ds");
        let script = json!({"status": "requires_action", "client_secret": "pi_1_secret_x",
            "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}});
        let secret = "payment_intent=pi_1&payment_intent_client_secret=pi_1_secret_x";
        assert_eq!(url(script.clone()), format!("/confirm?{secret}"));
        let mut back = script;
        back["metadata"] = json!({RETURN_URL: "https://shop.example/done?lang=en"});
        assert_eq!(url(back), format!("https://shop.example/done?lang=en&{secret}"));
    }

    #[test]
    fn an_issuers_suspicion_is_told_to_nobody() {
        for code in ["stolen_card", "lost_card", "fraudulent", "pickup_card", "something_new"] {
            let refusal: Refusal =
                serde_json::from_value(json!({"type": "card_error", "code": "card_declined",
                "decline_code": code}))
                .expect("a refusal");
            assert_eq!(refusal.reason(), "declined", "{code}");
        }
    }

    #[test]
    fn what_was_captured_and_given_back_is_read_from_the_charge() {
        let whole =
            intent(json!({"amount_received": 1500, "latest_charge": {"id": "ch_1", "amount_refunded": 500}}));
        let found = whole.for_shop("").expect("readable");
        assert_eq!((found.captured, found.refunded), (1500, 500));
        let held =
            intent(json!({"status": "requires_capture", "amount_received": 0, "latest_charge": "ch_1"}));
        let found = held.for_shop("").expect("readable");
        assert_eq!((found.state, found.captured), (ProviderState::Authorized, 0));
    }
}
