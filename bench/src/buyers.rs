//! Buyers: each has a connection that stays open and carts that are filled before the clock starts. What is timed
//! is the checkout.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use hyper::{Method, StatusCode};
use serde_json::json;
use tokio::sync::Barrier;

use crate::client::{Connection, Prepared, change};

const FILLERS: usize = 16;

/// A cart that is ready to be bought.
#[derive(Debug, Clone)]
pub(crate) struct Cart {
    id: String,
    version: i64,
}

/// One cart per variant listed, each with one unit, an address and a way to send it.
pub(crate) async fn fill_carts(address: SocketAddr, variants: &[String]) -> Result<Vec<Cart>> {
    let share = variants.len().div_ceil(FILLERS).max(1);
    let fillers = variants.chunks(share).map(|variants| async move {
        let mut shop = Connection::open(address).await?;
        let mut carts = Vec::with_capacity(variants.len());
        for variant in variants {
            carts.push(fill(&mut shop, variant).await?);
        }
        anyhow::Ok(carts)
    });
    Ok(try_join_all(fillers).await?.into_iter().flatten().collect())
}

async fn fill(shop: &mut Connection, variant: &str) -> Result<Cart> {
    let lines = json!({ "currency": "EUR", "lines": [{ "variant_id": variant, "quantity": 1 }] });
    let cart = shop.json(change(Method::POST, "/v1/carts", &unique("cart"), &lines)?).await?;
    let id = cart["id"].as_str().context("a cart without an id")?.to_owned();
    let details = json!({
        "email": format!("{id}@buyers.example"),
        "shipping_address": {
            "name": "Ada Lovelace", "line1": "12 St James's Square", "city": "Berlin",
            "postal_code": "10115", "country": "DE"
        },
        "shipping_method": "standard",
    });
    let path = format!("/v1/carts/{id}/details");
    let cart = shop.json(change(Method::PUT, &path, &unique("details"), &details)?).await?;
    Ok(Cart { id, version: cart["version"].as_i64().context("a cart without a version")? })
}

/// A key that no request of this or of an earlier run has had.
fn unique(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("bench-{what}-{:08}-{:08}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Sale {
    pub(crate) begun: Option<Instant>,
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Microseconds from request to answer.
    pub(crate) placed_us: Vec<u64>,
    pub(crate) sold_out_us: Vec<u64>,
}

/// All carts are bought, by `buyers` at a time. Anything but "placed" and "sold out" ends the measurement.
pub(crate) async fn check_out(address: SocketAddr, carts: &[Cart], buyers: usize) -> Result<Sale> {
    let buyers = buyers.min(carts.len()).max(1);
    let mut shares: Vec<Vec<Prepared>> = (0..buyers).map(|_| Vec::new()).collect();
    for (number, cart) in carts.iter().enumerate() {
        shares[number % buyers].push(checkout(cart)?);
    }
    let barrier = Arc::new(Barrier::new(buyers + 1));
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|requests| tokio::spawn(buy(address, requests, Arc::clone(&barrier))))
        .collect();
    barrier.wait().await;
    let begun = Instant::now();
    let mut sale = Sale { begun: Some(begun), ..Sale::default() };
    for task in tasks {
        for (status, took) in task.await?? {
            let took_us = crate::numbers::micros(took);
            match status {
                StatusCode::CREATED => sale.placed_us.push(took_us),
                _ => sale.sold_out_us.push(took_us),
            }
        }
    }
    sale.took = begun.elapsed();
    Ok(sale)
}

fn checkout(cart: &Cart) -> Result<Prepared> {
    let body =
        json!({ "version": cart.version, "payment": { "provider": "sandbox", "token": "tok_approved" } });
    change(Method::POST, &format!("/v1/carts/{}/checkout", cart.id), &unique("checkout"), &body)
}

async fn buy(
    address: SocketAddr,
    requests: Vec<Prepared>,
    barrier: Arc<Barrier>,
) -> Result<Vec<(StatusCode, Duration)>> {
    let connection = Connection::open(address).await;
    // Whoever cannot connect still comes to the start, so that nobody waits for ever.
    barrier.wait().await;
    let mut shop = connection?;
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let begun = Instant::now();
        let answer = shop.send(request).await?;
        let body = String::from_utf8_lossy(&answer.body);
        let sold_out = answer.status == StatusCode::CONFLICT && body.contains("sold_out");
        if answer.status != StatusCode::CREATED && !sold_out {
            bail!("a checkout was answered {}: {body}", answer.status);
        }
        answers.push((answer.status, begun.elapsed()));
    }
    Ok(answers)
}
