//! The ways to pay, for a storefront.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use souk_app::http::{Json, Problems};
use utoipa::ToSchema;

use crate::Deps;
use crate::config::{ManualConfig, ProviderConfig};

/// The answer changes with the configuration only.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// What a checkout may name as `payment.provider`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentMethodsView {
    items: Vec<ProviderView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderView {
    /// The name that a checkout sends.
    #[schema(example = "stripe")]
    provider: String,
    kind: ProviderKind,
    /// For the provider's script in the browser. No secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pk_test_1")]
    publishable_key: Option<String>,
    /// The tokens that a checkout may send, where they are the shop's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    methods: Vec<OwnMethodView>,
}

/// Whose form makes the token.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderKind {
    /// For trying out; no money moves.
    Sandbox,
    /// Stripe's Payment Element.
    Stripe,
    /// The shop's own: choose one of `methods`.
    Manual,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnMethodView {
    #[schema(example = "bank_transfer")]
    token: String,
    title: String,
    /// What the buyer has to do.
    instructions: String,
}

/// Lists the ways to pay.
#[utoipa::path(get, path = "/v1/payments/methods", operation_id = "list_payment_methods", tag = "payments",
    responses((status = 200, description = "The providers, by name.", body = PaymentMethodsView), Problems))]
pub(crate) async fn list_methods(State(deps): State<Deps>) -> Response {
    let built = deps.config.providers.iter().filter(|(name, _)| deps.providers.get(name).is_some());
    let items = built.map(|(name, config)| view(name, config)).collect();
    ([(header::CACHE_CONTROL, CACHE_CONTROL)], Json(PaymentMethodsView { items })).into_response()
}

fn view(name: &str, config: &ProviderConfig) -> ProviderView {
    let (kind, publishable_key, methods) = match config {
        ProviderConfig::Sandbox(_) => (ProviderKind::Sandbox, None, Vec::new()),
        ProviderConfig::Stripe(stripe) => {
            (ProviderKind::Stripe, Some(stripe.publishable_key.clone()), Vec::new())
        }
        ProviderConfig::Manual(manual) => (ProviderKind::Manual, None, own_methods(manual)),
    };
    ProviderView { provider: name.to_owned(), kind, publishable_key, methods }
}

fn own_methods(manual: &ManualConfig) -> Vec<OwnMethodView> {
    let methods = manual.methods.iter().map(|(token, method)| OwnMethodView {
        token: token.clone(),
        title: method.title.clone(),
        instructions: method.instructions.clone(),
    });
    methods.collect()
}
