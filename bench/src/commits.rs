//! The yardstick of group commit: one commit after another, each with its own fsync, by the same writer.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use souk_db::{Db, DbConfig, Migration, Statement, args};
use souk_rpc::Context;

use crate::numbers::per_second;

#[derive(Args)]
pub(crate) struct Commits {
    #[arg(long)]
    dir: PathBuf,
    #[arg(long, default_value_t = 1)]
    seconds: u64,
}

const MIGRATIONS: &[Migration] = &[Migration {
    version: 101,
    name: "notes",
    sql: "create table notes (id bigint primary key, text text not null);",
}];
const TEXT: &str = "a row of ordinary length, as a service writes it when something has happened to an order";

impl Commits {
    /// Prints how many commits per second there were.
    pub(crate) fn main(&self) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        println!("{}", runtime.block_on(self.measure())?);
        Ok(())
    }

    async fn measure(&self) -> Result<u64> {
        let db = Db::open(&DbConfig::sqlite(&self.dir), "commits", MIGRATIONS).await?;
        let (cx, begun) = (Context::system("bench"), Instant::now());
        let mut count = 0_u64;
        while begun.elapsed() < Duration::from_secs(self.seconds) {
            count += 1;
            let row = args![i64::try_from(count)?, TEXT];
            db.commit(&cx, Statement::new("notes.add", "insert into notes (id, text) values ($1, $2)", row))
                .await?;
        }
        let rate = per_second(count, begun.elapsed());
        db.close().await;
        Ok(rate)
    }
}
