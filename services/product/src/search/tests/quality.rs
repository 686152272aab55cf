//! How good the ranking is on real catalogs, by the judgments of people who had nothing to do with us.
//!
//! The data is not part of the project: `SOUK_DATA=/path cargo test -p souk-product -- --ignored ranks --nocapture`.
#![expect(clippy::float_arithmetic, reason = "quality is measured")]

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use souk_types::{Currency, Money, ProductId, Timestamp};
use uuid::Uuid;

use crate::search::{IndexChange, ProductDoc, SearchConfig, SearchIndex, SearchQuery};

/// Linear gain, as the published figures have it: SQLite FTS5 .718, PostgreSQL .722, tuned BM25 .777.
#[test]
#[ignore = "reads SOUK_DATA/icecat"]
fn it_ranks_an_electronics_catalog_as_people_do() {
    let Some(found) = evaluate("icecat", |rating| f64::from(rating) / 3.0) else { return };
    assert!(found >= 0.77, "nDCG@10 is {found:.4}");
}

/// Exact 1, substitute .1, complement .01: SQLite FTS5 .574, PostgreSQL .552, tuned BM25 .592.
#[test]
#[ignore = "reads SOUK_DATA/esci"]
fn it_ranks_a_mixed_catalog_as_people_do() {
    let gains = [0.0, 0.01, 0.1, 1.0];
    let Some(found) = evaluate("esci", |rating| gains[rating as usize]) else { return };
    assert!(found >= 0.60, "nDCG@10 is {found:.4}");
}

/// The mean nDCG@10 over the judged queries of a catalog; `None`, said aloud, without the data.
fn evaluate(catalog: &str, gain: impl Fn(u32) -> f64) -> Option<f64> {
    let Some(dir) = std::env::var_os("SOUK_DATA").map(|data| PathBuf::from(data).join(catalog)) else {
        eprintln!("skipped: set SOUK_DATA to a folder with {catalog}/products.jsonl.zst and dev_*.tsv");
        return None;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let index = SearchIndex::open(folder.path(), &SearchConfig::default()).expect("an index");
    let begun = Instant::now();
    let (products, ids) = products(&dir);
    let read_in = begun.elapsed();
    let (count, begun) = (products.len(), Instant::now());
    let mut products = products.into_iter();
    loop {
        let batch: Vec<IndexChange> = products.by_ref().take(500).map(IndexChange::put).collect();
        if batch.is_empty() {
            break;
        }
        index.apply(batch).expect("indexed");
    }
    println!("{catalog}: read {count} products in {read_in:?}, indexed by 500 in {:?}", begun.elapsed());
    let mut labels: HashMap<String, HashMap<String, u32>> = HashMap::new();
    for row in rows(&dir.join("dev_labels.tsv")) {
        labels.entry(row[0].clone()).or_default().insert(row[1].clone(), row[2].parse().expect("a rating"));
    }
    let mut scores = Vec::new();
    let begun = Instant::now();
    for row in rows(&dir.join("dev_queries.tsv")) {
        let Some(judged) = labels.get(&row[0]) else { continue };
        let query = SearchQuery { text: row[1].clone(), limit: 10, ..SearchQuery::default() };
        let found = index.search(&query).expect("an answer");
        let names = found.ids.iter().map(|id| ids[id].as_str());
        let score = ndcg(names, judged, &gain);
        scores.push((score, row[1].clone(), found.total, found.repaired));
    }
    let per_query = begun.elapsed() / u32::try_from(scores.len()).unwrap_or(1).max(1);
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (score, text, total, repaired) in &scores {
        println!("{score:.3} {text:40} {total:6} {}", repaired.as_deref().unwrap_or_default());
    }
    let mean = scores.iter().map(|(score, ..)| score).sum::<f64>() / scores.len() as f64;
    println!("{catalog}: nDCG@10 {mean:.4} over {} queries, {per_query:?} each", scores.len());
    Some(mean)
}

fn ndcg<'a>(
    found: impl Iterator<Item = &'a str>,
    judged: &HashMap<String, u32>,
    gain: impl Fn(u32) -> f64,
) -> f64 {
    let dcg = |ratings: &mut dyn Iterator<Item = u32>| -> f64 {
        ratings.take(10).enumerate().map(|(at, rating)| gain(rating) / ((at + 2) as f64).log2()).sum()
    };
    let mut ideal: Vec<u32> = judged.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = dcg(&mut ideal.into_iter());
    let reached = dcg(&mut found.map(|product| judged.get(product).copied().unwrap_or(0)));
    if best > 0.0 { reached / best } else { 0.0 }
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).expect("a table");
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn products(dir: &Path) -> (Vec<ProductDoc>, BTreeMap<ProductId, String>) {
    let output = Command::new("zstdcat").arg(dir.join("products.jsonl.zst")).output().expect("zstdcat");
    assert!(output.status.success(), "zstdcat failed");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut ids = BTreeMap::new();
    let products = text.lines().zip(1_u128..).map(|(line, number)| {
        let json: Value = serde_json::from_str(line).expect("a product");
        let id = ProductId(Uuid::from_u128(number));
        ids.insert(id, string(&json["id"]));
        product(id, &json)
    });
    let products = products.collect();
    (products, ids)
}

fn product(id: ProductId, json: &Value) -> ProductDoc {
    let strings = |field: &str| match &json[field] {
        Value::Array(values) => values.iter().map(string).collect(),
        Value::Null => Vec::new(),
        one => vec![string(one)],
    };
    let attributes = json["attrs"].as_object().into_iter().flatten();
    let category =
        json["category"].as_str().map(|path| path.split('>').map(|name| name.trim().to_owned()).collect());
    ProductDoc {
        id,
        title: string(&json["title"]),
        brand: json["brand"].as_str().map(str::to_owned),
        description: string(&json["description"]),
        category: category.unwrap_or_else(|| strings("category")),
        skus: strings("sku"),
        barcodes: strings("ean"),
        attributes: attributes.map(|(name, value)| (name.clone(), string(value))).collect(),
        prices: json["price_cents"]
            .as_i64()
            .map(|cents| Money::new(cents, Currency::USD))
            .into_iter()
            .collect(),
        in_stock: true,
        created_at: Timestamp::from_millis(0),
        popularity: 0,
    }
}

fn string(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string().trim_end_matches(".0").to_owned(),
    }
}
