//! A shop with full carts, kept as a folder: every round plays on a copy of it, so that all rounds are alike.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::Bench;
use crate::buyers::{Cart, Sale, check_out, fill_carts};
use crate::catalog;
use crate::floor::Outcome;
use crate::machine::Shim;
use crate::process::{self, copy_folder};
use crate::shop::Souk;

pub(crate) struct Stage {
    before: PathBuf,
    pub(crate) carts: Vec<Cart>,
}

/// What the shop did in one round.
pub(crate) struct Round {
    pub(crate) sale: Sale,
    /// From the first request until nothing was left to do: events, mails and all.
    pub(crate) settled: Duration,
    /// Of the whole process, from the first request until nothing was left to do.
    pub(crate) cpu: Duration,
    pub(crate) fsyncs: u64,
    /// How the databases had committed when the last buyer was answered, carts and catalog not counted.
    pub(crate) commits: String,
}

impl Stage {
    /// Fills `carts` carts, spread evenly over the catalog.
    pub(crate) async fn prepare(bench: &Bench, carts: usize) -> Result<Stage> {
        let before = bench.path("stage");
        copy_folder(&bench.furnished, &before)?;
        let shop = bench.souk.up(&before, None).await?;
        let slugs: Vec<String> = (0..catalog::PRODUCTS).map(catalog::slug).collect();
        let variants = catalog::variants(shop.address, &slugs).await?;
        let wanted: Vec<String> = variants.into_iter().cycle().take(carts).collect();
        let carts = fill_carts(shop.address, &wanted).await?;
        shop.stop()?;
        Ok(Stage { before, carts })
    }

    /// The first `orders` carts are bought by `buyers` at a time; what was written is audited and stays until the
    /// next round.
    pub(crate) async fn shop(
        &self,
        bench: &Bench,
        orders: usize,
        buyers: usize,
        shim: &Shim,
    ) -> Result<Round> {
        self.shop_of(&bench.souk, bench, orders, buyers, shim).await
    }

    /// As [`Stage::shop`], with another configuration.
    pub(crate) async fn shop_of(
        &self,
        souk: &Souk,
        bench: &Bench,
        orders: usize,
        buyers: usize,
        shim: &Shim,
    ) -> Result<Round> {
        let data = self.fresh_copy(bench, "shop")?;
        let shop = souk.up(&data, Some(shim)).await?;
        let (cpu, fsyncs) = (shop.process.cpu()?, shim.fsyncs());
        let sale = check_out(shop.address, &self.carts[..orders], buyers).await?;
        let begun = sale.begun.context("a sale that never began")?;
        let commits = shop.commits().await?;
        let settled = shop.settle().await?.saturating_duration_since(begun);
        let (cpu, fsyncs) = (shop.process.cpu()?.saturating_sub(cpu), shim.fsyncs() - fsyncs);
        anyhow::ensure!(sale.placed_us.len() == orders, "not every cart could be bought");
        shop.audit()?;
        shop.stop()?;
        Ok(Round { sale, settled, cpu, fsyncs, commits })
    }

    /// The same rows as in the last round, written without a shop.
    pub(crate) fn floor(&self, bench: &Bench, buyers: usize, shim: &Shim) -> Result<(Outcome, u64)> {
        let (after, work) = (bench.path("shop"), self.fresh_copy(bench, "floor")?);
        let mut floor = Command::new(std::env::current_exe()?);
        floor.arg("floor").arg("--after").arg(after).arg("--work").arg(work);
        floor.args(["--buyers", &buyers.to_string()]);
        shim.under(&mut floor);
        let fsyncs = shim.fsyncs();
        let printed = process::run(&mut floor)?;
        Ok((serde_json::from_str(&printed)?, shim.fsyncs() - fsyncs))
    }

    fn fresh_copy(&self, bench: &Bench, name: &str) -> Result<PathBuf> {
        let path = bench.path(name);
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        copy_folder(&self.before, &path)?;
        // What was copied reaches the disk now, and not in the middle of what is timed.
        process::run(&mut Command::new("sync"))?;
        Ok(path)
    }
}
