//! What the two hottest paths cost in processor time; say `--release`, or the figures mean nothing.

use std::sync::Arc;
use std::time::Instant;

use futures::StreamExt;
use souk_contract::product::HoldOutcome;

use crate::support::on_both;

/// Processor time of this process so far, in microseconds; the kernel counts it in hundredths of a second.
fn cpu_micros() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(')').next().expect("fields");
    let ticks =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("ticks"));
    ticks.sum::<u64>() * 10_000
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures"]
async fn what_a_hold_of_two_lines_costs() {
    on_both(async |shop| {
        let variants = [shop.sells("A", 1_000_000).await, shop.sells("B", 1_000_000).await];
        for round in 0..3 {
            let (cpu, started, count) = (cpu_micros(), Instant::now(), 10_000_u64);
            futures::stream::iter(0..count)
                .map(|_| {
                    let shop = Arc::clone(&shop);
                    let lines = variants.map(|variant| (variant, 1));
                    async move { shop.holds(shop.order(), &lines).await }
                })
                .buffer_unordered(64)
                .for_each(async |outcome| assert!(matches!(outcome, Ok(HoldOutcome::Held { .. }))))
                .await;
            let (cpu, elapsed) = (cpu_micros() - cpu, started.elapsed());
            println!(
                "round {round}: {} µs of processor and {} µs of time per hold",
                cpu / count,
                elapsed.as_micros() / u128::from(count)
            );
        }
    })
    .await;
}

#[tokio::test]
#[ignore = "measures"]
async fn what_a_cached_page_costs() {
    on_both(async |shop| {
        shop.sells("TEE", 1).await;
        for round in 0..3 {
            let (cpu, count) = (cpu_micros(), 200_000_u64);
            for _ in 0..count {
                shop.page("/v1/products/tee").await;
            }
            println!(
                "round {round}: {} ns of processor per page, without HTTP",
                (cpu_micros() - cpu) * 1_000 / count
            );
        }
    })
    .await;
}
