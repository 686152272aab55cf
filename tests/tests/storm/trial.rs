//! One blow: people buy, the victim is struck and returns, and everything that was promised is looked after.
//!
//! "Full rate" is judged on a busy machine of two cores: the usual rate is the median of windows before the blow, and
//! it is back when a window of a second and a half has [`SHARE_PERCENT`] of it, and so has all that follows. The load is paced, so a shop that works again
//! reaches all of it; the rest is room for the machine's noise, and for orders being a few to the window.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use souk_tests::{Broker, Buyer, TestShop, Topology};

use crate::crowd::Crowd;
use crate::ground::Ground;
use crate::page::Told;
use crate::victim::{Blow, Victim};

/// What the shop promises: the window of full rate has ended by then.
pub(crate) const BACK_WITHIN: Duration = Duration::from_secs(5);
const SHARE_PERCENT: u64 = 70;

const WINDOW: Duration = Duration::from_millis(1500);
const STEP: Duration = Duration::from_millis(100);
/// Until everybody has come in.
const WARM_UP: Duration = Duration::from_secs(1);
const USUAL: Duration = Duration::from_secs(4);
/// How long is watched at the most after the return, to have a figure for what comes too late.
const WATCHED: Duration = Duration::from_secs(30);

pub(crate) struct Storm {
    shop: TestShop,
    regular: Buyer,
    ground: Ground,
    /// How long is watched at least after a return: errors may come late.
    watched_min: Duration,
    wrong: Vec<String>,
}

impl Storm {
    pub(crate) async fn gathers(watched_min: Duration) -> Result<Storm> {
        let ground = Ground::lay()?;
        let topology = Topology::Replicated(Broker::RabbitMq);
        let shop = TestShop::open_on(topology, &ground.settings()).await?;
        let regular = shop.guest("Regular");
        let registration =
            json!({"email": regular.email, "password": regular.password, "name": regular.name});
        shop.client.post("/v1/users", registration).await?.ok()?;
        Ok(Storm { shop, regular, ground, watched_min, wrong: Vec::new() })
    }

    /// Goes on after a slow return, so that all of them are known at the end; lost orders end it at once.
    pub(crate) async fn strikes(&mut self, victim: Victim, blow: Blow) -> Result<()> {
        let told = self.tell(victim, blow).await.with_context(|| format!("{} {blow:?}", victim.name()))?;
        println!("{}", told.line());
        if told.back_after_ms.is_none_or(|after| after > millis(BACK_WITHIN - WINDOW)) {
            self.wrong.push(format!("{} {blow:?}: not back at full rate within 5 s", victim.name()));
        }
        told.write_down()
    }

    pub(crate) fn ends(self) -> Result<()> {
        ensure!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        Ok(())
    }

    async fn tell(&mut self, victim: Victim, blow: Blow) -> Result<Told> {
        let crowd = Crowd::comes_in(&self.shop, &self.regular);
        tokio::time::sleep(WARM_UP).await;
        let begun = Instant::now();
        tokio::time::sleep(USUAL).await;
        let usual = usual_rate(&crowd.placed(), begun);
        ensure!(usual > 0, "nobody buys");
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
            usual_per_min: usual,
            gap_ms: millis(longest_gap(&placed, struck, ended)),
            back_after_ms: back_after.map(millis),
            settled_ms: millis(quiet.elapsed()),
        })
    }
}

/// Per minute.
fn rate(placed: &[Instant], from: Instant, time: Duration) -> u64 {
    let within = placed.iter().filter(|at| **at >= from && **at < from + time).count();
    u64::try_from(within).unwrap_or(u64::MAX) * 60_000 / millis(time).max(1)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn usual_rate(placed: &[Instant], begun: Instant) -> u64 {
    let starts = (0..).map(|n| begun + STEP * n).take_while(|start| *start + WINDOW <= begun + USUAL);
    let mut rates: Vec<_> = starts.map(|start| rate(placed, start, WINDOW)).collect();
    rates.sort_unstable();
    rates[rates.len() / 2]
}

/// When the first window of full rate begins, from the return on. The orders of those who were waiting come in one
/// gush, so the rate has to last as well.
fn back_after(placed: &[Instant], returned: Instant, usual: u64) -> Option<Duration> {
    let now = Instant::now();
    let starts = (0..).map(|n| returned + STEP * n).take_while(|start| *start + WINDOW <= now);
    let enough = usual * SHARE_PERCENT / 100;
    let lasts = |start: Instant| rate(placed, start, now - start) >= enough;
    let mut full = starts.filter(|start| rate(placed, *start, WINDOW) >= enough && lasts(*start));
    full.next().map(|start| start - returned)
}

fn longest_gap(placed: &[Instant], from: Instant, to: Instant) -> Duration {
    let inside = placed.iter().filter(|at| **at > from && **at < to).copied();
    let moments: Vec<_> = [from].into_iter().chain(inside).chain([to]).collect();
    moments.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
}
