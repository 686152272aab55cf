//! The catalog that the load is about: a thousand products with plenty of stock, and some with little.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::client::{Connection, get};

pub(crate) const PRODUCTS: usize = 1_000;
const PLENTY: u64 = 1_000_000;

/// Writes souk's JSONL: `PRODUCTS` products, and `scarce` ones of `units` units each.
pub(crate) fn write(path: &Path, scarce: usize, units: u64) -> Result<()> {
    let mut text = String::new();
    for number in 0..PRODUCTS {
        writeln!(text, "{}", product(&slug(number), number, PLENTY))?;
    }
    for number in 0..scarce {
        writeln!(text, "{}", product(&scarce_slug(number), number, units))?;
    }
    std::fs::write(path, text).context("cannot write the catalog")
}

pub(crate) fn slug(number: usize) -> String {
    format!("bench-{number}")
}

pub(crate) fn title(number: usize) -> String {
    title_of(&slug(number))
}

fn title_of(slug: &str) -> String {
    format!("Meridian Desk Lamp {slug}")
}

pub(crate) fn scarce_slug(number: usize) -> String {
    format!("scarce-{number}")
}

/// A product of ordinary size: about 1.3 KB as the shop shows it.
fn product(slug: &str, number: usize, units: u64) -> serde_json::Value {
    json!({
        "key": slug,
        "slug": slug,
        "title": title_of(slug),
        "description": "A lamp for long evenings. The arm holds where it is left, the shade turns without a sound, \
            and the light is warm enough to read by and bright enough to solder by. Made of steel and oak, wired by \
            hand, tested twice. The bulb can be changed, the cable can be changed, and so can the switch.",
        "brand": "Cobalt",
        "category": ["Home", "Lighting"],
        "attributes": { "material": "steel", "color": "ocher", "cable_m": 2, "dimmable": true },
        "media": [{ "url": format!("https://shop.example/media/{slug}.webp"), "alt": "The lamp on a desk" }],
        "variants": [{
            "sku": slug.to_uppercase(),
            "barcodes": [format!("40{number:011}")],
            "prices": { "EUR": 3900 + number, "USD": 4200 + number },
            "weight_grams": 1800,
            "stock": { "main": units },
        }],
    })
}

/// The ids of the first variants of products, as the shop tells them.
pub(crate) async fn variants(address: SocketAddr, slugs: &[String]) -> Result<Vec<String>> {
    let mut shop = Connection::open(address).await?;
    let mut ids = Vec::with_capacity(slugs.len());
    for slug in slugs {
        let product = shop.json(get(&format!("/v1/products/{slug}"))?).await?;
        let id = product["variants"][0]["id"].as_str().context("a product without a variant")?;
        ids.push(id.to_owned());
    }
    Ok(ids)
}
