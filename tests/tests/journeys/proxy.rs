//! The shop behind the nginx that `souk nginx` writes: the real binary of Debian, private to each test.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use souk::nginx::{PurgeDoor, Site, config};
use souk_gateway::GatewayConfig;
use souk_testkit::{NginxPlace, PrivateNginx};
use souk_tests::{Answer, Client, TestShop, Topology, eventually, free_port};

const MODULE: &str = "/usr/lib/nginx/modules/ngx_http_cache_purge_module.so";
const MUG: &str = "/v1/products/stoneware-mug";

/// A plain site, as `souk nginx` would be asked for it, with a door for purges.
pub(crate) fn site(place: &NginxPlace, gateways: Vec<String>) -> Site {
    Site {
        gateways,
        listen: place.listen,
        server_name: "_".to_owned(),
        tls: None,
        redirect_listen: None,
        behind: Vec::new(),
        user: NginxPlace::user().map(str::to_owned),
        folder: Some(place.folder().to_owned()),
        cache_megabytes: 16,
        purge: Some(PurgeDoor { listen: place.second, from: Vec::new(), module: PathBuf::from(MODULE) }),
    }
}

/// A shop that believes this nginx and tells it of edits, and a client that comes in through it.
struct Fronted {
    shop: TestShop,
    nginx: PrivateNginx,
    client: Client,
}

impl Fronted {
    async fn open(topology: Topology) -> Result<Fronted> {
        Fronted::open_with(topology, &[]).await
    }

    /// Beside the real gateway nginx is told of these.
    async fn open_with(topology: Topology, others: &[String]) -> Result<Fronted> {
        let place = NginxPlace::pick()?;
        let settings = format!(
            "[gateway]\ntrusted_proxies = [\"127.0.0.1\"]\n[product]\npurge_urls = [\"http://{}\"]\n",
            place.second
        );
        // It runs before the shop, which tells it of the first products already, and learns its address afterwards.
        let nobody = config(&site(&place, vec!["127.0.0.1:1".to_owned()]), &GatewayConfig::default())?;
        let nginx = place.start(&nobody)?;
        let shop = TestShop::open_with(topology, &settings).await?;
        let mut gateways = vec![shop.address().to_owned()];
        gateways.extend_from_slice(others);
        nginx.reload(&config(&site(nginx.place(), gateways), &GatewayConfig::default())?)?;
        let client = shop.client.at(&nginx.url());
        eventually(Duration::from_secs(10), || async {
            let answer = client.get("/readyz").await?;
            ensure!(answer.status == 200, "{answer:?}");
            Ok(())
        })
        .await?;
        Ok(Fronted { shop, nginx, client })
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.client.send(Method::GET, path, None, headers).await
    }

