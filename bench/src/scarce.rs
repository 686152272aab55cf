//! Two hundred buyers for fifty units: who wins is not the point, that exactly fifty do is.

use std::time::Duration;

use anyhow::Result;

use crate::Bench;
use crate::buyers::{check_out, fill_carts};
use crate::catalog;
use crate::numbers::{Micros, median, per_second, quantile};
use crate::process::copy_folder;
use crate::report::Report;

pub(crate) const UNITS: u64 = 50;
const BUYERS: usize = 200;

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let data = bench.path("scarce");
    copy_folder(&bench.furnished, &data)?;
    let shop = bench.souk.up(&data, Some(&bench.shim)).await?;
    let slugs: Vec<String> = (0..bench.rounds).map(catalog::scarce_slug).collect();
    let variants = catalog::variants(shop.address, &slugs).await?;
    let (mut sold, mut rates, mut took) = (Vec::new(), Vec::new(), Vec::new());
    let (mut losers_p50, mut losers_p99) = (Vec::new(), Vec::new());
    for variant in variants {
        let carts = fill_carts(shop.address, &vec![variant; BUYERS]).await?;
        let sale = check_out(shop.address, &carts, BUYERS).await?;
        sold.push(sale.placed_us.len() as u64);
        rates.push(per_second(BUYERS as u64, sale.took));
        took.push(sale.took);
        losers_p50.push(quantile(&sale.sold_out_us, 50));
        losers_p99.push(quantile(&sale.sold_out_us, 99));
        shop.settle().await?;
    }
    shop.audit()?;
    shop.stop()?;
    let exact = sold.iter().all(|sold| *sold == UNITS);
    report.limit(
        &format!("{BUYERS} buyers for {UNITS} units: sold in each round"),
        sold.iter().map(u64::to_string).collect::<Vec<_>>().join(", "),
        &format!("exactly {UNITS}"),
        exact,
    );
    let all: Duration = median(&took);
    report.figure(
        "  answers per second; until all are told",
        format!("{}/s; {}", median(&rates), Micros(crate::numbers::micros(all))),
        String::new(),
        None,
    );
    report.figure(
        "  p50, p99 of the losers",
        format!("{}, {}", Micros(median(&losers_p50)), Micros(median(&losers_p99))),
        String::new(),
        None,
    );
    Ok(())
}
