//! Every role twice: replicas come and go, and nobody in the shop notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk::Role;
use souk_tests::{Broker, Buyer, Client, Seat, TestShop, Topology, new_key};
use tokio::task::JoinHandle;

/// People who look around and people who buy, until they are told to stop.
struct Customers {
    stop: Arc<AtomicBool>,
    people: Vec<JoinHandle<Visits>>,
}

/// What one of them has met.
#[derive(Default)]
struct Visits {
    answered: usize,
    failed: Vec<String>,
    slowest: Duration,
}

impl Visits {
    fn note(&mut self, what: &str, begun: Instant, outcome: Result<u16>) {
        self.slowest = self.slowest.max(begun.elapsed());
        match outcome {
            Ok(status) if status < 300 => self.answered += 1,
            Ok(status) => self.failed.push(format!("{what}: {status}")),
            Err(error) => self.failed.push(format!("{what}: {error:#}")),
        }
    }
}

impl Customers {
    fn come_in(shop: &TestShop, lookers: usize, buyers: usize) -> Customers {
        let stop = Arc::new(AtomicBool::new(false));
        let look = (0..lookers).map(|_| tokio::spawn(look_around(shop.client.clone(), Arc::clone(&stop))));
        let mut people: Vec<_> = look.collect();
        let buy = (0..buyers)
            .map(|n| tokio::spawn(keep_buying(shop.guest(&format!("Buyer{n}")), n, Arc::clone(&stop))));
        people.extend(buy);
        Customers { stop, people }
    }

    /// Sends everybody home; fails when anybody was turned away.
    async fn leave(self) -> Result<Visits> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = Visits::default();
        for person in self.people {
            let visits = person.await?;
            all.answered += visits.answered;
            all.failed.extend(visits.failed);
            all.slowest = all.slowest.max(visits.slowest);
        }
        println!(
            "{} requests answered, {} failed, the slowest after {:?}",
            all.answered,
            all.failed.len(),
            all.slowest
        );
        ensure!(all.failed.is_empty(), "{} of {} failed: {:#?}", all.failed.len(), all.answered, all.failed);
        Ok(all)
    }
}

async fn look_around(client: Client, stop: Arc<AtomicBool>) -> Visits {
    let mut visits = Visits::default();
    for path in ["/v1/products?limit=5", "/v1/search?q=tee", "/v1/categories", "/v1/products/everyday-tee"]
        .iter()
        .cycle()
    {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let begun = Instant::now();
        let answer = client.get(path).await;
        visits.note(path, begun, answer.map(|answer| answer.status.as_u16()));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    visits
}

async fn keep_buying(buyer: Buyer, n: usize, stop: Arc<AtomicBool>) -> Visits {
    let mut visits = Visits::default();
    while !stop.load(Ordering::SeqCst) {
        let begun = Instant::now();
        let bought = async {
            let cart = buyer.cart(&format!("SPREAD-{}", n % 20), 1).await?;
            let answer = buyer.pays_with_key(&cart, "tok_approved", &new_key()).await?;
            ensure!(answer.status == 201, "{}: {}", answer.status, answer.text);
            Ok(answer.status.as_u16())
        };
        visits.note("buying", begun, bought.await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    visits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_replica_is_restarted_while_people_buy_and_no_request_fails() -> Result<()> {
    let mut shop = TestShop::open(Topology::Replicated(Broker::RabbitMq)).await?;
    let customers = Customers::come_in(&shop, 6, 6);
    for seat in shop.seats() {
        let begun = Instant::now();
        shop.restart(&seat).await?;
        println!("{:?} {} restarted within {:?}", seat.roles, seat.replica, begun.elapsed());
    }
    let visits = customers.leave().await?;
    ensure!(visits.answered > 200, "only {} requests were made", visits.answered);
    shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_killed_or_stopped_is_left_out_and_used_again_when_it_returns() -> Result<()> {
    let mut shop = TestShop::open(Topology::Replicated(Broker::RabbitMq)).await?;
    let product = Seat { roles: vec![Role::Product], replica: 0 };
    let customers = Customers::come_in(&shop, 2, 0);
    shop.freeze(&product, true)?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    shop.freeze(&product, false)?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    shop.kill_seat(&product);
    tokio::time::sleep(Duration::from_secs(2)).await;
    shop.start_seat(&product)?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let visits = customers.leave().await?;
    ensure!(visits.slowest < Duration::from_secs(4), "somebody waited {:?}", visits.slowest);
    shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_that_one_replica_saves_is_found_at_every_replica_within_a_second() -> Result<()> {
    let shop = TestShop::open(Topology::Replicated(Broker::RabbitMq)).await?;
    let staff = shop.staff().await?;
    for word in ["zeppelin", "quokka", "marzipan"] {
        let variants = json!([{"sku": word.to_uppercase(), "option_values": [], "prices": [{"amount": 100, "currency": "EUR"}]}]);
        let content = json!({"title": format!("The {word}"), "options": [], "variants": variants});
        staff.post("/v1/admin/products", json!({"published": true, "content": content})).await?.ok()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        for _ in 0..20 {
            let found = shop.client.get(&format!("/v1/search?q={word}")).await?.ok()?;
            ensure!(found["total"] == 1, "{word} is not found everywhere: {found}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journey_is_the_same_with_two_replicas_of_everything() -> Result<()> {
    let begun = Instant::now();
    let mut shop = TestShop::open(Topology::Replicated(Broker::RabbitMq)).await?;
    println!("open after {:?}", begun.elapsed());
    let ada = shop.customer("Ada").await?;
    let order = ada.buys("TEE-M", 2).await?;
    let paid = ada.sees(&order, "payment_status", "captured").await?;
    ada.mail("order.placed").await?;
    let id = paid["id"].as_str().context("an id")?;
    ada.client.post(&format!("/v1/orders/{id}/cancel"), json!({})).await?.ok()?;
    ada.sees(&order, "payment_status", "refunded").await?;
    ensure!(ada.mails("order.placed").await?.len() == 1, "one confirmation");
    shop.audit().await?;
    println!("told after {:?}", begun.elapsed());
    shop.close()
}
