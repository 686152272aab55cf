//! The people in the shop while the storm blows: each buys one thing after the other, not faster than at a pace that
//! the shop can keep, and does not give up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::{join_all, try_join_all};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Buyer, TestShop, address, eventually, new_key};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::doors::{Doors, Seen};

const BUYERS: u32 = 8;
const BROWSERS: u32 = 3;
/// One purchase of a buyer, and one look of a browser, in so long: the load is the same before and after a blow.
const PACE: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(200);
/// Between two attempts.
const BREATH: Duration = Duration::from_millis(200);
/// Whoever has no answer by then has lost an order.
const STUBBORN_FOR: Duration = Duration::from_secs(60);

pub(crate) struct Crowd {
    room: Arc<Room>,
    people: Vec<JoinHandle<Result<()>>>,
}

struct Room {
    doors: Doors,
    guests: Vec<Buyer>,
    regular: Buyer,
    closing: AtomicBool,
    sales: Mutex<Vec<Sale>>,
}

/// An order that somebody was told of.
#[derive(Clone)]
pub(crate) struct Sale {
    at: Instant,
    buyer: usize,
    key: String,
    cart: Value,
    order: Value,
    /// Whether it is placed (201), or accepted while its payment is unclear (202).
    placed: bool,
    /// How often it was asked for.
    attempts: u32,
}

impl Crowd {
    /// The regular looks around, and signs in again and again.
    pub(crate) fn comes_in(shop: &TestShop, regular: &Buyer) -> Crowd {
        let guests = (0..BUYERS).map(|n| shop.guest(&format!("Buyer{n}"))).collect();
        let room = Room {
            doors: Doors::of(shop),
            guests,
            regular: regular.clone(),
            closing: AtomicBool::new(false),
            sales: Mutex::default(),
        };
        let room = Arc::new(room);
        let buyers = (0..BUYERS).map(|n| tokio::spawn(keeps_buying(Arc::clone(&room), n)));
        let mut people: Vec<_> = buyers.collect();
        people.extend((0..BROWSERS).map(|n| tokio::spawn(looks_around(Arc::clone(&room), n))));
        Crowd { room, people }
    }

    /// When orders were placed so far.
    pub(crate) fn placed(&self) -> Vec<Instant> {
        let sales = self.room.sales.lock().expect("unpoisoned");
        let mut placed: Vec<_> = sales.iter().filter(|sale| sale.placed).map(|sale| sale.at).collect();
        placed.sort();
        placed
    }

    pub(crate) fn seen(&self) -> Seen {
        self.room.doors.seen()
    }

    /// Everybody finishes the purchase in hand. Then what they were told is held against what is there.
    pub(crate) async fn goes_home(self) -> Result<usize> {
        self.room.closing.store(true, Ordering::SeqCst);
        for person in join_all(self.people).await {
            person??;
        }
        let sales = self.room.sales.lock().expect("unpoisoned").clone();
        let mut ids: Vec<_> = sales.iter().map(|sale| sale.order["id"].to_string()).collect();
        ids.sort();
        ids.dedup();
        ensure!(ids.len() == sales.len(), "{} purchases, but {} orders", sales.len(), ids.len());
        for some in sales.chunks(16) {
            try_join_all(some.iter().map(|sale| self.room.is_there(sale))).await?;
        }
        Ok(sales.len())
    }
}

