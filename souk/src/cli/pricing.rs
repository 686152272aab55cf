//! `souk pricing replay`: prices the carts of the shop by promotions that do not count yet, and prints what would
//! cost something else. It reads page by page and prints as it goes; nothing is written.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use souk_contract::order::{PriceChange, ReplayPrices};
use souk_rpc::Context;

use crate::console::Console;
use crate::wiring::World;

/// Carts of one call.
const PAGE: u32 = 100;
/// A larger file is not a list of promotions: two thousand of them fit.
const RULES_BYTES_MAX: u64 = 1 << 20;

#[derive(Subcommand)]
pub(crate) enum Pricing {
    /// Price the open carts by the promotions of a file and print what would change.
    Replay(Replay),
}

#[derive(Args)]
pub(crate) struct Replay {
    /// A JSON list of promotions, as `POST /v1/admin/promotions` takes them; they take the place of the shop's own.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// Carts that are looked at, at most.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    carts_max: u32,
}

impl Pricing {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let Pricing::Replay(replay) = self;
        let cannot_read = || format!("cannot read {}", replay.rules.display());
        if std::fs::metadata(&replay.rules).with_context(cannot_read)?.len() > RULES_BYTES_MAX {
            bail!("{} is larger than {RULES_BYTES_MAX} bytes", replay.rules.display());
        }
        let rules = std::fs::read_to_string(&replay.rules).with_context(cannot_read)?;
        let console = Console::connect(world).await?;
        let replayed = replay_all(&console, rules, replay.carts_max).await;
        console.finish().await?;
        let (carts, changed, unpriced) = replayed?;
        println!("{carts} carts, {changed} would cost something else, {unpriced} cannot be priced");
        Ok(ExitCode::SUCCESS)
    }
}

async fn replay_all(console: &Console, rules: String, carts_max: u32) -> Result<(u32, usize, u32)> {
    let cx = Context::system("pricing replay");
    let (mut carts, mut changed, mut unpriced, mut after) = (0, 0, 0, None);
    while carts + unpriced < carts_max {
        let limit = PAGE.min(carts_max - carts - unpriced);
        let page =
            console.order.replay_prices(&cx, ReplayPrices { rules: rules.clone(), after, limit }).await?;
        page.changes.iter().for_each(tell);
        carts += page.carts;
        unpriced += page.unpriced;
        changed += page.changes.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok((carts, changed, unpriced))
}

fn tell(change: &PriceChange) {
    let names = |titles: &[String]| if titles.is_empty() { "none".to_owned() } else { titles.join(", ") };
    let PriceChange { cart, before, after, promotions_before, promotions_after } = change;
    println!("{cart}\t{before} → {after}\t{} → {}", names(promotions_before), names(promotions_after));
}
