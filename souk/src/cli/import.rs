//! `souk import FILE`: reads products, keeps going past bad rows, and says what became of each.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use souk_contract::product::{ImportProducts, ImportReport, ImportRow, RejectedRow};
use souk_rpc::Context;

use super::progress::Progress;
use super::shopify;
use crate::console::Console;
use crate::wiring::World;

/// Rows per call: one commit of the product service each.
const ROWS_PER_CALL: usize = 250;
/// Rejected rows shown; all are counted.
const SHOWN_MAX: usize = 50;
/// A longer line is not a product.
const LINE_BYTES_MAX: usize = 4 << 20;

#[derive(Args)]
pub(crate) struct Import {
    /// Products: one JSON object a line (docs/guides/import.md), or Shopify's product CSV.
    file: PathBuf,
    /// How to read it; told by the file's name when absent.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The currency of prices in a CSV, which does not name it.
    #[arg(long, default_value = "USD")]
    currency: souk_types::Currency,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Jsonl,
    ShopifyCsv,
}

impl Import {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let rows = match self.format() {
            Some(Format::Jsonl) => read_jsonl(&self.file)?,
            Some(Format::ShopifyCsv) => shopify::read(&self.file, self.currency)?,
            None => bail!("{} is neither .jsonl nor .csv; say --format", self.file.display()),
        };
        let console = Console::connect(world).await?;
        let report = send(&console, rows, "importing").await?;
        console.finish().await?;
        tell(&report);
        Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn format(&self) -> Option<Format> {
        let by_name = match self.file.extension()?.to_str()? {
            "jsonl" | "ndjson" => Some(Format::Jsonl),
            "csv" => Some(Format::ShopifyCsv),
            _ => None,
        };
        self.format.or(by_name)
    }
}

/// What a file holds: rows that could be read, rows that could not.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) good: Vec<ImportRow>,
    pub(crate) bad: Vec<RejectedRow>,
}

impl Rows {
    pub(crate) fn reject(&mut self, line: u64, field: &str, rule: &str, detail: String) {
        let rejected = RejectedRow { line, field: field.to_owned(), rule: rule.to_owned(), detail };
        self.bad.push(rejected);
    }
}

/// Sends the rows to the product service, wherever it runs.
pub(crate) async fn send(console: &Console, rows: Rows, label: &'static str) -> Result<ImportReport> {
    let cx = Context::system("console.import");
    let mut total = ImportReport { rejected: rows.bad, ..ImportReport::default() };
    let mut progress = Progress::new(label, rows.good.len() as u64);
    let mut rows = rows.good.into_iter().peekable();
    while rows.peek().is_some() {
        let batch: Vec<ImportRow> = rows.by_ref().take(ROWS_PER_CALL).collect();
        let count = batch.len() as u64;
        let report = console.product.import_products(&cx, ImportProducts { rows: batch }).await?;
        total.created += report.created;
        total.updated += report.updated;
        total.unchanged += report.unchanged;
        total.rejected.extend(report.rejected);
        progress.advance(count, || format!("{} new, {} rejected", total.created, total.rejected.len()));
    }
    let took = progress.finish();
    tracing::debug!(seconds = took.as_secs(), "rows sent");
    total.rejected.sort_by_key(|row| row.line);
    Ok(total)
}

pub(crate) fn tell(report: &ImportReport) {
    for row in report.rejected.iter().take(SHOWN_MAX) {
        let field = if row.field.is_empty() { "row" } else { &row.field };
        eprintln!("line {}: {field}: {} ({})", row.line, row.detail, row.rule);
    }
    let hidden = report.rejected.len().saturating_sub(SHOWN_MAX);
    if hidden > 0 {
        eprintln!("… and {hidden} more rejected rows");
    }
    let ImportReport { created, updated, unchanged, rejected } = report;
    println!("{created} created, {updated} updated, {unchanged} unchanged, {} rejected", rejected.len());
    if *created == 0 && *updated == 0 && rejected.is_empty() {
        println!("the shop has all of it already: nothing was changed");
    }
}

fn read_jsonl(path: &Path) -> Result<Rows> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut rows = Rows::default();
    let mut reader = BufReader::new(file);
    let (mut text, mut line) = (Vec::new(), 0);
    while next_line(&mut reader, &mut text).with_context(|| format!("cannot read {}", path.display()))? {
        line += 1;
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if text.len() > LINE_BYTES_MAX {
            rows.reject(line, "", "length", format!("a line may have {LINE_BYTES_MAX} bytes at most"));
            continue;
        }
        match souk_app::http::read_json(&text) {
            Ok(product) => rows.good.push(ImportRow { line, product }),
            Err(error) => {
                let first = error.errors.into_iter().next();
                let (field, rule, detail) =
                    first.map_or_else(Default::default, |e| (e.field, e.rule, e.detail));
                rows.reject(line, &field, &rule, detail);
            }
        }
    }
    Ok(rows)
}

fn next_line(reader: &mut impl BufRead, text: &mut Vec<u8>) -> std::io::Result<bool> {
    text.clear();
    Ok(reader.read_until(b'\n', text)? > 0)
}
