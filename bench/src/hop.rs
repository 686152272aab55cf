//! A page that the gateway fetches from the product service over HTTP, beside nginx that fetches the same bytes from
//! nginx: two processes with one worker thread each on either side.

use anyhow::Result;

use crate::Bench;
use crate::client::{Connection, get};
use crate::machine;
use crate::nginx::Nginx;
use crate::numbers::{Micros, Ratio, median, micros};
use crate::process::Process;
use crate::report::Report;
use crate::{catalog, profile, shop, wrk};

const BAR: Ratio = Ratio::hundredths(80);
const CONNECTIONS: u32 = 64;
const ROUND_SECONDS: u64 = 4;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let (door, internal) = (machine::free_address()?, machine::free_address()?);
    let peers = format!("[peers]\nproduct = \"http://{internal}\"\n");
    let souk = bench.souk.with("hop", &peers)?;
    let role = |role: &str| {
        let mut command = souk.command(&bench.furnished, &["up", "--role", role]);
        let own = if role == "product" { internal } else { machine::free_address()? };
        command.args(["--listen", &door.to_string(), "--internal-listen", &own.to_string()]);
        command.env("TOKIO_WORKER_THREADS", "1");
        Process::start(role, &mut command, &bench.path(&format!("hop-{role}.log")))
    };
    let (mut product, mut gateway) = (role("product")?, role("gateway")?);
    shop::wait_for(door, &mut [&mut product, &mut gateway]).await?;

    let path = format!("/v1/products/{}", catalog::slug(7));
    let page = Connection::open(door).await?.send(get(&path)?).await?;
    let behind = Nginx::serve(&bench.folder("hop-behind")?, &page.headers, &page.body).await?;
    let front = Nginx::proxy(&bench.folder("hop-front")?, &[behind.address]).await?;
    let souk_url = format!("http://{door}{path}");
    let nginx_url = format!("http://{}/product.json", front.address);

    wrk::run(&souk_url, CONNECTIONS, 1)?;
    wrk::run(&nginx_url, CONNECTIONS, 1)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        ours.push(round(&souk_url, || Ok([micros(gateway.cpu()?), micros(product.cpu()?)]))?);
        theirs.push(round(&nginx_url, || Ok([micros(front.cpu()?), micros(behind.cpu()?)]))?);
    }
    let of =
        |rounds: &[Round], figure: fn(&Round) -> u64| median(&rounds.iter().map(figure).collect::<Vec<_>>());
    let pairs: Vec<Ratio> = ours
        .iter()
        .zip(&theirs)
        .map(|(ours, theirs)| Ratio::of(ours.per_second, theirs.per_second))
        .collect();
    report.ratio(
        &format!("product GET, gateway → service, {CONNECTIONS} connections"),
        format!("{}/s", of(&ours, |round| round.per_second)),
        format!("nginx → nginx: {}/s", of(&theirs, |round| round.per_second)),
        median(&pairs),
        BAR,
    );
    let cpu = |rounds: &[Round]| {
        let of_each = [of(rounds, |round| round.cpu_ns[0]), of(rounds, |round| round.cpu_ns[1])];
        of_each.map(|ns| format!("{}.{} µs", ns / 1_000, ns % 1_000 / 100)).join(" + ")
    };
    report.figure("  CPU per page: in front + behind", cpu(&ours), cpu(&theirs), None);
    let p99 = |rounds: &[Round]| Micros(of(rounds, |round| round.p99_us)).to_string();
    report.figure("  p99", p99(&ours), p99(&theirs), None);

    let load = wrk::command(&souk_url, CONNECTIONS, profile::SECONDS + 2);
    let what = "the gateway that fetches a product";
    report.note(profile::of(gateway.pid(), what, load, &bench.folder("hop-profile")?)?);
    front.stop()?;
    behind.stop()?;
    gateway.stop()?;
    product.stop()
}

struct Round {
    per_second: u64,
    /// Per request, of the process in front and of the one behind it.
    cpu_ns: [u64; 2],
    p99_us: u64,
}

fn round(url: &str, cpu_us: impl Fn() -> Result<[u64; 2]>) -> Result<Round> {
    let before = cpu_us()?;
    let load = wrk::run(url, CONNECTIONS, ROUND_SECONDS)?;
    let after = cpu_us()?;
    let each = |nth: usize| (after[nth] - before[nth]) * 1_000 / load.requests.max(1);
    Ok(Round { per_second: load.per_second, cpu_ns: [each(0), each(1)], p99_us: load.p99_us })
}
