//! What was sold, told and lost: the buyers' word beside the shop's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::api::{Api, Ware};
use super::buyer::{Outcome, Told};

/// Orders in these states have, or may still get, their goods.
const KEPT: [&str; 4] = ["placing", "awaiting_payment", "placed", "completed"];
const PAGES_MAX: usize = 2_000;
/// How long orders may take to leave `placing` and `awaiting_payment` after the sale.
const SETTLE: Duration = Duration::from_secs(120);

/// The sale in numbers.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) placed: u32,
    pub(super) accepted: u32,
    pub(super) sold_out: u32,
    pub(super) refused: BTreeMap<String, u32>,
    pub(super) unanswered: u32,
    /// Buyers who had to press more than once.
    pub(super) pressed_again: u32,
    /// Orders that the shop has, each once.
    pub(super) orders: u32,
    pub(super) unfinished: u32,
    /// Told "placed", and the shop knows nothing of it.
    pub(super) lost: u32,
    /// Kept by the shop for a buyer who was told otherwise.
    pub(super) unasked: u32,
    pub(super) on_hand: i64,
    pub(super) available: i64,
    /// Waits of those who were told "sold out" at the first press; sorted.
    pub(super) sold_out_waits: Vec<Duration>,
    pub(super) longest_wait: Duration,
}

impl Tally {
    pub(super) async fn take(api: &Api, ware: &Ware, told: Vec<Outcome>) -> Result<Tally> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < SETTLE && orders(api, ware, &KEPT[..2]).await?.iter().next().is_some() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let unfinished = orders(api, ware, &KEPT[..2]).await?;
        let kept = orders(api, ware, &KEPT).await?;
        let levels = api.read(&format!("/v1/admin/stock?sku={}", ware.sku)).await?;
        let sum = |field: &str| -> Result<i64> {
            let items = levels["items"].as_array().context("a stock list without items")?;
            Ok(items.iter().filter_map(|level| level[field].as_i64()).sum())
        };
        let mut tally =
            Tally { on_hand: sum("on_hand")?, available: sum("available")?, ..Tally::of(&told, &kept) };
        tally.unfinished = u32::try_from(unfinished.len())?;
        Ok(tally)
    }

    fn of(told: &[Outcome], kept: &BTreeSet<String>) -> Tally {
        let mut tally = Tally { orders: u32::try_from(kept.len()).unwrap_or(u32::MAX), ..Tally::default() };
        let mut spoken_of = BTreeSet::new();
        for Outcome { told, waited, presses } in told {
            tally.pressed_again += u32::from(*presses > 1);
            tally.longest_wait = tally.longest_wait.max(*waited);
            match told {
                Told::Placed(order) => {
                    tally.placed += 1;
                    // Two buyers who are told the same order: one of them has lost theirs.
                    tally.lost += u32::from(!kept.contains(order) || !spoken_of.insert(order.clone()));
                }
                Told::Accepted(order) => {
                    tally.accepted += 1;
                    spoken_of.insert(order.clone());
                }
                Told::SoldOut => {
                    tally.sold_out += 1;
                    if *presses == 1 {
                        tally.sold_out_waits.push(*waited);
                    }
                }
                Told::Refused(code) => *tally.refused.entry(code.clone()).or_default() += 1,
                Told::Nothing => tally.unanswered += 1,
            }
        }
        let unasked = kept.iter().filter(|order| !spoken_of.contains(*order)).count();
        // Who never got an answer may have an order; nobody else may.
        tally.unasked = u32::try_from(unasked).unwrap_or(u32::MAX).saturating_sub(tally.unanswered);
        tally.sold_out_waits.sort_unstable();
        tally
    }

    /// Exactly as much as there was is sold, and everybody's word agrees with the shop's.
    pub(super) fn is_right(&self, units: u32, buyers: u32) -> bool {
        let left = i64::from(units) - i64::from(self.orders);
        self.orders == units.min(buyers)
            && self.available == left
            && self.lost + self.unasked + self.unanswered + self.unfinished == 0
            && self.refused.is_empty()
    }

    fn quantile(&self, percent: usize) -> Duration {
        let waits = &self.sold_out_waits;
        waits
            .get((waits.len() * percent / 100).min(waits.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "sold: {} orders; {} units on hand, {} still for sale",
            self.orders, self.on_hand, self.available
        )?;
        writeln!(
            f,
            "told: {} placed, {} accepted and paid later, {} sold out",
            self.placed, self.accepted, self.sold_out
        )?;
        for (code, buyers) in &self.refused {
            writeln!(f, "told: {buyers} {code}")?;
        }
        let Tally { lost, unasked, unanswered, unfinished, .. } = self;
        writeln!(
            f,
            "lost: {lost} orders that were confirmed; {unasked} that nobody was told of; {unanswered} buyers without an answer; {unfinished} orders without an end"
        )?;
        let ms = |wait: Duration| wait.as_millis();
        let (p50, p99, last) = (self.quantile(50), self.quantile(99), self.quantile(100));
        writeln!(
            f,
            "waits for \"sold out\": {} ms half of them, {} ms 99 of 100, {} ms the last",
            ms(p50),
            ms(p99),
            ms(last)
        )?;
        writeln!(
            f,
            "kills: {} buyers pressed again; the longest wait of all was {} ms",
            self.pressed_again,
            ms(self.longest_wait)
        )
    }
}

/// Ids of this sale's orders in these states.
async fn orders(api: &Api, ware: &Ware, states: &[&str]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for state in states {
        let mut cursor = String::new();
        for _ in 0..PAGES_MAX {
            let page = api.read(&format!("/v1/admin/orders?state={state}&limit=100{cursor}")).await?;
            let items = page["items"].as_array().context("a list of orders without items")?;
            let ours = items
                .iter()
                .filter(|order| order["email"].as_str().is_some_and(|email| email.ends_with(&ware.domain)));
            found.extend(ours.filter_map(|order| order["id"].as_str()).map(str::to_owned));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(told: Told) -> Outcome {
        Outcome { told, waited: Duration::from_millis(5), presses: 1 }
    }

    fn tally(told: &[Told], kept: &[&str]) -> Tally {
        let told: Vec<_> = told.iter().cloned().map(outcome).collect();
        Tally::of(&told, &kept.iter().map(|order| (*order).to_owned()).collect())
    }

    fn placed(order: &str) -> Told {
        Told::Placed(order.to_owned())
    }

    #[test]
    fn an_order_that_was_confirmed_and_is_not_there_is_lost() {
        let tally = tally(&[placed("a"), placed("b"), Told::SoldOut], &["a"]);
        assert_eq!((tally.lost, tally.unasked, tally.orders), (1, 0, 1));
        assert!(!tally.is_right(2, 3));
    }

    #[test]
    fn two_buyers_with_one_order_are_a_loss() {
        assert_eq!(tally(&[placed("a"), placed("a")], &["a"]).lost, 1);
    }

    #[test]
    fn an_order_that_nobody_was_told_of_is_excused_by_a_buyer_without_an_answer() {
        assert_eq!(tally(&[Told::SoldOut], &["a"]).unasked, 1);
        assert_eq!(tally(&[Told::Nothing], &["a"]).unasked, 0);
    }

    #[test]
    fn a_sale_is_right_when_exactly_what_there_was_is_sold() {
        let mut sale = tally(&[placed("a"), Told::SoldOut], &["a"]);
        assert!(sale.is_right(1, 2));
        sale.available = -1;
        assert!(!sale.is_right(1, 2), "more is promised than there is");
        assert!(!tally(&[placed("a"), placed("b")], &["a", "b"]).is_right(1, 2), "oversold");
    }
}
