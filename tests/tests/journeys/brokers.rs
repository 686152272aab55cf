//! Events over RabbitMQ: the shop is the same, and sells while the broker is away.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use souk_testkit::PrivateRabbit;
use souk_tests::{TestShop, Topology};
use tokio::task::block_in_place;

/// How soon after the broker's return an order that was taken without it is paid.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// RabbitMQ 3.10 forgets a new queue when it is killed in its first seconds (docs/limits.md).
const QUEUES_ARE_SAFE_AFTER: Duration = Duration::from_secs(5);

fn over(rabbit: &PrivateRabbit) -> String {
    format!("[bus]\ntransport = \"rabbitmq\"\nurl = \"{}\"\n", rabbit.url())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_taken_while_the_broker_is_away_and_processed_when_it_returns() -> Result<()> {
    let mut rabbit = PrivateRabbit::start()?;
    let shop = TestShop::open_with(Topology::Split, &over(&rabbit)).await?;
    let ada = shop.guest("Ada");
    let before = ada.buys("TEE-M", 1).await?;
    ada.sees(&before, "payment_status", "captured").await?;

    tokio::time::sleep(QUEUES_ARE_SAFE_AFTER).await;
    block_in_place(|| rabbit.kill())?;
    let buyers: Vec<_> = (0..10).map(|n| shop.guest(&format!("Buyer{n}"))).collect();
    let orders = try_join_all(buyers.iter().map(|buyer| buyer.buys("TEE-M", 1))).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (buyer, order) in buyers.iter().zip(&orders) {
        let order = buyer.order(order).await?;
        ensure!(order["payment_status"] != "captured", "nobody was told of it: {order}");
    }

    block_in_place(|| rabbit.restart())?;
    let returned = Instant::now();
    buyers[0].sees(&orders[0], "payment_status", "captured").await?;
    let took = returned.elapsed();
    ensure!(took <= BACK_WITHIN, "the first order was processed {took:?} after the broker's return");
    for (buyer, order) in buyers.iter().zip(&orders) {
        buyer.sees(order, "payment_status", "captured").await?;
        buyer.mail("order.placed").await?;
    }
    shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_one_process_opens_sells_and_closes_while_the_broker_is_away() -> Result<()> {
    let mut rabbit = PrivateRabbit::start()?;
    let mut shop = TestShop::open_with(Topology::Embedded, &over(&rabbit)).await?;
    tokio::time::sleep(QUEUES_ARE_SAFE_AFTER).await;
    block_in_place(|| rabbit.kill())?;
    let ada = shop.guest("Ada");
    let order = ada.buys("TEE-M", 1).await?;
    shop.close()?;
    shop.start().await?;
    block_in_place(|| rabbit.restart())?;
    ada.sees(&order, "payment_status", "captured").await?;
    shop.audit().await
}
