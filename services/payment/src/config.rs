//! The settings of the payment service. These comments are the manual.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::domain::Pace;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaymentConfig {
    /// How long a provider may take to answer. After that its answer counts as unknown, never as a no.
    pub provider_timeout_ms: u64,
    pub reconcile: ReconcileConfig,
    pub webhooks: WebhookConfig,
    /// Providers by the name that shoppers' requests and webhook addresses use.
    pub providers: BTreeMap<String, ProviderConfig>,
}

/// Finding out what became of payments that nobody answered for, and comparing records.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReconcileConfig {
    /// Pause between two passes over the payments that are due.
    pub pause_ms: u64,
    /// How long after an unclear answer the provider is asked. Doubles with each look that finds nothing new.
    pub first_look_ms: u64,
    /// The longest pause between two looks.
    pub longest_pause_s: u64,
    /// A payment that the provider has not heard of by then was never asked for: it is declined. Must exceed
    /// `provider_timeout_ms` by far.
    pub give_up_s: u64,
    /// Pause between two comparisons with the providers' records.
    pub compare_pause_s: u64,
    /// Payments that changed more recently than this are compared next time.
    pub quiet_s: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// After this many failed attempts a webhook is left to the reconciler.
    pub attempts_max: u32,
    /// Pause before the second attempt; doubles with each further one.
    pub retry_ms: u64,
}

/// A provider: its kind and what that kind needs.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProviderConfig {
    Sandbox(SandboxConfig),
    Stripe(StripeConfig),
    Manual(ManualConfig),
}

/// Stripe; docs/guides/stripe.md says how to turn it on. Its secrets stand in files or in the environment, never here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StripeConfig {
    /// A file with the secret key (`sk_…`, or better a restricted `rk_…`); `SOUK_STRIPE_SECRET_KEY` when absent.
    pub secret_key_file: Option<PathBuf>,
    /// A file with the signing secret of the webhook endpoint (`whsec_…`); two lines while it is being replaced.
    /// `SOUK_STRIPE_WEBHOOK_SECRET` when absent.
    pub webhook_secret_file: Option<PathBuf>,
    /// The key for browsers (`pk_…`), which is no secret: `GET /v1/payments/methods` tells it.
    pub publishable_key: String,
    /// When the money is taken: `manual` sets it aside and takes it when the order is placed, `automatic` takes it at once.
    pub capture: CaptureMode,
    /// Where the buyer confirms when Stripe names no page of the bank and the checkout names no `return_url`: a page of
    /// the shop that hands `payment_intent_client_secret` to Stripe's script.
    pub confirm_url: String,
    /// How long a call may take at most, and for how long nobody repeats one whose answer did not come.
    pub timeout_ms: u64,
    /// How old a webhook's signature may be.
    pub webhook_tolerance_s: u64,
    /// Where Stripe is.
    pub api_url: String,
}

/// Money that people take in: a bank transfer, cash on delivery. Staff say when it has come.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManualConfig {
    /// The ways to pay, by the token that a checkout sends for them, such as `bank_transfer`.
    pub methods: BTreeMap<String, ManualMethod>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ManualMethod {
    /// What the buyer chooses by.
    pub title: String,
    /// What the buyer has to do, such as the account to pay to.
    pub instructions: String,
}

/// When a provider takes the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    Manual,
    Automatic,
}

/// The provider that moves no money. Its test tokens stand in the service's README.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxConfig {
    /// How long `tok_slow` and `tok_timeout_then_succeeds` take to answer.
    pub slow_ms: u64,
    /// How late `tok_webhook_late` and `tok_webhook_out_of_order` send.
    pub webhook_late_ms: u64,
    /// Signs webhooks. Without one, each process makes its own; set it when `webhook_url` is set.
    pub webhook_secret: Option<String>,
    /// Where webhooks go, such as `http://127.0.0.1:8080/v1/payments/webhooks/sandbox`; straight into this
    /// process's inbox when empty.
    pub webhook_url: Option<String>,
    /// How old a webhook's signature may be.
    pub webhook_tolerance_s: u64,
    /// What stands before `/dev/sandbox/challenges/…` in the address that the buyer is sent to.
    pub challenge_base_url: String,
}

impl PaymentConfig {
    pub fn provider_timeout(&self) -> Duration {
        Duration::from_millis(self.provider_timeout_ms)
    }
}

impl ReconcileConfig {
    pub fn pace(&self) -> Pace {
        Pace {
            first: Duration::from_millis(self.first_look_ms),
            longest: Duration::from_secs(self.longest_pause_s),
        }
    }
}

impl Default for PaymentConfig {
    fn default() -> PaymentConfig {
        let sandbox = ProviderConfig::Sandbox(SandboxConfig::default());
        PaymentConfig {
            provider_timeout_ms: 10_000,
            reconcile: ReconcileConfig::default(),
            webhooks: WebhookConfig::default(),
            providers: BTreeMap::from([("sandbox".to_owned(), sandbox)]),
        }
    }
}

impl Default for ReconcileConfig {
    fn default() -> ReconcileConfig {
        ReconcileConfig {
            pause_ms: 1_000,
            first_look_ms: 5_000,
            longest_pause_s: 300,
            give_up_s: 300,
            compare_pause_s: 60,
            quiet_s: 60,
        }
    }
}

impl Default for WebhookConfig {
    fn default() -> WebhookConfig {
        WebhookConfig { attempts_max: 8, retry_ms: 500 }
    }
}

impl Default for SandboxConfig {
    fn default() -> SandboxConfig {
        SandboxConfig {
            slow_ms: 2_000,
            webhook_late_ms: 3_000,
            webhook_secret: None,
            webhook_url: None,
            webhook_tolerance_s: 300,
            challenge_base_url: String::new(),
        }
    }
}

impl CaptureMode {
    pub const fn as_str(self) -> &'static str {
        match self {
            CaptureMode::Manual => "manual",
            CaptureMode::Automatic => "automatic",
        }
    }
}

impl Default for StripeConfig {
    fn default() -> StripeConfig {
        StripeConfig {
            secret_key_file: None,
            webhook_secret_file: None,
            publishable_key: String::new(),
            capture: CaptureMode::Manual,
            confirm_url: "/checkout/confirm".to_owned(),
            timeout_ms: 10_000,
            webhook_tolerance_s: 300,
            api_url: "https://api.stripe.com".to_owned(),
        }
    }
}

/// The secret is not shown.
impl std::fmt::Debug for SandboxConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxConfig")
            .field("slow_ms", &self.slow_ms)
            .field("webhook_late_ms", &self.webhook_late_ms)
            .field("webhook_url", &self.webhook_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_setting_is_refused() {
        let json =
            r#"{"reconcile": {"pause_ms": 10}, "providers": {"sandbox": {"kind": "sandbox", "slow_ms": 5}}}"#;
        assert!(serde_json::from_str::<PaymentConfig>(json).is_ok());
        for json in [r#"{"timeout": 1}"#, r#"{"providers": {"x": {"kind": "sandbox", "slow": 5}}}"#] {
            assert!(serde_json::from_str::<PaymentConfig>(json).is_err(), "{json}");
        }
    }
}
