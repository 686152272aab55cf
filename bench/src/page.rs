//! A product page through the whole gateway, beside nginx that serves the same bytes from a file.

use std::time::Duration;

use anyhow::Result;

use crate::Bench;
use crate::client::{Connection, get};
use crate::nginx::Nginx;
use crate::numbers::{Micros, Ratio, median, micros};
use crate::report::Report;
use crate::wrk::Wrk;
use crate::{catalog, profile, wrk};

const BAR: Ratio = Ratio::hundredths(60);
const CONNECTIONS: u32 = 64;
const ROUND_SECONDS: u64 = 4;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let shop = bench.souk.up(&bench.furnished, None).await?;
    let path = format!("/v1/products/{}", catalog::slug(7));
    let page = Connection::open(shop.address).await?.send(get(&path)?).await?;
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
        &format!("product GET, {} bytes, {CONNECTIONS} connections", page.body.len()),
        format!("{souk_rate}/s"),
        format!("nginx, 1 worker: {nginx_rate}/s"),
        median(&pairs),
        BAR,
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
    report.note(profile::of(shop.process.pid(), "product GET", load, &bench.folder("profile")?)?);
    nginx.stop()?;
    shop.stop()
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
