//! The shop on PostgreSQL beside `pgbench` on the same server, all on this machine: whole orders over HTTP, and holds of
//! one SKU that everybody wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use souk_contract::product::{HoldLine, HoldOutcome, HoldStock, Product};
use souk_rpc::{Context, InternalSecret, Remote, RemoteConfig};
use souk_testkit::PrivatePostgres;
use souk_types::{Chance, Clock, OrderId, VariantId};

use crate::Bench;
use crate::buyers::{check_out, fill_carts};
use crate::numbers::{Micros, Ratio, median, micros, per_second, quantile};
use crate::pgbench::{self, Best};
use crate::process::Process;
use crate::report::Report;
use crate::{catalog, machine};

const ROUND_SECONDS: u64 = 3;
const BUYERS: usize = 64;
const ORDERS: usize = 2_000;
const ORDERS_BAR: Ratio = Ratio::hundredths(25);
const CALLERS: usize = 256;
const HOT_BAR: Ratio = Ratio::hundredths(1_000);
const SECRET: &str = "nobody-but-this-bench-knows-or-needs-it";
const START_PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let server = match PrivatePostgres::start_durable_in(&bench.disk) {
        Ok(server) => server,
        Err(error) => {
            report.note(format!("Nothing measured on PostgreSQL: {error:#}."));
            return Ok(());
        }
    };
    pgbench::prepare(&server)?;
    orders(bench, &server, report).await?;
    one_hot_sku(bench, &server, report).await
}

