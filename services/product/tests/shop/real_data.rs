//! A real catalog of 19,406 products, for those who have it: `SOUK_DATA` names the folder that holds `icecat/`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::on_both;

/// The Icecat row as an import file states it; its prices name no currency and are taken as USD.
fn imported(row: &Value) -> Value {
    let barcodes: Vec<Value> = row["ean"].as_array().into_iter().flatten().take(50).cloned().collect();
    let mut attributes = serde_json::Map::new();
    for (name, value) in row["attrs"].as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !text.trim().is_empty() && text.len() <= 1000 && name.len() <= 80 && attributes.len() < 100 {
            attributes.insert(name.clone(), Value::String(text));
        }
    }
    let prices = row["price_cents"].as_i64().map(|cents| json!({ "USD": cents })).unwrap_or(json!({}));
    let id = row["id"].as_str().map_or_else(|| row["id"].to_string(), str::to_owned);
    let variants = json!([{ "sku": id, "barcodes": barcodes, "prices": prices, "stock": { "main": 20 } }]);
    json!({
        "key": id, "title": row["title"], "brand": row["brand"].as_str().filter(|brand| !brand.trim().is_empty()),
        "description": row["description"].as_str().unwrap_or_default(), "attributes": attributes, "variants": variants
    })
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "reads the Icecat file in the folder that SOUK_DATA names"]
async fn nineteen_thousand_real_products_go_in_and_are_found() {
    let Some(folder) = std::env::var_os("SOUK_DATA") else {
        return println!("SOUK_DATA is not set: nothing was tried");
    };
    let file = std::path::Path::new(&folder).join("icecat/products.jsonl.zst");
    let mut zstd =
        Command::new("zstd").arg("-dc").arg(file).stdout(Stdio::piped()).spawn().expect("zstd runs");
    let lines = BufReader::new(zstd.stdout.take().expect("its output")).lines();
    let rows: Vec<Value> =
        lines.map(|line| imported(&serde_json::from_str(&line.expect("a line")).expect("JSON"))).collect();
    zstd.wait().expect("zstd ends");
    on_both(async |shop| {
        for round in ["first", "again"] {
            let (started, mut report) = (Instant::now(), [0_usize; 4]);
            for chunk in rows.chunks(500) {
                let part = shop.imports(chunk.to_vec()).await;
                let mut bad_lines: Vec<u64> = part.rejected.iter().map(|bad| bad.line).collect();
                bad_lines.dedup();
                for bad in part.rejected.iter().take(3) {
                    println!("{bad:?}");
                }
                let parts = [part.created, part.updated, part.unchanged, bad_lines.len() as u64];
                for (sum, part) in report.iter_mut().zip(parts) {
                    *sum += usize::try_from(part).expect("small");
                }
            }
            println!("{round}: created, updated, unchanged, rejected {report:?} in {:?}", started.elapsed());
            let good = rows.len() - report[3];
            in_two_minutes(async || {
                let total = shop.get("/v1/search?limit=1").await.2["total"].clone();
                println!("{:?}: {total} of {good} are indexed", started.elapsed());
                total == good
            })
            .await;
            println!("{round}: indexed after {:?}", started.elapsed());
        }
        let started = Instant::now();
        let (_, _, found) = shop.get("/v1/search?q=laser+printer").await;
        println!("search {:?}, {} hits", started.elapsed(), found["total"]);
        let started = Instant::now();
        shop.get("/v1/products?limit=20").await;
        println!("list of 20 {:?}", started.elapsed());
    })
    .await;
}

/// Indexing takes longer than what other tests wait for.
async fn in_two_minutes(mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed().as_secs() < 120, "it was not indexed in time");
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
}
