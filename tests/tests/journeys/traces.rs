//! One order, followed from nginx to its mail: through every process, over the queue, in the collector and in the logs.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use souk::Role;
use souk::nginx::{Site, config};
use souk_gateway::GatewayConfig;
use souk_testkit::{NginxPlace, PrivateNginx};
use souk_tests::{Answer, Buyer, Client, Collector, TestShop, Topology, Trace, eventually, new_key};
use tokio::net::TcpListener;

use crate::proxy::site;

const PATIENCE: Duration = Duration::from_secs(20);

fn telemetry(endpoint: &str) -> String {
    format!(
        "[log]\nformat = \"json\"\n[telemetry]\nendpoint = \"{endpoint}\"\n\
         [gateway]\ntrusted_proxies = [\"127.0.0.1\"]\n"
    )
}

/// nginx in front of the shop, as `souk nginx` writes it.
fn nginx(shop: &TestShop) -> Result<PrivateNginx> {
    let place = NginxPlace::pick()?;
    let site = Site { purge: None, ..site(&place, vec![shop.address().to_owned()]) };
    place.start(&config(&site, &GatewayConfig::default())?)
}

async fn check_out(client: &Client, cart: &Value, key: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let path = format!("/v1/carts/{}/checkout", cart["id"].as_str().context("a cart")?);
    let body =
        json!({"version": cart["version"], "payment": {"provider": "sandbox", "token": "tok_approved"}});
    let headers = [&[("Idempotency-Key", key)], headers].concat();
    client.send(Method::POST, &path, Some(body), &headers).await
}

