//! The sandbox does what every provider must do, on both databases.

mod provider_suite;

use provider_suite::{Candidate, passes};
use souk_db::Db;
use souk_payment::providers::sandbox::Sandbox;
use souk_payment::{SANDBOX_MIGRATIONS, SandboxConfig};
use souk_testkit::databases;
use souk_types::{Chance, Clock};

#[tokio::test]
async fn the_sandbox_does_what_every_provider_must() {
    for place in databases() {
        let db = Db::open(&place.config, "sandbox", SANDBOX_MIGRATIONS).await.expect(place.name);
        let (sandbox, _parcels) =
            Sandbox::new(SandboxConfig::default(), db.clone(), Clock::system(), Chance::system());
        passes(&Candidate {
            provider: &sandbox,
            yes: "tok_approved",
            no: "tok_insufficient_funds",
            by_hand: false,
        })
        .await;
        db.close().await;
    }
}