    /// Gives the mug another title, as an editor would by an import.
    fn rename_mug(&self, title: &str) -> Result<()> {
        let variant = json!({"sku": "MUG", "prices": {"USD": 1250, "EUR": 1250}, "stock": {"main": 1000}});
        let row = json!({"key": "mug", "title": title, "variants": [variant]});
        let file = self.nginx.place().folder().join("edit.jsonl");
        std::fs::write(&file, format!("{row}\n"))?;
        self.shop.command(&["import", &file.display().to_string()], "").map(drop)
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_product_page_is_kept_by_nginx_and_a_private_page_never() -> Result<()> {
    let fronted = Fronted::open(Topology::Embedded).await?;
    let first = fronted.get(MUG, &[]).await?;
    ensure!(first.status == 200 && header(&first, "x-cache") == "MISS", "{first:?}");
    let second = fronted.get(MUG, &[]).await?;
    ensure!(header(&second, "x-cache") == "HIT" && second.text == first.text, "{second:?}");
    ensure!(!second.headers.contains_key("ratelimit"), "the limit of another visitor: {second:?}");
    ensure!(header(&second, "x-request-id") != header(&first, "x-request-id"), "each request has its own id");
    let etag = header(&first, "etag").to_owned();
    ensure!(
        fronted.get(MUG, &[("if-none-match", &etag)]).await?.status == 304,
        "nginx answers 304 by itself"
    );

    let compressed = fronted.get(MUG, &[("accept-encoding", "br;q=0, gzip")]).await?;
    ensure!(header(&compressed, "x-cache") == "MISS", "another encoding is another copy: {compressed:?}");

    for named in [
        ("authorization", "Bearer nobody"),
        ("cookie", "a=b; __Host-souk_session=x"),
        ("origin", "https://a.example"),
    ] {
        let answer = fronted.get(MUG, &[named]).await?;
        ensure!(header(&answer, "x-cache") == "BYPASS", "{named:?}: {answer:?}");
    }
    let mut ada = fronted.shop.customer("Ada").await?;
    ada.client = ada.client.at(&fronted.nginx.url());
    let cart = ada.cart("MUG", 1).await?;
    let cart = format!("/v1/carts/{}", cart["id"].as_str().context("an id")?);
    for private in [cart.as_str(), "/v1/me", "/v1/me/orders"] {
        for _ in 0..2 {
            let answer = ada.client.get(private).await?;
            ensure!(answer.status == 200 && !answer.headers.contains_key("x-cache"), "{private}: {answer:?}");
            ensure!(header(&answer, "cache-control").contains("no-store"), "{private}: {answer:?}");
        }
        let guest = fronted.get(private, &[]).await?;
        ensure!(guest.status != 200 || private == cart, "{private} is shown to a stranger: {guest:?}");
    }
    let order = ada.buys("MUG", 1).await?;
    ensure!(order["state"] == "placed", "a checkout passes: {order}");
    fronted.shop.audit().await
}

async fn an_edit_is_seen_at_once(topology: Topology) -> Result<()> {
    let fronted = Fronted::open(topology).await?;
    let page: Value = fronted.get(MUG, &[]).await?.ok()?;
    let by_id = format!("/v1/products/{}", page["id"].as_str().context("an id")?);
    let copies = [(MUG, "identity"), (MUG, "gzip"), (MUG, "br"), (by_id.as_str(), "identity")];
    for (path, encoding) in copies {
        fronted.get(path, &[("accept-encoding", encoding)]).await?;
        let kept = fronted.get(path, &[("accept-encoding", encoding)]).await?;
        ensure!(header(&kept, "x-cache") == "HIT", "{path} in {encoding}: {kept:?}");
    }
    for title in ["Porcelain Mug", "Tin Mug"] {
        let edited = Instant::now();
        fronted.rename_mug(title)?;
        for (path, encoding) in copies {
            eventually(Duration::from_secs(3), || async {
                let answer = fronted.get(path, &[("accept-encoding", encoding)]).await?;
                ensure!(answer.text.contains(title), "{path} in {encoding}: {}", header(&answer, "x-cache"));
                Ok(())
            })
            .await?;
        }
        // Without a purge the pages would be fresh for ten seconds and shown for sixty more.
        ensure!(edited.elapsed() < Duration::from_secs(5), "it took {:?}", edited.elapsed());
    }
    fronted.shop.audit().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_seen_at_once_through_nginx_embedded() -> Result<()> {
    an_edit_is_seen_at_once(Topology::Embedded).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_is_seen_at_once_through_nginx_split() -> Result<()> {
    an_edit_is_seen_at_once(Topology::Split).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_chooses_the_address_that_the_shop_sees() -> Result<()> {
    let fronted = Fronted::open(Topology::Embedded).await?;
    // The numbers are open to this machine and to nobody else, so they tell whose address the gateway believes.
    let claims =
        [("x-forwarded-for", "203.0.113.7"), ("x-real-ip", "203.0.113.7"), ("forwarded", "for=203.0.113.7")];
    let through = fronted.get("/metrics", &claims).await?;
    ensure!(through.status == 200, "what the client claims ends at nginx: {through:?}");
    let direct = fronted.shop.client.send(Method::GET, "/metrics", None, &claims).await?;
    ensure!(direct.status == 401, "and a proxy that is trusted is believed: {direct:?}");
    let id = fronted.get("/v1/search?q=mug", &[("x-request-id", "mine")]).await?;
    ensure!(header(&id, "x-request-id").len() == 32, "nginx names requests: {id:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_gone_costs_no_visitor_anything() -> Result<()> {
    let gone = format!("127.0.0.1:{}", free_port()?);
    let fronted = Fronted::open_with(Topology::Embedded, &[gone]).await?;
    for n in 0..20 {
        let read = fronted.get(&format!("/v1/search?q=mug&limit={}", n + 1), &[]).await?;
        ensure!(read.status == 200, "{read:?}");
        let write = fronted.client.post("/v1/carts", json!({"currency": "USD"})).await?;
        ensure!(write.status == 201, "{write:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nginx_refuses_itself_is_a_problem_document_of_the_shop() -> Result<()> {
    let mut fronted = Fronted::open(Topology::Embedded).await?;
    let large = json!({"currency": "x".repeat(1 << 20)});
    let answer = fronted.client.post("/v1/carts", large).await?;
    ensure!(answer.status == 413 && answer.code() == "body_too_large", "{answer:?}");
    ensure!(header(&answer, "content-type") == "application/problem+json", "{answer:?}");

    let door = format!("http://{}", fronted.nginx.place().second);
    let looked = fronted.client.at(&door).get(MUG).await?;
    ensure!(looked.status == 405, "the purge door serves nothing: {looked:?}");
    let strange = fronted.client.send(Method::from_bytes(b"PURGE")?, MUG, None, &[]).await?;
    ensure!(strange.status == 405, "the public door purges nothing: {strange:?}");

    fronted.get(MUG, &[]).await?;
    fronted.shop.close()?;
    let alone = fronted.client.get("/v1/me").await?;
    ensure!(alone.status == 503 && alone.code() == "unavailable", "{alone:?}");
    let kept = fronted.get(MUG, &[]).await?;
    ensure!(kept.status == 200, "the last known page is better than none: {kept:?}");
    Ok(())
}

#[test]
fn nginx_accepts_every_shape_of_the_configuration() -> Result<()> {
    let place = NginxPlace::pick()?;
    let gateways = || vec!["127.0.0.1:1".to_owned(), "[::1]:2".to_owned()];
    let plain = Site { purge: None, ..site(&place, gateways()) };
    place.check(&config(&plain, &GatewayConfig::default())?)?;

    let (certificate, key) = (place.folder().join("cert.pem"), place.folder().join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "1", "-subj", "/CN=shop.example", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .context("openssl is not installed")?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let whole = Site {
        tls: Some((certificate, key)),
        redirect_listen: Some(SocketAddr::from(([127, 0, 0, 1], free_port()?))),
        behind: vec!["10.0.0.0/8".to_owned(), "2001:db8::/32".to_owned()],
        server_name: "shop.example www.shop.example".to_owned(),
        ..site(&place, gateways())
    };
    place.check(&config(&whole, &GatewayConfig::default())?).map(drop)
}
