//! `kill -9` under load: whatever the shop said yes to is there afterwards, once.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::join_all;
use serde_json::Value;
use souk_tests::{Broker, Buyer, TestShop, Topology, eventually};

const BUYERS: usize = 300;
const KILLS: usize = 30;
const PATIENCE: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_checkouts_survive_thirty_kills_of_the_whole_shop() -> Result<()> {
    survive(Topology::Embedded).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_checkouts_survive_the_kill_of_each_role_in_turn() -> Result<()> {
    survive(Topology::Split).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_checkouts_survive_the_kill_of_each_replica_in_turn() -> Result<()> {
    survive(Topology::Replicated(Broker::RabbitMq)).await
}

async fn survive(topology: Topology) -> Result<()> {
    let mut shop = TestShop::open(topology).await?;
    let buyers: Vec<_> = (0..BUYERS).map(|n| shop.guest(&format!("Buyer{n}"))).collect();
    let shopping =
        buyers.clone().into_iter().enumerate().map(|(n, buyer)| tokio::spawn(shops_stubbornly(buyer, n)));
    let shopping: Vec<_> = shopping.collect();
    let seats = shop.seats();
    for kill in 0..KILLS {
        // Spread over the time that the checkouts take, so that each kill finds work under way.
        tokio::time::sleep(Duration::from_millis(60 + 37 * (kill as u64 % 5))).await;
        let seat = seats[kill % seats.len()].clone();
        shop.kill_seat(&seat);
        shop.start_seat(&seat)?;
        if topology == Topology::Embedded {
            shop.ready().await?;
        }
    }
    shop.start().await?;
    let mut acknowledged = Vec::new();
    for outcome in join_all(shopping).await {
        acknowledged.extend(outcome??);
    }
    ensure!(acknowledged.len() > BUYERS * 8 / 10, "only {} orders were acknowledged", acknowledged.len());
    for (buyer, order) in &acknowledged {
        let found = eventually(Duration::from_secs(20), || async { buyer.order(order).await }).await;
        let found = found.with_context(|| format!("an acknowledged order is gone: {order}"))?;
        ensure!(found["id"] == order["id"], "{found}");
    }
    shop.audit().await?;
    // Once more after a clean stop and start: nothing lived in memory only.
    shop.close()?;
    shop.start().await?;
    shop.audit().await
}

/// Buys one thing and does not give up while the shop is down: the same key makes it one order.
async fn shops_stubbornly(buyer: Buyer, n: usize) -> Result<Option<(Buyer, Value)>> {
    let begun = Instant::now();
    let key = souk_tests::new_key();
    let sku = format!("SPREAD-{}", n % 20);
    tokio::time::sleep(Duration::from_millis(n as u64 * 20)).await;
    let mut cart = None;
    while begun.elapsed() < PATIENCE {
        if cart.is_none() {
            cart = buyer.cart(&sku, 1).await.ok();
        }
        if let Some(cart) = &cart {
            match buyer.pays_with_key(cart, "tok_approved", &key).await {
                Ok(answer) if answer.status == 201 || answer.status == 202 => {
                    return Ok(Some((buyer, answer.json())));
                }
                // In progress, or a role is down: try again.
                Ok(answer) if answer.status == 409 && answer.code() == "checkout_in_progress" => {}
                Ok(answer) if answer.status.is_server_error() => {}
                Ok(answer) => bail!("{}: {}", answer.status, answer.text),
                Err(_) => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    Ok(None)
}
