//! What it costs to be watched: the same checkouts with nobody watching, and with every trace recorded and sent and the
//! numbers read every second. What is compared is the CPU of the shop's process; the collector is in this one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Bench;
use crate::client::{Connection, get};
use crate::numbers::{Micros, Ratio, median, micros, per_second};
use crate::report::Report;
use crate::stage::{Round, Stage};

const BUYERS: usize = 64;
const ORDERS: usize = 4_000;
/// Being watched may cost a tenth.
const BAR: Ratio = Ratio::hundredths(90);
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) async fn measure(bench: &Bench, stage: &Stage, report: &mut Report) -> Result<()> {
    let received = Arc::new(AtomicU64::new(0));
    let (address, collector) = collector(Arc::clone(&received)).await?;
    let watched = bench.souk.watched(&format!("[telemetry]\nendpoint = \"http://{address}\"\n"))?;
    let (mut alone, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        alone.push(stage.shop(bench, ORDERS, BUYERS, &bench.shim).await?);
        seen.push(stage.shop_of(&watched, bench, ORDERS, BUYERS, &bench.shim).await?);
    }
    collector.abort();
    let bytes = received.load(Ordering::Relaxed) / (ORDERS * bench.rounds) as u64;
    ensure!(bytes > 0, "the collector of the bench has received nothing");
    let of = |rounds: &[Round], figure: fn(&Round) -> u64| rounds.iter().map(figure).collect::<Vec<_>>();
    let pairs = |ours: &[u64], theirs: &[u64]| {
        median(&ours.iter().zip(theirs).map(|(ours, theirs)| Ratio::of(*ours, *theirs)).collect::<Vec<_>>())
    };
    let cpu = |round: &Round| micros(round.cpu) / ORDERS as u64;
    let (cpu_alone, cpu_seen) = (of(&alone, cpu), of(&seen, cpu));
    report.ratio(
        "checkout, all traces and metrics: CPU unwatched / watched",
        Micros(median(&cpu_seen)).to_string(),
        format!("unwatched: {}", Micros(median(&cpu_alone))),
        pairs(&cpu_alone, &cpu_seen),
        BAR,
    );
    let rate = |round: &Round| per_second(ORDERS as u64, round.sale.took);
    let (rate_alone, rate_seen) = (of(&alone, rate), of(&seen, rate));
    report.figure(
        "  answered, the collector beside it on this machine",
        format!("{}/s", median(&rate_seen)),
        format!("unwatched: {}/s", median(&rate_alone)),
        Some(pairs(&rate_seen, &rate_alone)),
    );
    report.figure("  OTLP per checkout", format!("{bytes} bytes"), String::new(), None);
    Ok(())
}

/// Takes whatever is sent and counts the bytes.
async fn collector(received: Arc<AtomicU64>) -> Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let received = Arc::clone(&received);
            let take = service_fn(move |request| take(request, Arc::clone(&received)));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), take));
        }
    });
    Ok((address, serving))
}

async fn take(
    request: Request<Incoming>,
    received: Arc<AtomicU64>,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let bytes = request.into_body().collect().await?.to_bytes();
    received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    Ok(Response::new(Full::default()))
}

/// Reads the numbers of a shop as Prometheus would, but more often; until it is dropped.
pub(crate) struct Watcher(JoinHandle<()>);

impl Watcher {
    pub(crate) fn of(shop: SocketAddr) -> Watcher {
        Watcher(tokio::spawn(async move {
            while look(shop).await.is_ok() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }))
    }
}

async fn look(shop: SocketAddr) -> Result<()> {
    let answer = Connection::open(shop).await?.send(get("/metrics")?).await?;
    ensure!(answer.status.is_success(), "/metrics answered {}", answer.status);
    Ok(())
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}