/// Buys through nginx; answers the trace that its log names, once all of it has arrived.
async fn bought(shop: &TestShop, collector: &Collector) -> Result<Trace> {
    let nginx = nginx(shop)?;
    let ada = Buyer::guest(shop.client.at(&nginx.url()), "Ada");
    let cart = ada.cart("TEE-M", 2).await?;
    let answer = check_out(&ada.client, &cart, &new_key(), &[]).await?;
    ensure!(answer.status == 201, "{answer:?}");
    let request = answer.headers.get("x-request-id").context("a request id")?.to_str()?.to_owned();
    ada.sees(&answer.json(), "payment_status", "captured").await?;
    ada.mail("order.placed").await?;
    let log = nginx.place().folder().join("access.log");
    eventually(PATIENCE, || async {
        let logged = std::fs::read_to_string(&log)?;
        ensure!(logged.contains(&format!("\"request_id\":\"{request}\"")), "{request} is not in {logged}");
        let trace = collector.trace(&request);
        for last in ["send mail order.placed", "process payment.captured", "POST /v1/carts"] {
            ensure!(trace.0.iter().any(|span| span.name == last), "no {last} yet in {trace:#?}");
        }
        trace.root()?;
        Ok(trace)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_follows_an_order_through_every_process_to_its_mail() -> Result<()> {
    let collector = Collector::open().await?;
    let shop = TestShop::open_with(Topology::Split, &telemetry(&collector.endpoint())).await?;
    let trace = bought(&shop, &collector).await?;

    ensure!(trace.root()?.name == "POST /v1/carts" && trace.root()?.service == "souk-gateway", "{trace:#?}");
    let everybody = ["souk-gateway", "souk-notification", "souk-order", "souk-payment", "souk-product"];
    ensure!(trace.services().into_iter().eq(everybody), "{:?}", trace.services());
    let checkout = [
        "souk-order: POST /v1/carts/{id}/checkout",
        "souk-gateway: POST order",
        "souk-gateway: POST /v1/carts",
    ];
    let under = |steps: &[&'static str]| [steps, &checkout].concat();

    let held = trace.way_up("souk-product", "product/hold_stock")?;
    let called = ["souk-product: product/hold_stock", "souk-order: product/hold_stock"];
    ensure!(held == under(&called), "{held:#?}");
    let authorized = trace.way_up("souk-payment", "provider authorize")?;
    let called = [
        "souk-payment: provider authorize",
        "souk-payment: payment/authorize",
        "souk-order: payment/authorize",
    ];
    ensure!(authorized == under(&called), "{authorized:#?}");
    let captured = trace.way_up("souk-order", "process payment.captured")?;
    let heard = ["souk-order: process payment.captured", "souk-payment: process order.placed"];
    ensure!(captured == under(&heard), "{captured:#?}");
    let allocated = trace.way_up("souk-product", "process order.placed")?;
    ensure!(allocated == under(&["souk-product: process order.placed"]), "{allocated:#?}");
    let mailed = trace.way_up("souk-notification", "send mail order.placed")?;
    let sent = ["souk-notification: send mail order.placed", "souk-notification: process order.placed"];
    ensure!(mailed == under(&sent), "{mailed:#?}");
    let placed = trace.way_up("souk-order", "commit order")?;
    ensure!(placed == under(&["souk-order: commit order"]), "{placed:#?}");
    let secret =
        trace.0.iter().flat_map(|span| span.attributes.keys()).find(|key| key.as_str() == "url.path");
    ensure!(secret.is_none(), "the path of a checkout names the cart, which opens it");
    shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_follows_an_order_within_one_process() -> Result<()> {
    let collector = Collector::open().await?;
    let shop = TestShop::open_with(Topology::Embedded, &telemetry(&collector.endpoint())).await?;
    let trace = bought(&shop, &collector).await?;
    ensure!(trace.services().into_iter().eq(["souk"]), "{:?}", trace.services());
    let held = trace.way_up("souk", "product/hold_stock")?;
    let checkout = ["souk: POST /v1/carts/{id}/checkout", "souk: POST /v1/carts"];
    ensure!(held == [&["souk: product/hold_stock"], &checkout[..]].concat(), "{held:#?}");
    let mailed = trace.way_up("souk", "send mail order.placed")?;
    let sent = ["souk: send mail order.placed", "souk: process order.placed"];
    ensure!(mailed == [&sent[..], &checkout[..]].concat(), "{mailed:#?}");
    shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_s_trace_is_continued_and_strangers_do_not_decide_what_is_recorded() -> Result<()> {
    let collector = Collector::open().await?;
    let settings = telemetry(&collector.endpoint()).replace("[telemetry]", "[telemetry]\nsample_ratio = 0.5");
    let shop = TestShop::open_with(Topology::Embedded, &settings).await?;
    // The lower half of the id decides, the same way at every door; the client's flag says the opposite.
    let (wanted, other) = ("4bf92f3577b34da61111111111111111", "4bf92f3577b34da6eeeeeeeeeeeeeeee");
    for (trace, flags) in [(other, "01"), (wanted, "00")] {
        let given = format!("00-{trace}-00f067aa0ba902b7-{flags}");
        shop.client.send(Method::GET, "/v1/products", None, &[("traceparent", &given)]).await?.ok()?;
    }
    eventually(PATIENCE, || async {
        let trace = collector.trace(wanted);
        ensure!(trace.0.iter().any(|span| span.parent == "00f067aa0ba902b7"), "{trace:#?}");
        Ok(())
    })
    .await?;
    ensure!(collector.trace(other).0.is_empty(), "{:#?}", collector.trace(other));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logs_of_all_processes_name_the_trace_though_nobody_records_it() -> Result<()> {
    let mut shop = TestShop::open_with(Topology::Split, "[log]\nformat = \"json\"\n").await?;
    shop.close()?;
    shop.arm(Role::Order, "checkout.after_hold=error*1");
    shop.arm(Role::Payment, "capture.before_provider=error*1");
    shop.arm(Role::Notification, "notification.before_queue=error*1");
    shop.start().await?;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("00-{trace}-00f067aa0ba902b7-01");
    let ada = shop.guest("Ada");
    let (cart, key) = (ada.cart("MUG", 1).await?, new_key());
    let interrupted = check_out(&ada.client, &cart, &key, &[("traceparent", &given)]).await?;
    ensure!(interrupted.status.is_server_error(), "{interrupted:?}");
    let order = eventually(PATIENCE, || async {
        check_out(&ada.client, &cart, &key, &[("traceparent", &given)]).await?.ok()
    })
    .await?;
    ada.sees(&order, "payment_status", "captured").await?;
    ada.mail("order.placed").await?;

    let lines: Vec<_> = shop.log_lines()?.into_iter().filter(|line| line["trace_id"] == trace).collect();
    let said = |what: &str, by: &str, value: &str| {
        lines.iter().any(|line| {
            let complete =
                line["timestamp"].is_string() && line["level"] == "WARN" && line["span_id"].is_string();
            let named = line["request_id"].as_str().is_some_and(|id| !id.is_empty());
            line["message"] == what && line[by] == value && complete && named
        })
    };
    ensure!(said("request failed", "target", "souk_gateway::machinery"), "{lines:#?}");
    let interrupted = "an attempt to place an order was interrupted";
    ensure!(said(interrupted, "target", "souk_order::flows::place_order"), "{lines:#?}");
    ensure!(said("reaction failed, again later", "consumer", "payment"), "{lines:#?}");
    ensure!(said("reaction failed, again later", "consumer", "notification"), "{lines:#?}");
    shop.audit().await
}

/// Takes connections and never says a word.
async fn mute() -> Result<(SocketAddr, tokio::task::JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let holding = tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            kept.push(stream);
        }
    });
    Ok((address, holding))
}

async fn sells_though_nobody_takes_its_traces(endpoint: &str) -> Result<()> {
    let mut shop = TestShop::open_with(Topology::Embedded, &telemetry(endpoint)).await?;
    let ada = shop.guest("Ada");
    for _ in 0..20 {
        let begun = Instant::now();
        ada.buys("MUG", 1).await?;
        ensure!(begun.elapsed() < Duration::from_secs(3), "a buyer waited for the collector");
    }
    eventually(PATIENCE, || async {
        let numbers = shop.client.get("/metrics").await?.text;
        let failed =
            numbers.lines().find(|line| line.starts_with("souk_trace_spans_total{outcome=\"failed\"}"));
        ensure!(failed.is_some(), "{numbers}");
        Ok(())
    })
    .await?;
    ada.buys("MUG", 1).await?;
    shop.audit().await?;
    let begun = Instant::now();
    shop.close()?;
    ensure!(begun.elapsed() < Duration::from_secs(10), "it closes without the collector");
    let told = shop.log_lines()?.into_iter().filter(|line| {
        line["message"].as_str().is_some_and(|message| message.starts_with("no collector takes the traces"))
    });
    ensure!(told.count() == 1, "an outage is told of once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_sells_though_its_collector_is_away() -> Result<()> {
    sells_though_nobody_takes_its_traces("http://127.0.0.1:1").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_sells_though_its_collector_hangs() -> Result<()> {
    let (address, holding) = mute().await?;
    let told = sells_though_nobody_takes_its_traces(&format!("http://{address}")).await;
    holding.abort();
    told
}
