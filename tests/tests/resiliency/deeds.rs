//! What people do, and what they are told.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use souk_tests::{Answer, Buyer, eventually, new_key};

use crate::stage::Stage;
use crate::table::Deed;

/// What became of one deed.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    /// Of the problem, where there is one.
    pub(crate) code: String,
    /// Whether the answer says of itself that it may be old.
    pub(crate) stale: bool,
    pub(crate) took: Duration,
    pub(crate) text: String,
}

impl Told {
    fn of(answer: Result<Answer>, begun: Instant) -> Told {
        let took = begun.elapsed();
        match answer {
            Ok(answer) => Told {
                status: answer.status.as_u16(),
                code: answer.code(),
                stale: answer.headers.contains_key("warning"),
                took,
                text: answer.text,
            },
            Err(error) => Told {
                status: 0,
                code: "no_answer".to_owned(),
                stale: false,
                took,
                text: format!("{error:#}"),
            },
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The people of one row, with what they need from before anything was wrong.
pub(crate) struct People {
    /// Has a full cart in front of them.
    pub(crate) buyer: Buyer,
    pub(crate) cart: Value,
    pub(crate) key: String,
    /// Wants to fill one.
    pub(crate) browser: Buyer,
    /// Registers.
    pub(crate) newcomer: Buyer,
}

impl People {
    pub(crate) async fn come_in(stage: &Stage) -> Result<People> {
        let buyer = stage.shop.guest("Buyer");
        let cart = buyer.cart("SPREAD-1", 1).await?;
        // The shop has been looked at before.
        for path in [PAGE, LIST, SEARCH] {
            stage.shop.client.get(path).await?.ok()?;
        }
        ensure!(stage.history_of(&stage.ada).await? > 0, "Ada has bought something");
        // Nor is a purchase the first one: connections are open, also to the provider, and stay so while nobody answers.
        let mails = stage.mails_to(&stage.ada.email);
        let order = stage.ada.buys("MUG", 1).await?;
        stage.ada.sees(&order, "payment_status", "captured").await?;
        // A mail that is in hand when its service is killed would come again when its lease of 90 s has run out.
        eventually(Duration::from_secs(20), || async {
            ensure!(stage.mails_to(&stage.ada.email) > mails, "no mail of Ada's order");
            Ok(())
        })
        .await?;
        tokio::time::sleep(WRITTEN_DOWN).await;
        let (browser, newcomer) = (stage.shop.guest("Browser"), stage.shop.guest("Newcomer"));
        Ok(People { buyer, cart, key: new_key(), browser, newcomer })
    }

    pub(crate) async fn checks_out(&self) -> Result<Answer> {
        self.buyer.pays_with_key(&self.cart, "tok_approved", &self.key).await
    }

    pub(crate) async fn registers(&self) -> Result<Answer> {
        let Buyer { email, password, name, client } = &self.newcomer;
        client.post("/v1/users", json!({"email": email, "password": password, "name": name})).await
    }
}

/// How long after the mail server took a mail that is certainly in the database.
const WRITTEN_DOWN: Duration = Duration::from_millis(500);

const PAGE: &str = "/v1/products/everyday-tee";
const LIST: &str = "/v1/products?limit=5";
const SEARCH: &str = "/v1/search?q=tee";

/// Does it once, and says what came back; a success has been looked at.
pub(crate) async fn attempt(deed: Deed, stage: &Stage, people: &People) -> Result<Told> {
    let begun = Instant::now();
    let client = &stage.shop.client;
    let answer = match deed {
        Deed::Browse => {
            let list = client.get(LIST).await;
            match list {
                Ok(list) if list.status == 200 => client.get(PAGE).await,
                refused => refused,
            }
        }
        Deed::Search => client.get(SEARCH).await,
        Deed::LogIn => {
            let login = json!({"email": stage.ada.email, "password": stage.ada.password});
            client.post("/v1/sessions", login).await
        }
        Deed::FillCart => {
            let lines = json!([{"sku": "SPREAD-2", "quantity": 2}]);
            people.browser.client.post("/v1/carts", json!({"currency": "USD", "lines": lines})).await
        }
        Deed::CheckOut => people.checks_out().await,
        Deed::ReadHistory => stage.ada.client.get("/v1/me/orders").await,
        Deed::GetMail => people.registers().await,
    };
    let told = Told::of(answer, begun);
    if told.is_success() {
        let body = serde_json::from_str(&told.text).unwrap_or(Value::Null);
        is_right(deed, &body).with_context(|| format!("{deed:?} was answered {}", told.text))?;
    }
    Ok(told)
}

/// A success says what it should.
fn is_right(deed: Deed, body: &Value) -> Result<()> {
    let right = match deed {
        Deed::Browse => body["title"] == "Everyday Tee",
        Deed::Search => body["items"][0]["title"] == "Everyday Tee",
        Deed::LogIn => body["token"].is_string(),
        Deed::FillCart => body["lines"][0]["quantity"] == 2,
        Deed::CheckOut => body["number"].is_string() && body["state"] != "canceled",
        Deed::ReadHistory => body["items"].as_array().is_some_and(|orders| !orders.is_empty()),
        Deed::GetMail => true,
    };
    ensure!(right, "that is not what was asked for");
    Ok(())
}
