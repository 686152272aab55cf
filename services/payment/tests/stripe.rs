//! Stripe does what every provider must do, over localstripe, on both databases.

mod provider_suite;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use provider_suite::{Candidate, asking, new_payment, new_refund, passes};
use souk_db::Db;
use souk_payment::providers::stripe::{SIGNATURE_HEADER, Stripe, StripeKeys};
use souk_payment::providers::{
    AuthorizeRequest, Authorized, Done, Found, Operation, PaymentProvider, ProviderState, RefundRequest,
    WebhookRefused,
};
use souk_payment::secrets::SecretKey;
use souk_payment::{CaptureMode, MIGRATIONS, StripeConfig};
use souk_testkit::{
    LocalStripe, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, StripeFault, databases, stripe_signatures,
};
use souk_types::{Clock, Currency, Money, Timestamp};

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
        passes(&Candidate { provider: &provider, yes: "pm_card_visa", no: &declined, by_hand: false }).await;
        db.close().await;
    }
}

/// A provider over a fresh localstripe and a database of its own.
async fn desk(place: &souk_testkit::TestDatabase) -> (LocalStripe, Db, Stripe) {
    let db = Db::open(&place.config, "payment", MIGRATIONS).await.expect(place.name);
    let stripe = LocalStripe::start().await.expect("localstripe");
    let provider = Stripe::new(config(&stripe), &keys(), db.clone(), Clock::system()).expect("a provider");
    (stripe, db, provider)
}

async fn asks_until_known(provider: &Stripe, request: &AuthorizeRequest) -> Authorized {
    for _ in 0..100 {
        match provider.authorize(request).await {
            Authorized::Unknown { .. } => tokio::time::sleep(Duration::from_millis(50)).await,
            answer => return answer,
        }
    }
    panic!("stripe never answers");
}

/// localstripe keeps no idempotency keys, so a second intent would be there for all to see.
#[tokio::test]
async fn a_call_that_is_done_without_an_answer_is_found_and_not_made_again() {
    let place = databases().remove(0);
    let (stripe, db, provider) = desk(&place).await;
    for fault in [StripeFault::DoneWithoutAnswer, StripeFault::DoneWithError] {
        stripe.misbehaves("/v1/payment_intents", fault, 1);
        let request = asking(new_payment(), "pm_card_visa");
        let first = provider.authorize(&request).await;
        assert!(matches!(first, Authorized::Unknown { .. }), "{first:?}");
        assert_eq!(asks_until_known(&provider, &request).await, Authorized::Yes);
        let reference = request.payment.to_string();
        let intents = stripe.all("payment_intents").await.expect("the list");
        let ours = intents.iter().filter(|intent| intent["metadata"]["souk_payment"] == *reference);
        assert_eq!(ours.count(), 1, "{fault:?}");
    }
    db.close().await;
}

#[tokio::test]
async fn sixteen_at_once_make_one_intent_and_one_refund() {
    for place in databases() {
        let (stripe, db, provider) = desk(&place).await;
        let request = asking(new_payment(), "pm_card_visa");
        futures::future::join_all((0..16).map(|_| provider.authorize(&request))).await;
        assert_eq!(asks_until_known(&provider, &request).await, Authorized::Yes);
        assert_eq!(stripe.all("payment_intents").await.expect("the list").len(), 1);
        let capture = Operation::capture(request.payment, request.amount);
        futures::future::join_all((0..16).map(|_| provider.capture(&capture))).await;
        assert_eq!(provider.capture(&capture).await, Done::Yes);
        let refund = RefundRequest {
            payment: request.payment,
            refund: new_refund(),
            amount: Money::new(700, Currency::EUR),
            reason: "customer".to_owned(),
        };
        futures::future::join_all((0..16).map(|_| provider.refund(&refund))).await;
        assert_eq!(provider.refund(&refund).await, Done::Yes);
        let refunds = stripe.all("refunds").await.expect("the list");
        assert_eq!(refunds.len(), 1, "{refunds:?}");
        // Every attempt carries the same key, which is enough for Stripe itself.
        let keys: HashSet<Option<String>> = stripe
            .asked()
            .into_iter()
            .filter(|asked| asked.method == "POST" && asked.path.ends_with("/payment_intents"))
            .map(|asked| asked.idempotency_key)
            .collect();
        assert_eq!(keys, HashSet::from([Some(request.payment.to_string())]));
        db.close().await;
    }
}

#[tokio::test]
async fn a_part_is_captured_and_the_rest_is_set_free() {
    let place = databases().remove(0);
    let (stripe, db, provider) = desk(&place).await;
    let request = asking(new_payment(), "pm_card_visa");
    assert_eq!(provider.authorize(&request).await, Authorized::Yes);
    let part = Operation::capture(request.payment, Money::new(1_500, Currency::EUR));
    assert_eq!(provider.capture(&part).await, Done::Yes);
    let Found::Payment(found) = provider.lookup(request.payment).await else { panic!("it is known") };
    // localstripe says that all was captured and the rest refunded; Stripe says that the part was captured.
    assert_eq!(found.captured - found.refunded, 1_500, "{found:?}");
    let asked = stripe.asked();
    let capture = asked.iter().find(|asked| asked.path.ends_with("/capture")).expect("asked");
    assert_eq!(capture.idempotency_key.as_deref(), Some(&*part.reference));
    assert_eq!(capture.pairs, [("amount_to_capture".to_owned(), "1500".to_owned())]);
    db.close().await;
}

