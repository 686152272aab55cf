//! Nodes with a quarter of a processor each, one, two and four of them: what each further one adds.

use std::time::Duration;

use anyhow::Result;
use souk_testkit::PrivatePostgres;

use crate::Bench;
use crate::buyers::{Cart, check_out, fill_carts};
use crate::catalog;
use crate::cgroup::Cgroup;
use crate::fleet::Fleet;
use crate::numbers::{Ratio, median, per_second};
use crate::report::Report;
use crate::wrk;

/// The shortest quota that the kernel gives: with its usual period of 100 ms a node would stand still for 75 ms at a time,
/// and whoever waits for a row that it has locked as well.
const QUOTA: Duration = Duration::from_millis(1);
const PERIOD: Duration = Duration::from_millis(4);
const NODES: [usize; 3] = [1, 2, 4];
const CONNECTIONS: u32 = 128;
const ROUND_SECONDS: u64 = 3;
/// Enough that no node waits for them: a node that stands still holds up a share of them.
const BUYERS: usize = 128;
/// Of a round, for each node.
const ORDERS: usize = 600;
const READS_TWO: Ratio = Ratio::hundredths(190);
const READS_FOUR: Ratio = Ratio::hundredths(360);
const ORDERS_TWO: Ratio = Ratio::hundredths(180);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    if let Err(error) = Cgroup::make("probe", QUOTA, PERIOD) {
        report.note(format!(
            "No replicas measured: nodes are held to a quarter of a processor by cgroups (v1 or v2), which takes root: {error:#}."
        ));
        return Ok(());
    }
    let server = match PrivatePostgres::start_durable_in(&bench.disk) {
        Ok(server) => server,
        Err(error) => {
            report.note(format!("No replicas measured: they need PostgreSQL: {error:#}."));
            return Ok(());
        }
    };
    let mut fleets = Vec::new();
    for count in NODES {
        fleets.push(Fleet::up(bench, count, &server.url(&format!("fleet{count}_{{name}}"))).await?);
    }
    let [one, two, _] = fleets.as_slice() else { unreachable!("as many fleets as counts") };
    let carts = [carts(bench, one, 1).await?, carts(bench, two, 2).await?];
    for fleet in &mut fleets {
        fleet.pin(QUOTA, PERIOD)?;
    }
    reads(bench, &fleets, report)?;
    // The largest fleet would only look for events in vain, at the same database.
    fleets.pop().map_or(Ok(()), Fleet::stop)?;
    orders(bench, &fleets, &carts, report).await?;
    for fleet in fleets {
        fleet.souk.audit(&fleet.data)?;
        fleet.stop()?;
    }
    Ok(())
}

/// Full carts for all rounds, over distinct SKUs, filled while nobody is held back.
async fn carts(bench: &Bench, fleet: &Fleet, nodes: usize) -> Result<Vec<Cart>> {
    let slugs: Vec<String> = (0..catalog::PRODUCTS).map(catalog::slug).collect();
    let variants = catalog::variants(fleet.door(), &slugs).await?;
    let wanted: Vec<String> = variants.into_iter().cycle().take(ORDERS * nodes * bench.rounds).collect();
    fill_carts(fleet.door(), &wanted).await
}

fn reads(bench: &Bench, fleets: &[Fleet], report: &mut Report) -> Result<()> {
    let urls: Vec<String> = fleets
        .iter()
        .map(|fleet| format!("http://{}/v1/products/{}", fleet.door(), catalog::slug(7)))
        .collect();
    for url in &urls {
        wrk::run(url, CONNECTIONS, 1)?;
    }
    let mut rates = vec![Vec::new(); urls.len()];
    for _ in 0..bench.rounds {
        for (rates, url) in rates.iter_mut().zip(&urls) {
            rates.push(wrk::run(url, CONNECTIONS, ROUND_SECONDS)?.per_second);
        }
    }
    let [one, two, four] = rates.as_slice() else { return Ok(()) };
    compare(report, "product GET, 2 nodes of 0.25 CPU", two, one, READS_TWO);
    compare(report, "product GET, 4 nodes of 0.25 CPU", four, one, READS_FOUR);
    Ok(())
}

async fn orders(bench: &Bench, fleets: &[Fleet], carts: &[Vec<Cart>; 2], report: &mut Report) -> Result<()> {
    let (mut answered, mut settled) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..bench.rounds {
        for (at, (fleet, carts)) in fleets.iter().zip(carts).enumerate() {
            let each = carts.len() / bench.rounds;
            let sale = check_out(fleet.door(), &carts[round * each..][..each], BUYERS).await?;
            anyhow::ensure!(sale.placed_us.len() == each, "not every cart could be bought");
            let begun = sale.begun.unwrap_or_else(std::time::Instant::now);
            let done = fleet.souk.settle(&fleet.data).await?.saturating_duration_since(begun);
            answered[at].push(per_second(each as u64, sale.took));
            settled[at].push(per_second(each as u64, done));
        }
    }
    compare(report, "orders over distinct SKUs, 2 nodes of 0.25 CPU", &answered[1], &answered[0], ORDERS_TWO);
    report.figure(
        "  with all events settled: paid, allocated, mailed",
        format!("{}/s", median(&settled[1])),
        format!("1 node: {}/s", median(&settled[0])),
        Some(median(&pairs(&settled[1], &settled[0]))),
    );
    Ok(())
}

fn compare(report: &mut Report, what: &str, many: &[u64], one: &[u64], bar: Ratio) {
    let (ours, yardstick) = (format!("{}/s", median(many)), format!("1 node: {}/s", median(one)));
    report.ratio(what, ours, yardstick, median(&pairs(many, one)), bar);
}

fn pairs(many: &[u64], one: &[u64]) -> Vec<Ratio> {
    many.iter().zip(one).map(|(many, one)| Ratio::of(*many, *one)).collect()
}
