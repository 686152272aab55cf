//! A product through the whole gateway, as the API and as a page of the storefront, beside nginx that serves the same
//! bytes from a file.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::Bench;
use crate::client::{Connection, get};
use crate::next::Next;
use crate::nginx::Nginx;
use crate::numbers::{Micros, Ratio, median, micros};
use crate::report::Report;
use crate::shop::Shop;
use crate::wrk::Wrk;
use crate::{catalog, profile, wrk};

const BAR: Ratio = Ratio::hundredths(60);
const STOREFRONT_BAR: Ratio = Ratio::hundredths(30);
const NEXT_BAR: Ratio = Ratio::hundredths(3_000);
const CONNECTIONS: u32 = 64;
/// So many at once keep a Node process busy; with more, some wait longer than wrk does.
const NODE_CONNECTIONS: u32 = 8;
const ROUND_SECONDS: u64 = 4;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let shop = bench.souk.up(&bench.furnished, None).await?;
    let slug = catalog::slug(7);
    beside_nginx(bench, report, &shop, &format!("/v1/products/{slug}"), "product GET", BAR).await?;
    // What people see: head, body and data filled into the storefront's page.
    let path = format!("/products/{slug}");
    if Connection::open(shop.address).await?.send(get(&path)?).await?.status.is_success() {
        beside_nginx(bench, report, &shop, &path, "product page of the storefront", STOREFRONT_BAR).await?;
        beside_next(bench, report, &shop, &path, &catalog::title(7)).await?;
    } else {
        report.note("the pages of the storefront are not measured: the binary has none");
    }
    shop.stop()
}

/// The same page, rendered by the same app on Node.
async fn beside_next(bench: &Bench, report: &mut Report, shop: &Shop, path: &str, title: &str) -> Result<()> {
    let next = Next::serve(&bench.folder("next")?, shop.address, path).await?;
    let (souk_url, next_url) =
        (format!("http://{}{path}", shop.address), format!("http://{}{path}", next.address));
    for address in [shop.address, next.address] {
        let page = Connection::open(address).await?.send(get(path)?).await?;
        let heading = format!(">{title}</h1>");
        ensure!(String::from_utf8_lossy(&page.body).contains(&heading), "{address} does not render {title}");
    }
    wrk::run(&next_url, NODE_CONNECTIONS, ROUND_SECONDS)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        ours.push(wrk::run(&souk_url, NODE_CONNECTIONS, ROUND_SECONDS)?.per_second);
        theirs.push(wrk::run(&next_url, NODE_CONNECTIONS, ROUND_SECONDS)?.per_second);
    }
    let pairs: Vec<Ratio> = ours.iter().zip(&theirs).map(|(a, b)| Ratio::of(*a, *b)).collect();
    report.ratio(
        &format!("  the same page, rendered on Node, {NODE_CONNECTIONS} connections"),
        format!("{}/s", median(&ours)),
        format!("Next.js: {}/s", median(&theirs)),
        median(&pairs),
        NEXT_BAR,
    );
    next.stop()
}

async fn beside_nginx(
    bench: &Bench,
    report: &mut Report,
    shop: &Shop,
    path: &str,
    name: &str,
    bar: Ratio,
) -> Result<()> {
    let page = Connection::open(shop.address).await?.send(get(path)?).await?;
    let nginx = Nginx::serve(&bench.folder("nginx")?, &page.headers, &page.body).await?;
    let souk_url = format!("http://{}{path}", shop.address);
    let nginx_url = format!("http://{}/product.json", nginx.address);

    wrk::run(&souk_url, CONNECTIONS, 1)?;
    wrk::run(&nginx_url, CONNECTIONS, 1)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        ours.push(round(&souk_url, || shop.process.cpu())?);
        theirs.push(round(&nginx_url, || nginx.cpu())?);
    }
    let rate = |rounds: &[Round]| median(&rounds.iter().map(|round| round.per_second).collect::<Vec<_>>());
    let cpu = |rounds: &[Round]| median(&rounds.iter().map(|round| round.cpu_ns).collect::<Vec<_>>());
    let pairs: Vec<Ratio> =
        ours.iter().zip(&theirs).map(|(a, b)| Ratio::of(a.per_second, b.per_second)).collect();
    let (souk_rate, nginx_rate) = (rate(&ours), rate(&theirs));
    report.ratio(
        &format!("{name}, {} bytes, {CONNECTIONS} connections", page.body.len()),
        format!("{souk_rate}/s"),
        format!("nginx, 1 worker: {nginx_rate}/s"),
        median(&pairs),
        bar,
    );
    let (souk_cpu, nginx_cpu) = (cpu(&ours), cpu(&theirs));
    report.figure(
        "  CPU per page",
        format!("{}.{:02} µs", souk_cpu / 1_000, souk_cpu % 1_000 / 10),
        format!("{}.{:02} µs", nginx_cpu / 1_000, nginx_cpu % 1_000 / 10),
        Some(Ratio::of(nginx_cpu, souk_cpu)),
    );
    let pages = |ns: u64| 1_000_000_000 / ns.max(1);
    report.figure(
        "  pages per second and core",
        format!("{}/s", pages(souk_cpu)),
        format!("{}/s", pages(nginx_cpu)),
        None,
    );
    let p99 = median(&ours.iter().map(|round| round.p99_us).collect::<Vec<_>>());
    let nginx_p99 = median(&theirs.iter().map(|round| round.p99_us).collect::<Vec<_>>());
    report.figure("  p99", Micros(p99).to_string(), Micros(nginx_p99).to_string(), None);

    let load = wrk::command(&souk_url, CONNECTIONS, profile::SECONDS + 2);
    report.note(profile::of(shop.process.pid(), name, load, &bench.folder("profile")?)?);
    nginx.stop()
}

struct Round {
    per_second: u64,
    /// Of the server, per request.
    cpu_ns: u64,
    p99_us: u64,
}

fn round(url: &str, cpu: impl Fn() -> Result<Duration>) -> Result<Round> {
    let before = cpu()?;
    let Wrk { requests, per_second, p99_us } = wrk::run(url, CONNECTIONS, ROUND_SECONDS)?;
    let spent = micros(cpu()?.saturating_sub(before));
    Ok(Round { per_second, cpu_ns: spent * 1_000 / requests.max(1), p99_us })
}
