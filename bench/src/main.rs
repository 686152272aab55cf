//! `souk-bench`: measures the shop beside its yardsticks and prints one table of ratios. README.md explains it.

mod buyers;
mod catalog;
mod catalog_size;
mod cgroup;
mod checkout;
mod client;
mod commits;
mod fleet;
mod floor;
mod hop;
mod machine;
mod next;
mod nginx;
mod numbers;
mod page;
mod pgbench;
mod postgres;
mod pricing;
mod process;
mod profile;
mod replicas;
mod report;
mod scarce;
mod shop;
mod stage;
mod traces;
mod wrk;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand, ValueEnum};
use tempfile::TempDir;

use crate::machine::Shim;
use crate::report::Report;
use crate::shop::Souk;
use crate::stage::Stage;

/// As in the shop, so that the floor has no other allocator than what it is compared with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TIME_MAX: Duration = Duration::from_secs(22 * 60);

/// Measures the shop beside its yardsticks.
#[derive(Parser)]
struct Cli {
    /// The binary to measure.
    #[arg(long, default_value = "target/release/souk")]
    souk: PathBuf,
    /// Only these, such as `page,checkout`.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Of each measurement; the table shows medians.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where the catalogs are.
    #[arg(long, env = "SOUK_DATA", default_value = "../shared/data")]
    data: PathBuf,
    /// Where the databases lie while they are measured; it should be a disk.
    #[arg(long, env = "SOUK_BENCH_DIR", default_value = "target")]
    scratch: PathBuf,
    /// Leave the databases where they are, for a look.
    #[arg(long)]
    keep: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measure {
    Page,
    Checkout,
    Traces,
    Slow,
    Scarce,
    Import,
    Hop,
    Postgres,
    Replicas,
    Pricing,
}

impl Measure {
    /// All but the import of a real catalog, and what needs no shop.
    const IN_A_FURNISHED_SHOP: [Measure; 8] = [
        Measure::Page,
        Measure::Checkout,
        Measure::Traces,
        Measure::Slow,
        Measure::Scarce,
        Measure::Hop,
        Measure::Postgres,
        Measure::Replicas,
    ];
}

/// Yardsticks that run in processes of their own.
#[derive(Subcommand)]
enum Part {
    /// Write the rows of a shop's round again, without the shop.
    #[command(hide = true)]
    Floor(floor::Floor),
    /// Commit one row after another.
    #[command(hide = true)]
    Commits(commits::Commits),
}

/// What all measurements share.
pub(crate) struct Bench {
    souk: Souk,
    shim: Shim,
    rounds: usize,
    data: PathBuf,
    /// Where the scratch folder lies.
    disk: PathBuf,
    scratch: TempDir,
    /// A data folder with the catalog of `catalog`, and nothing sold.
    furnished: PathBuf,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A folder of its own, made.
    fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.part {
        Some(Part::Floor(floor)) => floor.main().map(|()| true),
        Some(Part::Commits(commits)) => commits.main().map(|()| true),
        None => measure_all(cli),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("souk-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// One thread is enough for the load: what it leaves is the shop's.
fn measure_all(cli: Cli) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            outcome = measure(cli) => outcome,
            () = tokio::time::sleep(TIME_MAX) => bail!("it took longer than {} minutes", TIME_MAX.as_secs() / 60),
            _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        }
    })
}

async fn measure(cli: Cli) -> Result<bool> {
    if cfg!(debug_assertions) {
        eprintln!("souk-bench: this is a debug build; its figures mean nothing");
    }
    let mut scratch = machine::scratch(&cli.scratch)?;
    scratch.disable_cleanup(cli.keep);
    let bench = Bench {
        souk: Souk::new(&cli.souk, scratch.path())?,
        shim: Shim::compile(scratch.path())?,
        rounds: cli.rounds.max(1),
        data: cli.data,
        disk: cli.scratch.canonicalize()?,
        furnished: scratch.path().join("furnished"),
        scratch,
    };
    let wanted = |measure: Measure| cli.only.is_empty() || cli.only.contains(&measure);
    let mut report = Report::default();
    let fsyncs_before = machine::fsync_rate(bench.scratch.path())?;
    if Measure::IN_A_FURNISHED_SHOP.into_iter().any(wanted) {
        furnish(&bench)?;
    }
    if wanted(Measure::Page) {
        page::measure(&bench, &mut report).await?;
    }
    if [Measure::Checkout, Measure::Traces, Measure::Slow].into_iter().any(wanted) {
        let stage = Stage::prepare(&bench, checkout::CARTS).await?;
        if wanted(Measure::Checkout) {
            checkout::beside_the_floor(&bench, &stage, &mut report).await?;
        }
        if wanted(Measure::Traces) {
            traces::measure(&bench, &stage, &mut report).await?;
        }
        if wanted(Measure::Slow) {
            checkout::with_slow_fsync(&bench, &stage, &mut report).await?;
        }
    }
    if wanted(Measure::Scarce) {
        scarce::measure(&bench, &mut report).await?;
    }
    if wanted(Measure::Import) {
        catalog_size::measure(&bench, &mut report).await?;
    }
    if wanted(Measure::Hop) {
        hop::measure(&bench, &mut report).await?;
    }
    if wanted(Measure::Postgres) {
        postgres::measure(&bench, &mut report).await?;
    }
    if wanted(Measure::Replicas) {
        replicas::measure(&bench, &mut report).await?;
    }
    if wanted(Measure::Pricing) {
        pricing::measure(&bench, &mut report)?;
    }
    let fsyncs_after = machine::fsync_rate(bench.scratch.path())?;
    report.figure(
        "the disk's own fsyncs, before and after",
        format!("{fsyncs_before}/s, {fsyncs_after}/s"),
        String::new(),
        None,
    );
    Ok(report.print())
}

fn furnish(bench: &Bench) -> Result<()> {
    let catalog = bench.path("catalog.jsonl");
    catalog::write(&catalog, bench.rounds, scarce::UNITS)?;
    let (took, said) = bench.souk.import(&bench.furnished, &catalog)?;
    println!("made a shop of {} in {} ms", said.lines().next().unwrap_or_default(), took.as_millis());
    Ok(())
}
