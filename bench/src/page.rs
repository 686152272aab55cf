//! A product page through the whole gateway, beside nginx that serves the same bytes from a file.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::Bench;
use crate::client::{Connection, get};
use crate::nginx::Nginx;
use crate::numbers::{Micros, Ratio, median, micros};
use crate::process;
use crate::report::Report;
use crate::{catalog, profile};

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

    wrk(&souk_url, 1)?;
    wrk(&nginx_url, 1)?;
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

    let load = wrk_command(&souk_url, profile::SECONDS + 2);
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
    let Wrk { requests, per_second, p99_us } = wrk(url, ROUND_SECONDS)?;
    let spent = micros(cpu()?.saturating_sub(before));
    Ok(Round { per_second, cpu_ns: spent * 1_000 / requests.max(1), p99_us })
}

struct Wrk {
    requests: u64,
    per_second: u64,
    p99_us: u64,
}

fn wrk_command(url: &str, seconds: u64) -> Command {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "--latency", url]);
    wrk
}

fn wrk(url: &str, seconds: u64) -> Result<Wrk> {
    let said = process::run(&mut wrk_command(url, seconds))?;
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("not every request was answered well:\n{said}");
    }
    read_wrk(&said).with_context(|| format!("wrk said something else than usual:\n{said}"))
}

fn read_wrk(said: &str) -> Option<Wrk> {
    let value = |name: &str| said.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
    Some(Wrk {
        requests: said.split(" requests in ").next()?.lines().last()?.trim().parse().ok()?,
        per_second: value("Requests/sec:")?.split('.').next()?.parse().ok()?,
        p99_us: latency_us(value("99%")?)?,
    })
}

/// `1.23ms`, `456.00us` or `1.02s` in whole microseconds.
fn latency_us(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        _ => return None,
    };
    let (whole, hundredths) = number.split_once('.').unwrap_or((number, "00"));
    let hundredths: u64 = format!("{hundredths:0<2}").get(..2)?.parse().ok()?;
    Some(whole.parse::<u64>().ok()? * scale + hundredths * scale / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrk_is_understood() {
        let said = "Running 1s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  Latency Distribution\n     \
            50%  538.00us\n     99%    1.51ms\n  118341 requests in 1.00s, 166.51MB read\nRequests/sec: 118289.14\n";
        let wrk = read_wrk(said).expect("readable");
        assert_eq!((wrk.requests, wrk.per_second, wrk.p99_us), (118_341, 118_289, 1_510));
        assert_eq!(latency_us("538.00us"), Some(538));
        assert_eq!(latency_us("1.20s"), Some(1_200_000));
    }
}
