//! A real catalog: how long it takes to come in, how much memory the shop rests in afterwards, how fast it starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::Bench;
use crate::machine::installed;
use crate::numbers::{Micros, median, micros};
use crate::report::Report;

const PRODUCTS: u64 = 19_406;
const IMPORT_MAX: Duration = Duration::from_secs(30);
const START_MAX: Duration = Duration::from_millis(500);
const RSS_KIB_MAX: u64 = 120 * 1024;
const IDLE: Duration = Duration::from_secs(5);
/// What repeated imports may take together before fewer rounds have to do.
const IMPORTS_MAX: Duration = Duration::from_secs(100);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let source = bench.data.join("icecat/products.jsonl.zst");
    if !source.exists() {
        report.note("No import measured: set SOUK_DATA to the folder that holds icecat/products.jsonl.zst.");
        return Ok(());
    }
    if !installed("zstd") {
        report.note("No import measured: zstd is not installed.");
        return Ok(());
    }
    let jsonl = bench.path("icecat.jsonl");
    bench.souk.convert(&source, &jsonl)?;
    let data = import(bench, &jsonl, report)?;
    rest(bench, &data, report).await
}

fn import(bench: &Bench, jsonl: &Path, report: &mut Report) -> Result<PathBuf> {
    let data = bench.path("icecat");
    let mut times = Vec::new();
    while times.len() < bench.rounds && times.iter().sum::<Duration>() < IMPORTS_MAX {
        if data.exists() {
            std::fs::remove_dir_all(&data)?;
        }
        let (took, said) = bench.souk.import(&data, jsonl)?;
        ensure!(said.contains(&format!("{PRODUCTS} created")), "not everything was imported: {said}");
        times.push(took);
    }
    let took = median(&times);
    let what = format!("import of {PRODUCTS} products, {} rounds", times.len());
    report.limit(&what, Micros(micros(took)).to_string(), "≤ 30 s", took <= IMPORT_MAX);
    let (took, said) = bench.souk.import(&data, jsonl)?;
    let unchanged = said.contains("0 created, 0 updated") && said.contains(&format!("{PRODUCTS} unchanged"));
    let said = said.lines().next().unwrap_or_default().to_owned();
    report.limit(
        "  imported again",
        format!("{said} ({})", Micros(micros(took))),
        "nothing changes",
        unchanged,
    );
    Ok(data)
}

async fn rest(bench: &Bench, data: &Path, report: &mut Report) -> Result<()> {
    let (mut starts, mut memory) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let shop = bench.souk.up(data, None).await?;
        starts.push(shop.start);
        tokio::time::sleep(IDLE).await;
        memory.push(shop.process.rss_kib()?);
        shop.stop()?;
    }
    let (start, rss) = (median(&starts), median(&memory));
    report.limit(
        "idle memory with that catalog",
        format!("{} MB", rss / 1024),
        "≤ 120 MB",
        rss <= RSS_KIB_MAX,
    );
    report.limit(
        "second start to first 200",
        Micros(micros(start)).to_string(),
        "≤ 0.5 s",
        start <= START_MAX,
    );
    Ok(())
}
