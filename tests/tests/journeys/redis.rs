//! A shop whose Redis stops and dies while people buy.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures::future::try_join_all;
use souk_testkit::PrivateRedis;
use souk_tests::{Buyer, TestShop, Topology, eventually};

const BUYERS: usize = 4;
/// What the shop promises.
const BACK_WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_one_process_sells_on_while_its_redis_is_stopped_and_killed() -> Result<()> {
    sells_on(Topology::Embedded).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_in_six_processes_sells_on_while_its_redis_is_stopped_and_killed() -> Result<()> {
    sells_on(Topology::Split).await
}

async fn sells_on(topology: Topology) -> Result<()> {
    let mut redis = PrivateRedis::start()?;
    let settings = format!("\n[redis]\nurl = \"{}\"\n", redis.url());
    let shop = TestShop::open_with(topology, &settings).await?;
    redis_is(&shop, true).await?;
    let (bought, closing) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let shopping = (0..BUYERS).map(|n| {
        let buyer = shop.guest(&format!("Buyer{n}"));
        tokio::spawn(buys_on(buyer, n, Arc::clone(&bought), Arc::clone(&closing)))
    });
    let shopping: Vec<_> = shopping.collect();
    let sold_within = async |time: Duration| {
        let before = bought.load(Ordering::SeqCst);
        tokio::time::sleep(time).await;
        bought.load(Ordering::SeqCst) - before
    };

    let with_redis = sold_within(Duration::from_secs(3)).await;
    redis.pause()?;
    let stopped = sold_within(Duration::from_secs(10)).await;
    redis_is(&shop, false).await?;
    redis.resume()?;
    redis_is(&shop, true).await?;
    redis.kill()?;
    let killed = sold_within(Duration::from_secs(3)).await;
    redis_is(&shop, false).await?;
    redis.restart()?;
    redis_is(&shop, true).await?;
    let afterwards = sold_within(Duration::from_secs(2)).await;

    closing.store(true, Ordering::SeqCst);
    let slowest = try_join_all(shopping).await?.into_iter().collect::<Result<Vec<_>>>()?.into_iter().max();
    println!("{topology:?}: sold {with_redis}, stopped {stopped}, killed {killed}, afterwards {afterwards}");
    println!("the slowest reading took {slowest:?}");
    for line in shop.client.get("/metrics").await?.text.lines().filter(|line| line.starts_with("souk_redis"))
    {
        println!("{line}");
    }
    ensure!(with_redis > 0 && stopped > 0 && killed > 0 && afterwards > 0, "there was a time without a sale");
    shop.audit().await
}

/// Buys, reads and searches without a single refusal until the shop closes. Answers with its slowest reading.
async fn buys_on(
    buyer: Buyer,
    n: usize,
    bought: Arc<AtomicU32>,
    closing: Arc<AtomicBool>,
) -> Result<Duration> {
    let mut slowest = Duration::ZERO;
    let mut round = n;
    while !closing.load(Ordering::SeqCst) {
        buyer.buys(&format!("SPREAD-{}", round % 20), 1).await?;
        bought.fetch_add(1, Ordering::SeqCst);
        for path in [format!("/v1/products/spread-{}", round % 20), format!("/v1/search?q=spread&limit={n}9")]
        {
            let begun = Instant::now();
            let answer = buyer.client.get(&path).await?;
            ensure!(answer.status == 200, "{path}: {}", answer.text);
            slowest = slowest.max(begun.elapsed());
        }
        round += BUYERS;
    }
    Ok(slowest)
}

/// Waits until the gateway says so, as long as it may take.
async fn redis_is(shop: &TestShop, up: bool) -> Result<()> {
    let expected = format!("souk_redis_up {}", u8::from(up));
    eventually(BACK_WITHIN, || async {
        let metrics = shop.client.get("/metrics").await?.text;
        let line =
            metrics.lines().find(|line| line.starts_with("souk_redis_up")).context("no souk_redis_up")?;
        ensure!(line == expected, "{line}");
        Ok(())
    })
    .await
}