async fn orders(bench: &Bench, server: &PrivatePostgres, report: &mut Report) -> Result<()> {
    let souk =
        bench.souk.on_postgres("on-postgres", &server.url("shop_{name}"), "[shop]\nlinger_ms = 0\n")?;
    let data = bench.folder("on-postgres")?;
    souk.import(&data, &bench.path("catalog.jsonl"))?;
    let shop = souk.up(&data, None).await?;
    let slugs: Vec<String> = (0..catalog::PRODUCTS).map(catalog::slug).collect();
    let variants = catalog::variants(shop.address, &slugs).await?;
    let wanted: Vec<String> = variants.into_iter().cycle().take(ORDERS * (bench.rounds + 1)).collect();
    let carts = fill_carts(shop.address, &wanted).await?;
    let yardstick = Best::of(&pgbench::ORDER, server, bench.scratch.path())?;
    let (mut ours, mut settled, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    let (mut cpu, mut times) = (Vec::new(), Vec::new());
    let (first, carts) = carts.split_at(ORDERS);
    check_out(shop.address, first, BUYERS).await?;
    shop.settle().await?;
    pgbench::count_rows(server, "shop_")?;
    for carts in carts.chunks(ORDERS) {
        let before = shop.process.cpu()?;
        let sale = check_out(shop.address, carts, BUYERS).await?;
        ensure!(sale.placed_us.len() == ORDERS, "not every cart could be bought");
        let begun = sale.begun.context("a sale that never began")?;
        ours.push(per_second(ORDERS as u64, sale.took));
        settled.push(per_second(ORDERS as u64, shop.settle().await?.saturating_duration_since(begun)));
        cpu.push(micros(shop.process.cpu()?.saturating_sub(before)) / ORDERS as u64);
        times.push((quantile(&sale.placed_us, 50), quantile(&sale.placed_us, 99)));
        theirs.push(yardstick.run(ROUND_SECONDS)?);
    }
    shop.audit()?;
    shop.stop()?;
    let beside = format!("pgbench, {} clients: {}/s", yardstick.clients, median(&theirs));
    let name = format!("checkout on PostgreSQL, {BUYERS} buyers, answered");
    report.ratio(&name, format!("{}/s", median(&ours)), beside, median(&pairs(&ours, &theirs)), ORDERS_BAR);
    report.figure(
        "  with all events settled: paid, allocated, mailed",
        format!("{}/s", median(&settled)),
        String::new(),
        Some(median(&pairs(&settled, &theirs))),
    );
    let of = |time: fn(&(u64, u64)) -> u64| Micros(median(&times.iter().map(time).collect::<Vec<_>>()));
    let text = format!("{}, {}; {}", of(|times| times.0), of(|times| times.1), Micros(median(&cpu)));
    report.figure("  p50, p99; CPU of the shop per checkout", text, String::new(), None);
    Ok(())
}

/// The product service in a process of its own, called as the order service calls it.
async fn one_hot_sku(bench: &Bench, server: &PrivatePostgres, report: &mut Report) -> Result<()> {
    let data = bench.folder("hot-sku")?;
    let (secret, address) = (data.join("secret"), machine::free_address()?);
    std::fs::write(&secret, SECRET)?;
    let settings = format!("[peers]\nsecret_file = \"{}\"\n", secret.display());
    let souk = bench.souk.on_postgres("hot-sku", &server.url("hot_{name}"), &settings)?;
    souk.import(&data, &bench.path("catalog.jsonl"))?;
    let mut command = souk.command(&data, &["up", "--role", "product", "--internal-listen"]);
    let process = Process::start("product", command.arg(address.to_string()), &bench.path("hot-sku.log"))?;
    let secret = InternalSecret::new(SECRET);
    let product = Remote::http(&format!("http://{address}"), secret, RemoteConfig::default())?;
    wait_for(&product, process.log_end()).await?;
    let db = souk.look_into(&data, "product").await?;
    let sku = catalog::slug(7).to_uppercase();
    let sql = "select id from variant where sku = $1";
    let variant: VariantId =
        db.read_one(sql, souk_db::args![sku], |row| row.get(0)).await?.context("no such SKU")?;

    hold(&product, variant, Duration::from_millis(500)).await?;
    pgbench::count_rows(server, "hot_")?;
    let yardstick = Best::of(&pgbench::HOT, server, bench.scratch.path())?;
    let (mut ours, mut theirs, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        theirs.push(yardstick.run(ROUND_SECONDS)?);
        let before = process.cpu()?;
        let (count, took) = hold(&product, variant, Duration::from_secs(ROUND_SECONDS)).await?;
        ours.push(per_second(count, took));
        cpu.push(micros(process.cpu()?.saturating_sub(before)) / count.max(1));
    }
    process.stop()?;
    report.ratio(
        &format!("holds of one SKU on PostgreSQL, {CALLERS} callers"),
        format!("{}/s", median(&ours)),
        format!("row lock, {} clients: {}/s", yardstick.clients, median(&theirs)),
        median(&pairs(&ours, &theirs)),
        HOT_BAR,
    );
    let text = Micros(median(&cpu)).to_string();
    report.figure("  CPU of the product service per hold", text, String::new(), None);
    Ok(())
}

async fn wait_for(product: &Remote, log: String) -> Result<()> {
    let begun = Instant::now();
    while Product::ping(product, &Context::system("bench"), souk_contract::Done {}).await.is_err() {
        ensure!(begun.elapsed() < START_PATIENCE, "the product service does not answer:\n{log}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Each caller holds one unit after the other, each for another order.
async fn hold(product: &Remote, variant: VariantId, time: Duration) -> Result<(u64, Duration)> {
    let (begun, held) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let callers = (0..CALLERS).map(|_| {
        let (product, held) = (product.clone(), Arc::clone(&held));
        tokio::spawn(async move {
            let (cx, chance, clock) = (Context::system("bench"), Chance::system(), Clock::system());
            while begun.elapsed() < time {
                let order = OrderId(chance.uuid_v7(clock.now()));
                let expires_at = clock.now().plus(Duration::from_secs(3_600));
                let lines = vec![HoldLine { variant, quantity: 1 }];
                let outcome = product.hold_stock(&cx, HoldStock { order, lines, expires_at }).await?;
                ensure!(matches!(outcome, HoldOutcome::Held { .. }), "sold out too early");
                held.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        })
    });
    for ended in futures::future::join_all(callers).await {
        ended??;
    }
    Ok((held.load(Ordering::Relaxed), begun.elapsed()))
}

fn pairs(ours: &[u64], theirs: &[u64]) -> Vec<Ratio> {
    ours.iter().zip(theirs).map(|(ours, theirs)| Ratio::of(*ours, *theirs)).collect()
}
