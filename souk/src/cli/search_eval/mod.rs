//! `souk search-eval`: asks the shop every query of a file, as a guest would, and writes what is found by the names
//! of the import file. Whoever has judgments of those products can then say how good the search is.

mod queries;
mod typos;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use souk_contract::product::{FoundProducts, SearchProducts};
use souk_rpc::Context;

use super::progress::Progress;
use crate::console::Console;
use crate::wiring::World;
use typos::Typos;

/// An index that was lost is filled anew first; a million products take minutes.
const INDEX_WAIT_MAX: Duration = Duration::from_secs(600);
const INDEX_PAUSE: Duration = Duration::from_millis(200);

#[derive(Args)]
pub(crate) struct SearchEval {
    /// Queries: a line `id<TAB>text` each; a first line `query_id<TAB>query` is a heading.
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Where to write the run: `query_id<TAB>rank<TAB>product_id`, the product as the import file names it (`key`).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Products of each query at most.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// Mistype one word of each query first; the same number makes the same mistakes.
    #[arg(long, value_name = "SEED")]
    typos: Option<u64>,
}

/// What was asked so far and what came of it.
#[derive(Default)]
struct Tally {
    queries: u32,
    unanswered: u32,
    repaired: u32,
    spent: Duration,
}

impl SearchEval {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        // All of it is read before anything is written: a bad line leaves the run of last time alone.
        let queries = queries::read(&self.queries)?;
        let console = Console::connect(world).await?;
        let asked = self.ask_all(&console, queries).await;
        console.finish().await?;
        let Tally { queries, unanswered, repaired, spent } = asked?;
        let each = spent / queries.max(1);
        println!("{queries} queries, {unanswered} without an answer, {repaired} repaired, {each:.2?} each");
        Ok(ExitCode::SUCCESS)
    }

    async fn ask_all(&self, console: &Console, queries: Vec<queries::Query>) -> Result<Tally> {
        let cannot_write = || format!("cannot write {}", self.out.display());
        wait_for_the_index(console).await?;
        let mut out = BufWriter::new(File::create(&self.out).with_context(cannot_write)?);
        writeln!(out, "query_id\trank\tproduct_id").with_context(cannot_write)?;
        let mut typos = self.typos.map(Typos::new);
        let mut progress = Progress::new("searching", queries.len() as u64);
        let mut tally = Tally::default();
        for query in queries {
            let text = typos.as_mut().map_or_else(|| query.text.clone(), |typos| typos.mistype(&query.text));
            let begun = Instant::now();
            let found = ask(console, text, self.limit).await?;
            tally.spent += begun.elapsed();
            if !found.complete {
                bail!("query {}: the search index was lost on the way; run it again", query.id);
            }
            tally.queries += 1;
            tally.unanswered += u32::from(found.products.is_empty());
            tally.repaired += u32::from(found.repaired.is_some());
            for (product, rank) in found.products.into_iter().zip(1..) {
                // What staff have made has no name in any file.
                let name = product.import_key.unwrap_or_else(|| product.id.to_string());
                writeln!(out, "{}\t{rank}\t{name}", query.id).with_context(cannot_write)?;
            }
            progress.advance(1, || format!("{} repaired", tally.repaired));
        }
        out.flush().with_context(cannot_write)?;
        progress.finish();
        Ok(tally)
    }
}

/// An index that is being filled finds less than there is; one that has nothing in it is that of a mistyped folder.
async fn wait_for_the_index(console: &Console) -> Result<()> {
    let begun = Instant::now();
    loop {
        let any = ask(console, String::new(), 1).await?;
        if any.complete && any.products.is_empty() {
            bail!("this shop shows no product: import the catalog first, or say --data");
        }
        if any.complete {
            return Ok(());
        }
        if begun.elapsed() > INDEX_WAIT_MAX {
            bail!("the search index is still not complete after {} s", INDEX_WAIT_MAX.as_secs());
        }
        tokio::time::sleep(INDEX_PAUSE).await;
    }
}

async fn ask(console: &Console, text: String, limit: u32) -> Result<FoundProducts> {
    let cx = Context::system("console.search_eval");
    Ok(console.product.search_products(&cx, SearchProducts { text, limit }).await?)
}
