//! Stripe does what every provider must do, over localstripe, on both databases.

mod provider_suite;

use provider_suite::{Candidate, passes};
use souk_db::Db;
use souk_payment::providers::stripe::{Stripe, StripeKeys};
use souk_payment::secrets::SecretKey;
use souk_payment::{MIGRATIONS, StripeConfig};
use souk_testkit::{LocalStripe, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, databases};
use souk_types::Clock;

fn keys() -> StripeKeys {
    let webhooks = vec![SecretKey::new(STRIPE_WEBHOOK_SECRET)];
    StripeKeys { secret: SecretKey::new(STRIPE_SECRET_KEY), webhooks }
}

fn config(stripe: &LocalStripe) -> StripeConfig {
    StripeConfig { api_url: stripe.url().to_owned(), timeout_ms: 1_000, ..StripeConfig::default() }
}

#[tokio::test]
async fn stripe_does_what_every_provider_must() {
    for place in databases() {
        let db = Db::open(&place.config, "payment", MIGRATIONS).await.expect(place.name);
        let stripe = LocalStripe::start().await.expect("localstripe");
        let declined = stripe.card("4000000000000341").await.expect("a card");
        let provider =
            Stripe::new(config(&stripe), &keys(), db.clone(), Clock::system()).expect("a provider");
        passes(&Candidate { provider: &provider, yes: "pm_card_visa", no: &declined }).await;
        db.close().await;
    }
}
