//! A merchant's program hears of an order from the first event to the last, in order and signed.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk::Role;
use souk_tests::{Receiver, TestShop, Topology, eventually};

const SETTINGS: &str = "[notification.webhooks]\nallow_private = true\n";
/// A retry after 5 s, a lease of 30 s that a killed process leaves behind, and time to spare.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_told_in_order_to_a_receiver_that_fails_first_by_a_shop_that_is_killed_embedded() -> Result<()> {
    told(Topology::Embedded).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_told_in_order_to_a_receiver_that_fails_first_by_a_shop_that_is_killed_split() -> Result<()> {
    told(Topology::Split).await
}

async fn told(topology: Topology) -> Result<()> {
    let mut shop = TestShop::open_with(topology, SETTINGS).await?;
    let receiver = Receiver::refusing(1).await?;
    let staff = shop.staff().await?;
    let wanted = json!({"url": receiver.url, "kinds": ["order.placed", "order.paid", "order.shipped"]});
    let made = staff.post("/v1/admin/webhooks", wanted).await?.ok()?;
    let secret = made["secret"].as_str().context("a secret")?.to_owned();

    let ada = shop.guest("Ada");
    let order = ada.buys("TEE-M", 2).await?;
    ada.sees(&order, "payment_status", "captured").await?;
    eventually(PATIENCE, || async {
        ensure!(!receiver.delivered().is_empty(), "nobody called");
        Ok(())
    })
    .await?;
    // The first delivery was refused and waits; whoever has it in hand dies.
    let seat = shop.seats().into_iter().find(|seat| seat.roles.contains(&Role::Notification));
    let seat = seat.context("somebody tells")?;
    shop.kill_seat(&seat);
    shop.start_seat(&seat)?;
    shop.ready().await?;

    let id = order["id"].as_str().context("an id")?;
    let parcel = json!({"carrier": "DHL", "tracking_number": "JD014600"});
    staff.post(&format!("/v1/admin/orders/{id}/shipments"), parcel).await?.ok()?;
    let kinds = eventually(PATIENCE, || async {
        let taken: Vec<_> = receiver.delivered().into_iter().filter(|told| told.status == 200).collect();
        // A delivery that was taken right before the kill comes again, under the same id.
        let mut ids = Vec::new();
        let mut kinds = Vec::new();
        for told in taken {
            if !ids.contains(&told.headers["webhook-id"]) {
                ids.push(told.headers["webhook-id"].clone());
                kinds.push(told.kind());
            }
        }
        ensure!(kinds.len() >= 3, "only {kinds:?} so far");
        Ok(kinds)
    })
    .await?;
    ensure!(kinds == ["order.placed", "order.paid", "order.shipped"], "{kinds:?}");
    let all = receiver.delivered();
    ensure!(all[0].status == 500 && all[0].headers["webhook-id"] == all[1].headers["webhook-id"], "{all:?}");
    let verified = receiver.verify(&secret)?;
    ensure!(verified.len() == 2 * all.len(), "{verified:?}");
    shop.audit().await
}
