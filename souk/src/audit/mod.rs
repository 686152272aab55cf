//! The auditor: reads every database, the provider's own record and the mails, and says what does not add up.
//!
//! It checks what the services promise each other and no single database can: the invariants I1 to I9 of
//! ARCHITECTURE.md. It only reads, so it may run beside the shop; then it waits until nothing is under way.

mod books;
mod events;
mod mails;
mod money;
mod orders;
mod promotions;
mod stock;
mod under_way;

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;
use souk_types::Timestamp;

pub use books::Books;

/// Breaches shown per invariant; more are counted.
pub(crate) const SHOWN_MAX: usize = 20;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Such as `I1`.
    pub invariant: &'static str,
    pub detail: String,
}

impl Breach {
    pub(crate) fn new(invariant: &'static str, detail: impl Into<String>) -> Breach {
        Breach { invariant, detail: detail.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}

/// What the auditor has seen.
#[derive(Debug, Default)]
pub struct Report {
    pub breaches: Vec<Breach>,
    /// How much was looked at, for people to judge whether it was everything.
    pub counted: Vec<(&'static str, u64)>,
    /// Work that was still under way when patience ended. What it touches may not add up yet.
    pub under_way: Vec<String>,
}

impl Report {
    /// Nothing amiss and nothing left to be seen.
    pub fn is_clean(&self) -> bool {
        self.breaches.is_empty() && self.under_way.is_empty()
    }
}

/// What moves from one database to the next while they are read one after the other is in neither: one look is not
/// enough to say that a shop is at rest.
const LOOKS_AT_REST: u32 = 2;

/// Waits up to `patience` until nothing is under way, then checks everything.
pub async fn audit(books: &Books, now: Timestamp, patience: Duration) -> Result<Report> {
    let begun = Instant::now();
    let mut looks_at_rest = 0;
    let under_way = loop {
        let under_way = under_way::list(books, now).await?;
        looks_at_rest = if under_way.is_empty() { looks_at_rest + 1 } else { 0 };
        if looks_at_rest == LOOKS_AT_REST || begun.elapsed() >= patience {
            break under_way;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let mut report = Report { under_way, ..Report::default() };
    stock::check(books, &mut report).await?;
    money::check(books, &mut report).await?;
    orders::check(books, &mut report).await?;
    promotions::check(books, &mut report).await?;
    events::check(books, &mut report).await?;
    mails::check(books, &mut report).await?;
    Ok(report)
}
