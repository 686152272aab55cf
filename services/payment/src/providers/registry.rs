//! Which providers the shop has, by the name that stands in the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use souk_app::Kit;
use souk_db::Db;

use super::PaymentProvider;
use super::manual::Manual;
use super::sandbox::{Parcels, Sandbox};
use super::stripe::{Stripe, StripeError, StripeKeys};
use crate::config::{PaymentConfig, ProviderConfig, SandboxConfig};

/// Providers by name.
#[derive(Clone, Default)]
pub struct Providers(Arc<BTreeMap<String, Arc<dyn PaymentProvider>>>);

impl Providers {
    /// The same providers, but this one by that name.
    #[must_use]
    pub fn with(&self, name: &str, provider: Arc<dyn PaymentProvider>) -> Providers {
        let mut providers = BTreeMap::clone(&self.0);
        providers.insert(name.to_owned(), provider);
        Providers(Arc::new(providers))
    }

    pub fn get(&self, name: &str) -> Option<&dyn PaymentProvider> {
        self.0.get(name).map(AsRef::as_ref)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The sandbox as this process plays it, beside the provider that the service sees.
pub struct SandboxParts {
    pub name: String,
    pub sandbox: Arc<Sandbox>,
    /// Webhooks that wait to be delivered.
    pub parcels: Parcels,
    pub config: SandboxConfig,
}

/// What the configuration makes: the providers, and what the sandbox needs beside.
pub struct ProviderParts {
    pub providers: Providers,
    pub sandbox: Option<SandboxParts>,
}

impl ProviderParts {
    /// Without `sandbox_db` there is no sandbox, whatever the configuration says.
    pub fn from_config(
        config: &PaymentConfig,
        kit: &Kit,
        sandbox_db: Option<Db>,
    ) -> Result<ProviderParts, StripeError> {
        let mut providers: BTreeMap<String, Arc<dyn PaymentProvider>> = BTreeMap::new();
        let mut parts = None;
        let mut sandbox_db = sandbox_db;
        for (name, provider) in &config.providers {
            match provider {
                ProviderConfig::Sandbox(config) => {
                    let Some(db) = sandbox_db.take() else {
                        tracing::warn!(
                            provider = name,
                            "a sandbox without a database of its own is left out"
                        );
                        continue;
                    };
                    let (sandbox, parcels) =
                        Sandbox::new(config.clone(), db, kit.clock.clone(), kit.chance.clone());
                    let sandbox = Arc::new(sandbox);
                    providers.insert(name.clone(), Arc::clone(&sandbox) as Arc<dyn PaymentProvider>);
                    parts =
                        Some(SandboxParts { name: name.clone(), sandbox, parcels, config: config.clone() });
                }
                ProviderConfig::Manual(config) => {
                    let manual = Manual::new(config.clone(), kit.db.clone(), kit.clock.clone());
                    providers.insert(name.clone(), Arc::new(manual));
                }
                ProviderConfig::Stripe(config) => {
                    let keys = StripeKeys::read(config)?;
                    let stripe = Stripe::new(config.clone(), &keys, kit.db.clone(), kit.clock.clone())?;
                    providers.insert(name.clone(), Arc::new(stripe));
                }
            }
        }
        Ok(ProviderParts { providers: Providers(Arc::new(providers)), sandbox: parts })
    }
}
