//! Durable checkout over HTTP: beside the storage floor, and with slow disks beside one commit per fsync.

use std::process::Command;

use anyhow::Result;

use crate::Bench;
use crate::floor::Outcome;
use crate::machine::Shim;
use crate::numbers::{Micros, Ratio, median, micros, per_second, quantile};
use crate::process;
use crate::report::Report;
use crate::stage::{Round, Stage};

const BUYERS: usize = 64;
const ORDERS: usize = 4_000;
const FLOOR_BAR: Ratio = Ratio::hundredths(30);
const CPU_US_MAX: u64 = 1_000;

const SLOW_FSYNC_US: u64 = 3_000;
/// Buyers, orders of a round, and how many times the yardstick they must reach.
const SLOW: [(usize, usize, Ratio); 2] =
    [(64, 3_000, Ratio::hundredths(600)), (512, 6_000, Ratio::hundredths(1_200))];

pub(crate) const CARTS: usize = 6_000;

pub(crate) async fn beside_the_floor(bench: &Bench, stage: &Stage, report: &mut Report) -> Result<()> {
    let shim = &bench.shim;
    let (mut shops, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        shops.push(stage.shop(bench, ORDERS, BUYERS, shim).await?);
        floors.push(stage.floor(bench, BUYERS, shim)?);
    }
    let orders = ORDERS as u64;
    let ours: Vec<u64> = shops.iter().map(|shop| per_second(orders, shop.sale.took)).collect();
    let theirs: Vec<u64> = floors.iter().map(|(floor, _)| rate(floor, floor.answered_us)).collect();
    report.ratio(
        &format!("durable checkout, {BUYERS} buyers, answered"),
        format!("{}/s", median(&ours)),
        format!("storage floor: {}/s", median(&theirs)),
        median(&pairs(&ours, &theirs)),
        FLOOR_BAR,
    );
    let ours: Vec<u64> = shops.iter().map(|shop| per_second(orders, shop.settled)).collect();
    let theirs: Vec<u64> = floors.iter().map(|(floor, _)| rate(floor, floor.settled_us)).collect();
    report.ratio(
        "  with all events settled: paid, allocated, mailed",
        format!("{}/s", median(&ours)),
        format!("storage floor: {}/s", median(&theirs)),
        median(&pairs(&ours, &theirs)),
        FLOOR_BAR,
    );
    let cpu = median(&shops.iter().map(|shop| micros(shop.cpu) / orders).collect::<Vec<_>>());
    let floor_cpu = median(&floors.iter().map(|(floor, _)| floor.cpu_us / orders).collect::<Vec<_>>());
    let text = format!("{} (floor {})", Micros(cpu), Micros(floor_cpu));
    report.limit("  CPU per checkout, everything counted", text, "≤ 1 ms", cpu <= CPU_US_MAX);
    let fsyncs = |counts: Vec<u64>| format!("{}", median(&counts) * 1_000 / orders);
    report.figure(
        "  fsyncs per 1,000 orders",
        fsyncs(shops.iter().map(|shop| shop.fsyncs).collect()),
        format!("storage floor: {}", fsyncs(floors.iter().map(|(_, fsyncs)| *fsyncs).collect())),
        None,
    );
    latencies(&shops, report);
    tell_of_the_floor(&floors, report);
    Ok(())
}

fn latencies(shops: &[Round], report: &mut Report) {
    let of = |percent| {
        Micros(median(&shops.iter().map(|shop| quantile(&shop.sale.placed_us, percent)).collect::<Vec<_>>()))
    };
    report.figure("  p50, p99 of a checkout", format!("{}, {}", of(50), of(99)), String::new(), None);
}

fn tell_of_the_floor(floors: &[(Outcome, u64)], report: &mut Report) {
    let Some((floor, _)) = floors.last() else { return };
    report.note(format!(
        "The floor wrote {} commits of the shop's kind in {} fsynced groups for {} orders.",
        floor.batches, floor.commits, floor.orders
    ));
    let same = floor.differences.is_empty();
    let text = if same { "the same tables, rows and bytes" } else { "see below" };
    report.limit("  floor and shop have written", text.to_owned(), "alike", same);
    for difference in &floor.differences {
        report.note(format!("the floor differs from the shop in {difference}"));
    }
}

pub(crate) async fn with_slow_fsync(bench: &Bench, stage: &Stage, report: &mut Report) -> Result<()> {
    let shim = &bench.shim.slowed_to(SLOW_FSYNC_US);
    for (buyers, orders, bar) in SLOW {
        let (mut ours, mut singles, mut fsyncs) = (Vec::new(), Vec::new(), Vec::new());
        let mut commits = None;
        for _ in 0..bench.rounds {
            singles.push(single_commits(bench, shim)?);
            let round = stage.shop(bench, orders, buyers, shim).await?;
            ours.push(per_second(orders as u64, round.sale.took));
            fsyncs.push(round.fsyncs * 1_000 / orders as u64);
            commits = Some(round.commits);
        }
        report.ratio(
            &format!("checkout, fsync slowed to 3 ms, {buyers} buyers"),
            format!("{}/s", median(&ours)),
            format!("one commit per fsync: {}/s", median(&singles)),
            median(&pairs(&ours, &singles)),
            bar,
        );
        report.figure("  fsyncs per 1,000 orders", median(&fsyncs).to_string(), String::new(), None);
        if let Some(commits) = commits {
            report.note(format!("The commits of {buyers} buyers with slow fsyncs: {commits}."));
        }
    }
    Ok(())
}

fn single_commits(bench: &Bench, shim: &Shim) -> Result<u64> {
    let mut commits = Command::new(std::env::current_exe()?);
    let dir = tempfile::tempdir_in(bench.scratch.path())?;
    commits.arg("commits").arg("--dir").arg(dir.path());
    shim.under(&mut commits);
    Ok(process::run(&mut commits)?.trim().parse()?)
}

fn rate(floor: &Outcome, micros: u64) -> u64 {
    floor.orders * 1_000_000 / micros.max(1)
}

fn pairs(ours: &[u64], theirs: &[u64]) -> Vec<Ratio> {
    ours.iter().zip(theirs).map(|(ours, theirs)| Ratio::of(*ours, *theirs)).collect()
}