impl Room {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    async fn buys(&self, n: u32) -> Result<()> {
        let buyer = usize::try_from(n)?;
        let begun = Instant::now();
        let cart = loop {
            if let Some(cart) = self.fills_cart(&self.guests[buyer], n).await? {
                break cart;
            }
            if self.is_closing() {
                return Ok(());
            }
            ensure!(begun.elapsed() < STUBBORN_FOR, "nobody gets a cart any more");
            tokio::time::sleep(BREATH).await;
        };
        let (key, mut attempts) = (new_key(), 0);
        loop {
            attempts += 1;
            if let Some((order, placed)) = self.pays(&cart, &key).await? {
                let at = Instant::now();
                let sale = Sale { at, buyer, key, cart, order, placed, attempts };
                self.sales.lock().expect("unpoisoned").push(sale);
                return Ok(());
            }
            ensure!(begun.elapsed() < STUBBORN_FOR, "nobody says what became of {cart}");
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn fills_cart(&self, buyer: &Buyer, n: u32) -> Result<Option<Value>> {
        let lines = json!([{"sku": format!("SPREAD-{n}"), "quantity": 1}]);
        let cart = json!({"currency": "USD", "lines": lines});
        let Some(answer) = self.doors.ask(Method::POST, "/v1/carts", Some(cart), None).await else {
            return Ok(None);
        };
        let cart = answer.ok()?;
        let path = format!("/v1/carts/{}/details", cart["id"].as_str().context("an id")?);
        let details = json!({"email": buyer.email, "shipping_address": address(&buyer.name), "shipping_method": "standard"});
        let Some(answer) = self.doors.ask(Method::PUT, &path, Some(details), None).await else {
            return Ok(None);
        };
        answer.ok().map(Some)
    }

    /// The order, and whether it is placed.
    async fn pays(&self, cart: &Value, key: &str) -> Result<Option<(Value, bool)>> {
        let path = format!("/v1/carts/{}/checkout", cart["id"].as_str().context("an id")?);
        let payment = json!({"provider": "sandbox", "token": "tok_approved"});
        let body = json!({"version": cart["version"], "payment": payment});
        let Some(answer) = self.doors.ask(Method::POST, &path, Some(body), Some(key)).await else {
            return Ok(None);
        };
        match answer.status.as_u16() {
            201 => Ok(Some((answer.json(), true))),
            202 => Ok(Some((answer.json(), false))),
            409 if answer.code() == "checkout_in_progress" => Ok(None),
            _ => bail!("{}: {}", answer.status, answer.text),
        }
    }

    /// What was acknowledged is there, and whoever had to ask twice is told of the same order again.
    async fn is_there(&self, sale: &Sale) -> Result<()> {
        let patience = Duration::from_secs(20);
        let found = eventually(patience, || self.guests[sale.buyer].order(&sale.order)).await;
        let found = found.with_context(|| format!("an acknowledged order is gone: {}", sale.order))?;
        ensure!(found["id"] == sale.order["id"], "{found} is not {}", sale.order);
        if sale.placed {
            ensure!(found["state"] == "placed", "a placed order is now {}", found["state"]);
        }
        if sale.attempts > 1 {
            let again = eventually(patience, || async {
                self.pays(&sale.cart, &sale.key).await?.context("no answer to the same key")
            });
            let (again, _) = again.await?;
            ensure!(again["id"] == sale.order["id"], "one key, two orders: {again} and {}", sale.order);
        }
        Ok(())
    }
}

async fn keeps_buying(room: Arc<Room>, n: u32) -> Result<()> {
    tokio::time::sleep(PACE * n / BUYERS).await;
    let mut turn = tokio::time::interval(PACE);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !room.is_closing() {
        turn.tick().await;
        room.buys(n).await?;
    }
    Ok(())
}

async fn looks_around(room: Arc<Room>, n: u32) -> Result<()> {
    let product = format!("/v1/products/spread-{n}");
    let login = json!({"email": room.regular.email, "password": room.regular.password});
    let looks = [
        (Method::GET, product.as_str(), None),
        (Method::GET, "/v1/search?q=tee", None),
        (Method::POST, "/v1/sessions", Some(login)),
        (Method::GET, "/v1/categories", None),
    ];
    for (method, path, body) in looks.iter().cycle() {
        if room.is_closing() {
            break;
        }
        if let Some(answer) = room.doors.ask(method.clone(), path, body.clone(), None).await {
            answer.ok().with_context(|| (*path).to_owned())?;
        }
        tokio::time::sleep(GLANCE).await;
    }
    Ok(())
}
