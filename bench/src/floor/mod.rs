//! The storage floor of a checkout: the rows that the shop wrote, written again into the same files by the same
//! writer, with the same commits in the same order, without HTTP, JSON or rules.
//!
//! The rows are read from the shop's own databases after its round, so they are the same to the byte. Which commits
//! they came in is told by the files here, one for each service's store. If a store changes and its file here does
//! not, the comparison of both databases at the end says so.

mod events;
mod notification;
mod order;
mod payment;
mod product;
mod rows;
mod run;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use serde::{Deserialize, Serialize};
use souk_db::{Db, DbConfig};

use notification::{MailStory, NotificationFile};
use order::{OrderFile, OrderStory};
use payment::{PaymentFiles, PaymentStory};
use product::{ProductFile, ProductStory};

const FILES: [&str; 5] = ["order", "product", "payment", "sandbox", "notification"];

/// Rows that belong to no order: sweepers' marks and the like may differ by so much.
const BYTES_APART_PERCENT: u64 = 2;

#[derive(Args)]
pub(crate) struct Floor {
    /// The data folder after the shop's round.
    #[arg(long)]
    after: PathBuf,
    /// A copy of the data folder before it; written to.
    #[arg(long)]
    work: PathBuf,
    #[arg(long)]
    buyers: usize,
}

/// What a run came to; printed as JSON by the process that ran it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) orders: u64,
    /// Until the last buyer had his answer.
    pub(crate) answered_us: u64,
    /// Until the last event had its effect.
    pub(crate) settled_us: u64,
    pub(crate) cpu_us: u64,
    pub(crate) batches: u64,
    pub(crate) commits: u64,
    /// Tables in which shop and floor have written different things.
    pub(crate) differences: Vec<String>,
}

/// Everything that is written for one order.
struct Story {
    order: OrderStory,
    product: ProductStory,
    payment: PaymentStory,
    mail: MailStory,
}

impl Floor {
    pub(crate) fn main(&self) -> Result<()> {
        let stories = stories(&self.after)?;
        forget_migrations(&self.work)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut outcome = runtime.block_on(run::run(&self.work, stories, self.buyers))?;
        outcome.differences = differences(&self.after, &self.work)?;
        println!("{}", serde_json::to_string(&outcome)?);
        Ok(())
    }
}

fn stories(after: &Path) -> Result<Vec<Story>> {
    let file = |name| rows::open(after, name);
    let order_db = file("order")?;
    let orders = OrderFile::read(&order_db)?;
    let products = ProductFile::read(&file("product")?)?;
    let payments = PaymentFiles::read(&file("payment")?, &file("sandbox")?)?;
    let mails = NotificationFile::read(&file("notification")?)?;
    let mut stories = Vec::new();
    for order in rows::lines(&order_db, "orders")? {
        let id = order.get("id");
        let payment = payments.story(&id)?;
        stories.push(Story {
            order: orders.story(&order, &payment.id)?,
            product: products.story(&id)?,
            mail: mails.story(&id)?,
            payment,
        });
    }
    Ok(stories)
}

/// The files keep their tables; only the note of who made them goes, so that they open without the services' code.
fn forget_migrations(work: &Path) -> Result<()> {
    for name in FILES {
        let db = rusqlite::Connection::open(work.join(format!("{name}.db")))?;
        db.execute("delete from schema_migrations where version > 100", [])
            .with_context(|| format!("{name}.db is no database of a service"))?;
    }
    Ok(())
}

async fn open(work: &Path, name: &str) -> Result<Db> {
    Db::open(&DbConfig::sqlite(work), name, &[]).await.with_context(|| format!("cannot open {name}.db"))
}

fn differences(after: &Path, work: &Path) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    for name in FILES {
        for (ours, floor) in rows::sizes(after, name)?.into_iter().zip(rows::sizes(work, name)?) {
            let ((table, rows, bytes), (_, floor_rows, floor_bytes)) = (ours, floor);
            let apart = bytes.abs_diff(floor_bytes) * 100 > bytes * BYTES_APART_PERCENT;
            if table != "schema_migrations" && (rows != floor_rows || apart) {
                differences.push(format!(
                    "{name}.{table}: {rows} rows of {bytes} bytes, the floor has {floor_rows} of {floor_bytes}"
                ));
            }
        }
    }
    Ok(differences)
}
