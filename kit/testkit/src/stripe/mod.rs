//! A stand-in for Stripe: localstripe in a process of its own, behind a door that makes it as Stripe is where it is not,
//! and that misbehaves on demand.

mod door;

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::server::{free_port, shell};
pub use door::{Asked, StripeFault};
use door::{Door, Pairs};

const STARTED_WITHIN: Duration = Duration::from_secs(60);
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/external/stripe.sh");

/// The secret that its webhooks are signed with.
pub const STRIPE_WEBHOOK_SECRET: &str = "whsec_of_the_tests";
/// A key that it takes.
pub const STRIPE_SECRET_KEY: &str = "sk_test_of_the_tests";

/// A server for one test, gone when dropped and when the test dies.
pub struct LocalStripe {
    server: Child,
    watch: Child,
    pipe: Option<ChildStdin>,
    door: Door,
    inside: String,
    http: reqwest::Client,
}

impl LocalStripe {
    /// On free ports, empty.
    pub async fn start() -> Result<LocalStripe> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = free_port()?;
        let server = Command::new("bash")
            .args([SCRIPT, "serve", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut watch =
            shell(&format!("cat > /dev/null; kill -9 {}", server.id())).stdin(Stdio::piped()).spawn()?;
        let pipe = watch.stdin.take();
        let inside = format!("http://127.0.0.1:{port}");
        let http = reqwest::Client::builder().no_proxy().build()?;
        let door = Door::before(&inside).await?;
        let stripe = LocalStripe { server, watch, pipe, door, inside, http };
        stripe.answers().await?;
        Ok(stripe)
    }

    async fn answers(&self) -> Result<()> {
        let begun = Instant::now();
        while let Err(error) = self.all("payment_intents").await {
            ensure!(begun.elapsed() < STARTED_WITHIN, "localstripe does not answer: {error:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Where the shop is told that Stripe is.
    pub fn url(&self) -> &str {
        self.door.url()
    }

    /// What is wrong with the next calls whose path ends so, `times` of them.
    pub fn misbehaves(&self, path_end: &'static str, fault: StripeFault, times: usize) {
        self.door.misbehaves(path_end, fault, times);
    }

    /// What was asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.door.asked()
    }

    /// A card as the buyer's browser would give it to Stripe; answers the id of the payment method.
    pub async fn card(&self, number: &str) -> Result<String> {
        let form = [("type", "card"), ("card[number]", number), ("card[exp_month]", "12")];
        let form = [&form[..], &[("card[exp_year]", "2040"), ("card[cvc]", "123")]].concat();
        let made = self.post("/v1/payment_methods", &form).await?;
        Ok(made["id"].as_str().context("an id")?.to_owned())
    }

    /// The buyer confirms at the bank, or refuses, with what the browser was sent.
    pub async fn confirms(&self, intent: &str, client_secret: &str, success: bool) -> Result<Value> {
        let success = if success { "true" } else { "false" };
        let form = [("client_secret", client_secret), ("success", success), ("key", "pk_test_of_the_tests")];
        self.post(&format!("/v1/payment_intents/{intent}/_authenticate"), &form).await
    }

    /// Rings at this address from now on.
    pub async fn rings_at(&self, url: &str) -> Result<()> {
        self.post("/_config/webhooks/shop", &[("url", url), ("secret", STRIPE_WEBHOOK_SECRET)]).await?;
        Ok(())
    }

    /// Everything of a kind, such as `payment_intents` or `refunds`, as it has it.
    pub async fn all(&self, kind: &str) -> Result<Vec<Value>> {
        let url = format!("{}/v1/{kind}?limit=100000", self.inside);
        let response = self.http.get(url).bearer_auth(STRIPE_SECRET_KEY).send().await?.error_for_status()?;
        let list: Value = serde_json::from_slice(&response.bytes().await?)?;
        Ok(list["data"].as_array().cloned().unwrap_or_default())
    }

    /// Straight to the server, past the door.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        let pairs: Pairs = form.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let request = self.http.post(format!("{}{path}", self.inside)).bearer_auth(STRIPE_SECRET_KEY);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(door::encoded(&pairs)).send().await?;
        let (status, body) = (response.status(), response.bytes().await?);
        ensure!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body).unwrap_or_default())
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        drop(self.pipe.take());
        let _ = self.watch.wait();
    }
}

/// The `Stripe-Signature` header for each body and time (in seconds), made and checked by Stripe's own SDK.
pub fn stripe_signatures(secret: &str, bodies: &[(&str, i64)]) -> Result<Vec<String>> {
    let mut child =
        Command::new("bash").args([SCRIPT, "sign"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut pipe = child.stdin.take().context("piped")?;
    for (body, at) in bodies {
        writeln!(pipe, "{}", serde_json::json!({"secret": secret, "body": body, "at": at}))?;
    }
    drop(pipe);
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "the SDK signs nothing: {}", output.status);
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}
