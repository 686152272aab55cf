//! The sale itself: carts are filled, everybody presses, and the shop is killed meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;
use futures::{StreamExt, stream};

use super::api::{Api, Ware};
use super::buyer::{Buyer, Outcome, Told};
use super::scratch::Scratch;
use crate::cli::progress::Progress;

/// Carts that are filled at the same time.
const FILLERS: usize = 32;
/// When sales do not come as far as the next kill: sold out, or stuck.
const KILL_ANYWAY: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(2);

/// Buyers with filled carts.
pub(super) struct Sale {
    api: Api,
    buyers: Vec<Buyer>,
    at_once: usize,
}

impl Sale {
    pub(super) async fn prepare(api: &Api, ware: &Ware, buyers: u32, at_once: u32) -> Result<Sale> {
        let mut progress = Progress::new("filling carts", u64::from(buyers));
        let mut filled = Vec::new();
        let mut filling = stream::iter(1..=buyers)
            .map(|number| Buyer::fill_a_cart(api, ware, number))
            .buffer_unordered(FILLERS);
        while let Some(buyer) = filling.next().await {
            filled.push(buyer?);
            progress.advance(1, String::new);
        }
        drop(filling);
        progress.finish();
        Ok(Sale { api: api.clone(), buyers: filled, at_once: usize::try_from(at_once)? })
    }

    /// Everybody buys. A scratch shop is killed as often as said, spread over the units that are sold.
    pub(super) async fn run(self, killed: Option<(&mut Scratch, u32)>, units: u32) -> Result<Vec<Outcome>> {
        let mut progress = Progress::new("selling", self.buyers.len() as u64);
        let sold = Arc::new(AtomicU32::new(0));
        let buying = async {
            let mut told = Vec::with_capacity(self.buyers.len());
            let mut answers =
                stream::iter(self.buyers).map(|buyer| buyer.buy(&self.api)).buffer_unordered(self.at_once);
            while let Some(outcome) = answers.next().await {
                if matches!(outcome.told, Told::Placed(_) | Told::Accepted(_)) {
                    sold.fetch_add(1, Ordering::Relaxed);
                }
                told.push(outcome);
                progress.advance(1, || format!("{} sold", sold.load(Ordering::Relaxed)));
            }
            told
        };
        let killing = async {
            match killed {
                Some((scratch, kills)) => kill(scratch, kills, units, &sold).await,
                None => Ok(()),
            }
        };
        let (told, killed) = tokio::join!(buying, killing);
        killed?;
        progress.finish();
        Ok(told)
    }
}

async fn kill(scratch: &mut Scratch, kills: u32, units: u32, sold: &AtomicU32) -> Result<()> {
    for number in 1..=kills {
        let mark = units * number / (kills + 1);
        let reached = async {
            while sold.load(Ordering::Relaxed) < mark {
                tokio::time::sleep(LOOK).await;
            }
        };
        // A mark that is never reached must not keep the sale from its end.
        let _ = tokio::time::timeout(KILL_ANYWAY, reached).await;
        scratch.kill()?;
        scratch.start().await?;
    }
    Ok(())
}
