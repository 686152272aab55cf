//! `souk audit`: what does not add up, and exit code 1 when something does not.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::audit::{Books, audit};
use crate::wiring::World;

#[derive(Args)]
pub(crate) struct Audit {
    /// How long to wait until nothing is under way in a running shop.
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    wait_seconds: u64,
}

impl Audit {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let books = Books::open(&world).await?;
        let report = audit(&books, world.clock.now(), Duration::from_secs(self.wait_seconds)).await?;
        let counted: Vec<_> = report.counted.iter().map(|(what, count)| format!("{count} {what}")).collect();
        println!("checked {}", counted.join(", "));
        for line in &report.under_way {
            println!("under way: {line}");
        }
        for breach in &report.breaches {
            println!("breach of {breach}");
        }
        println!("{} breaches of I1 to I9", report.breaches.len());
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
