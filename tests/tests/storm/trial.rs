//! One blow: people buy, the victim is struck and returns, and everything that was promised is looked after.
//!
//! "Full rate" is judged on a busy machine of two cores: the usual rate is the median of windows before the blow, and
//! it is back when a window of a second and a half has [`SHARE`] of it. The load is paced, so a shop that works again
//! reaches all of it; the rest is room for the machine's noise, and for orders being a few to the window.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use souk_tests::TestShop;

use crate::crowd::Crowd;
use crate::ground::Ground;
use crate::page::Told;
use crate::victim::{Blow, Victim};

/// What the shop promises: the window of full rate has ended by then.
pub(crate) const BACK_WITHIN: Duration = Duration::from_secs(5);
const SHARE: f64 = 0.7;

const WINDOW: Duration = Duration::from_millis(1500);
const STEP: Duration = Duration::from_millis(100);
/// Until everybody has come in.
const WARM_UP: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_secs(4);
/// How long is watched at the most after the return, to have a figure for what comes too late.
const WATCHED: Duration = Duration::from_secs(30);

pub(crate) struct Storm {
    shop: TestShop,
    ground: Ground,
    /// How long is watched at least after a return: errors may come late.
    watched_min: Duration,
    wrong: Vec<String>,
}

impl Storm {
    pub(crate) async fn gathers(watched_min: Duration) -> Result<Storm> {
        let ground = Ground::lay()?;
        let topology = souk_tests::Topology::Replicated(souk_tests::Broker::RabbitMq);
        let shop = TestShop::open_on(topology, &ground.settings()).await?;
        Ok(Storm { shop, ground, watched_min, wrong: Vec::new() })
    }

    /// Goes on after a slow return, so that all of them are known at the end; lost orders end it at once.
    pub(crate) async fn strikes(&mut self, victim: Victim, blow: Blow) -> Result<()> {
        let told = self.tell(victim, blow).await.with_context(|| format!("{} {blow:?}", victim.name()))?;
        println!("{}", told.line());
        if told.back_after_s.is_none_or(|s| s + WINDOW.as_secs_f64() > BACK_WITHIN.as_secs_f64() + 0.05) {
            self.wrong.push(format!("{} {blow:?}: not back at full rate within 5 s", victim.name()));
        }
        told.write_down()
    }

    pub(crate) fn ends(self) -> Result<()> {
        ensure!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        Ok(())
    }

    async fn tell(&mut self, victim: Victim, blow: Blow) -> Result<Told> {
        let crowd = Crowd::comes_in(&self.shop);
        tokio::time::sleep(WARM_UP).await;
        let begun = Instant::now();
        tokio::time::sleep(USUAL).await;
        let usual = usual_rate(&crowd.placed(), begun);
        ensure!(usual > 0.0, "nobody buys");
        let before = crowd.seen();
        ensure!(before.errors.is_empty(), "errors in fair weather: {before:?}");

        let struck = Instant::now();
        victim.suffers(blow, &mut self.shop, &mut self.ground).await?;
        let returned = Instant::now();
        let back_after = loop {
            tokio::time::sleep(STEP).await;
            let back = back_after(&crowd.placed(), returned, usual);
            let watched = returned.elapsed();
            if watched >= self.watched_min && (back.is_some() || watched >= WATCHED) {
                break back;
            }
        };
        let (ended, placed, seen) = (Instant::now(), crowd.placed(), crowd.seen());
        let orders = crowd.goes_home().await?;
        let quiet = Instant::now();
        self.shop.audit().await?;
        Ok(Told {
            victim: victim.name(),
            blow,
            requests: seen.requests - before.requests,
            errors: seen.errors,
            orders,
            usual_per_s: usual,
            gap_s: longest_gap(&placed, struck, ended).as_secs_f64(),
            back_after_s: back_after.map(|after| after.as_secs_f64()),
            settled_s: quiet.elapsed().as_secs_f64(),
        })
    }
}

fn rate(placed: &[Instant], from: Instant) -> f64 {
    let within = placed.iter().filter(|at| **at >= from && **at < from + WINDOW).count();
    f64::from(u32::try_from(within).unwrap_or(u32::MAX)) / WINDOW.as_secs_f64()
}

fn usual_rate(placed: &[Instant], begun: Instant) -> f64 {
    let starts = (0..).map(|n| begun + STEP * n).take_while(|start| *start + WINDOW <= begun + USUAL);
    let mut rates: Vec<_> = starts.map(|start| rate(placed, start)).collect();
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// When the first window of full rate begins, from the return on.
fn back_after(placed: &[Instant], returned: Instant, usual: f64) -> Option<Duration> {
    let now = Instant::now();
    let starts = (0..).map(|n| returned + STEP * n).take_while(|start| *start + WINDOW <= now);
    let mut full = starts.filter(|start| rate(placed, *start) >= usual * SHARE);
    full.next().map(|start| start - returned)
}

fn longest_gap(placed: &[Instant], from: Instant, to: Instant) -> Duration {
    let inside = placed.iter().filter(|at| **at > from && **at < to).copied();
    let moments: Vec<_> = [from].into_iter().chain(inside).chain([to]).collect();
    moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}
