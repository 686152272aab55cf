//! `souk stress`: a flash sale. Many buyers press the button for few units while the shop is killed under them; then
//! what was sold, told and lost is counted.
//!
//! The shop is a scratch one of its own unless `--at` names one that was made for it: an own shop, or its copy, would send
//! mails and call webhooks for orders that nobody made.

mod api;
mod buyer;
mod sale;
mod scratch;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;

use api::Api;
use sale::Sale;
use scratch::Scratch;
use tally::Tally;

#[derive(Args)]
pub(crate) struct Stress {
    /// Buyers; each wants one unit.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    buyers: u32,
    /// Units there are.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    units: u32,
    /// Buyers who wait for an answer at the same time.
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    at_once: u32,
    /// How often the scratch shop is killed (kill -9) and started anew while units are being sold.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=50))]
    kills: u32,
    /// Sell in this running shop instead, such as a fleet made for the purpose; it needs `--api-key`, sells real units
    /// of a new product and is never killed. Its rate limits must allow it.
    #[arg(long, value_name = "URL", requires = "api_key")]
    at: Option<String>,
    /// A key with the scopes catalog:write, stock:write and orders:read.
    #[arg(long, value_name = "KEY", env = "SOUK_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// Where the scratch shop lies; a new folder beside other temporary files when absent.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// Leave the scratch shop there, to be looked at. It also stays when something is wrong.
    #[arg(long)]
    keep: bool,
}

impl Stress {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match (&self.at, &self.api_key) {
            (Some(url), Some(key)) => self.in_a_shop_of_others(url, key).await,
            _ => self.in_a_scratch_shop().await,
        }
    }

    async fn in_a_scratch_shop(&self) -> Result<ExitCode> {
        let mut scratch = Scratch::make(self.scratch.clone())?;
        scratch.start().await?;
        let api = Api::signed_in(scratch.url(), scratch::STAFF).await?;
        let ware = api.put_on_sale(self.units).await?;
        let sale = Sale::prepare(&api, &ware, self.buyers, self.at_once).await?;
        let told = sale.run(Some((&mut scratch, self.kills)), self.units).await?;
        let tally = Tally::take(&api, &ware, told).await?;
        let audit = scratch.audit()?;
        scratch.stop()?;
        print!("{tally}");
        println!("audit: {}", audit.verdict);
        let well = tally.is_right(self.units, self.buyers) && audit.clean;
        if self.keep || !well {
            println!("the scratch shop is in {}", scratch.folder().display());
        } else {
            scratch.remove()?;
        }
        Ok(verdict(well))
    }

    async fn in_a_shop_of_others(&self, url: &str, key: &str) -> Result<ExitCode> {
        ensure!(
            url.starts_with("http://") || url.starts_with("https://"),
            "--at: must begin with http:// or https://"
        );
        let api = Api::with_key(url, key)?;
        let ware = api.put_on_sale(self.units).await?;
        let sale = Sale::prepare(&api, &ware, self.buyers, self.at_once).await?;
        let told = sale.run(None, self.units).await?;
        let tally = Tally::take(&api, &ware, told).await?;
        api.take_off_sale(&ware).await?;
        print!("{tally}");
        println!("audit: run `souk audit` with that shop's configuration");
        Ok(verdict(tally.is_right(self.units, self.buyers)))
    }
}

fn verdict(well: bool) -> ExitCode {
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