#[tokio::test]
async fn with_automatic_capture_the_money_is_taken_at_once() {
    let place = databases().remove(0);
    let (stripe, db, _) = desk(&place).await;
    let config = StripeConfig { capture: CaptureMode::Automatic, ..config(&stripe) };
    let provider = Stripe::new(config, &keys(), db.clone(), Clock::system()).expect("a provider");
    let request = asking(new_payment(), "pm_card_visa");
    assert_eq!(provider.authorize(&request).await, Authorized::Yes);
    let Found::Payment(found) = provider.lookup(request.payment).await else { panic!("it is known") };
    assert_eq!((found.state, found.captured), (ProviderState::Captured, request.amount.amount));
    let capture = Operation::capture(request.payment, request.amount);
    assert_eq!(provider.capture(&capture).await, Done::Yes);
    db.close().await;
}

#[tokio::test]
async fn a_buyer_who_has_to_confirm_is_told_where_and_is_believed_by_the_record_only() {
    let place = databases().remove(0);
    let (stripe, db, provider) = desk(&place).await;
    for (approves, state) in [
        (true, ProviderState::Authorized),
        (false, ProviderState::Declined { reason: "authentication_failed".to_owned() }),
    ] {
        let card = stripe.card("4000002500003155").await.expect("a card");
        let mut request = asking(new_payment(), &card);
        request.return_url = Some("https://shop.example/done".to_owned());
        let Authorized::NeedsBuyer { url } = provider.authorize(&request).await else { panic!("3-D Secure") };
        assert!(url.starts_with("https://shop.example/done?payment_intent=pi_"), "{url}");
        // Asking again gives the same place.
        assert_eq!(asks_until_known(&provider, &request).await, Authorized::NeedsBuyer { url: url.clone() });
        let query = url.split_once('?').expect("a query").1;
        let pairs: HashMap<String, String> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let (intent, secret) = (&pairs["payment_intent"], &pairs["payment_intent_client_secret"]);
        stripe.confirms(intent, secret, approves).await.expect("the bank's page");
        let Found::Payment(found) = provider.lookup(request.payment).await else { panic!("it is known") };
        assert_eq!(found.state, state);
    }
    db.close().await;
}

#[tokio::test]
async fn every_call_names_the_version_that_is_read_and_no_log_names_the_key() {
    let place = databases().remove(0);
    let (stripe, db, provider) = desk(&place).await;
    provider.authorize(&asking(new_payment(), "pm_card_visa")).await;
    let asked = stripe.asked();
    assert!(
        !asked.is_empty() && asked.iter().all(|asked| asked.version.as_deref() == Some("2025-09-30.clover"))
    );
    let shown = format!("{:?} {:?}", keys(), config(&stripe));
    assert!(!shown.contains(STRIPE_SECRET_KEY) && !shown.contains(STRIPE_WEBHOOK_SECRET), "{shown}");
    db.close().await;
}

fn signed(header: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        HeaderName::from_static(SIGNATURE_HEADER),
        HeaderValue::try_from(header).expect("a header"),
    )])
}

#[tokio::test]
async fn a_webhook_is_believed_when_stripes_own_sdk_signed_it_within_five_minutes() {
    let place = databases().remove(0);
    let db = Db::open(&place.config, "payment", MIGRATIONS).await.expect(place.name);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let keys =
        StripeKeys { webhooks: vec![SecretKey::new("whsec_new"), SecretKey::new("whsec_old")], ..keys() };
    let provider =
        Stripe::new(StripeConfig::default(), &keys, db.clone(), Clock::system()).expect("a provider");
    let payment = new_payment();
    let object = format!(r#"{{"id": "pi_1", "metadata": {{"souk_payment": "{payment}"}}}}"#);
    let body =
        format!(r#"{{"id": "evt_1", "type": "payment_intent.succeeded", "data": {{"object": {object}}}}}"#);
    let at = 1_795_341_600;
    let by = |secret: &str| stripe_signatures(secret, &[(&body, at)]).expect("signed").remove(0);
    let now = Timestamp(at * 1000);
    let parse = |header: &str, now| provider.parse_webhook(&signed(header), body.as_bytes(), now);
    let (new, old, forged) = (by("whsec_new"), by("whsec_old"), by("whsec_of_somebody"));
    let event = parse(&new, now).expect("believed");
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_1", "payment_intent.succeeded"));
    assert_eq!(event.reference, payment.to_string());
    // While the secret is being replaced, Stripe signs with both, and we know both.
    assert!(parse(&old, now).is_ok());
    let signature = |header: &str| header.split_once(",v1=").expect("v1").1.to_owned();
    let both = format!("t={at},v1={},v1={},v0=00", signature(&forged), signature(&old));
    assert!(parse(&both, now).is_ok());
    assert_eq!(parse(&forged, now), Err(WebhookRefused::Signature));
    let four = now.plus(Duration::from_secs(300));
    assert!(parse(&new, four).is_ok());
    assert_eq!(parse(&new, four.plus(Duration::from_secs(1))), Err(WebhookRefused::Stale));
    assert_eq!(parse(&old, four.plus(Duration::from_secs(1))), Err(WebhookRefused::Stale));
    // The time is signed, too.
    let younger = new.replacen(&at.to_string(), &(at + 200).to_string(), 1);
    assert_eq!(parse(&younger, four), Err(WebhookRefused::Signature));
    let changed = body.replace("evt_1", "evt_2");
    let refused = provider.parse_webhook(&signed(&new), changed.as_bytes(), now);
    assert_eq!(refused, Err(WebhookRefused::Signature));
    db.close().await;
}
