//! `souk seed`: a made-up catalog of any size; the same seed makes the same catalog, byte for byte.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value};
use souk_contract::product::{ImportRow, ImportedProduct, ImportedVariant};

use super::import::{Rows, send, tell};
use crate::console::Console;
use crate::wiring::World;

#[derive(Args)]
pub(crate) struct Seed {
    /// How many products.
    #[arg(long, default_value_t = 200)]
    pub(crate) products: u64,
    /// The same number makes the same catalog.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Units of each variant.
    #[arg(long, default_value_t = 50)]
    pub(crate) stock: i64,
}

impl Seed {
    pub(crate) async fn run(self, world: World) -> Result<ExitCode> {
        let console = Console::connect(world).await?;
        let report = send(&console, self.rows(), "seeding").await?;
        console.finish().await?;
        tell(&report);
        Ok(if report.rejected.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The catalog.
    pub(crate) fn rows(&self) -> Rows {
        let mut rng = StdRng::seed_from_u64(self.seed);
        let row = |line| ImportRow { line, product: product(&mut rng, line, self.stock) };
        Rows { good: (1..=self.products).map(row).collect(), bad: Vec::new() }
    }
}

/// A kind of product: its category, its names, what it is made of, its price range in cents, its sizes.
struct Kind {
    category: [&'static str; 2],
    nouns: &'static [&'static str],
    materials: &'static [&'static str],
    cents: (i64, i64),
    sizes: &'static [&'static str],
    grams: u32,
}

const CLOTHING_SIZES: &[&str] = &["S", "M", "L", "XL"];
const KINDS: &[Kind] = &[
    Kind {
        category: ["Clothing", "Shirts"],
        nouns: &["Tee", "Shirt", "Polo", "Henley"],
        materials: &["organic cotton", "linen", "merino wool"],
        cents: (1900, 8900),
        sizes: CLOTHING_SIZES,
        grams: 220,
    },
    Kind {
        category: ["Clothing", "Knitwear"],
        nouns: &["Sweater", "Cardigan", "Hoodie"],
        materials: &["lambswool", "cotton fleece", "recycled cashmere"],
        cents: (4900, 18900),
        sizes: CLOTHING_SIZES,
        grams: 480,
    },
    Kind {
        category: ["Home", "Kitchen"],
        nouns: &["Mug", "Bowl", "Teapot", "Carafe", "Cutting Board"],
        materials: &["stoneware", "oak", "glass", "enamel"],
        cents: (900, 6900),
        sizes: &[],
        grams: 550,
    },
    Kind {
        category: ["Home", "Lighting"],
        nouns: &["Desk Lamp", "Pendant", "Lantern"],
        materials: &["brass", "steel", "rattan"],
        cents: (3900, 24900),
        sizes: &[],
        grams: 1800,
    },
    Kind {
        category: ["Office", "Stationery"],
        nouns: &["Notebook", "Fountain Pen", "Planner", "Pencil Case"],
        materials: &["recycled paper", "leather", "aluminum"],
        cents: (500, 5900),
        sizes: &[],
        grams: 260,
    },
    Kind {
        category: ["Outdoor", "Bags"],
        nouns: &["Backpack", "Tote", "Duffel", "Sling"],
        materials: &["waxed canvas", "ripstop nylon", "leather"],
        cents: (3900, 21900),
        sizes: &["20 l", "35 l"],
        grams: 900,
    },
];
const BRANDS: &[&str] =
    &["Alder & Finch", "Bazaar Works", "Cobalt", "Dune", "Ember Lane", "Fjord", "Glasswing", "Harrow"];
const MANNERS: &[&str] =
    &["Everyday", "Harbor", "Meridian", "Night", "Old Town", "Orchard", "Paper", "Quiet", "Summit", "Tidal"];
const COLORS: &[&str] = &["black", "blue", "forest green", "natural", "ocher", "rust", "white"];

fn product(rng: &mut StdRng, number: u64, stock: i64) -> ImportedProduct {
    let kind = pick(rng, KINDS);
    let (noun, material) = (pick(rng, kind.nouns), pick(rng, kind.materials));
    let (brand, manner, color) = (pick(rng, BRANDS), pick(rng, MANNERS), pick(rng, COLORS));
    // Prices end in 90 or 00, as prices do.
    let cents =
        rng.random_range(kind.cents.0..=kind.cents.1) / 100 * 100 + if rng.random_bool(0.5) { 90 } else { 0 };
    let title = format!("{manner} {noun}");
    let attributes: Map<String, Value> = [("material", *material), ("color", *color)]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect();
    let sizes: Vec<&str> = if kind.sizes.is_empty() { vec![""] } else { kind.sizes.to_vec() };
    let variants = sizes.iter().map(|size| variant(number, size, cents, kind.grams, stock)).collect();
    ImportedProduct {
        key: format!("demo-{number}"),
        slug: Some(format!("{}-{number}", title.to_lowercase().replace(' ', "-"))),
        description: format!(
            "{title} by {brand}, made of {material}. Comes in {color} and is meant to last."
        ),
        title,
        brand: Some((*brand).to_owned()),
        published: true,
        category: kind.category.map(str::to_owned).to_vec(),
        collections: if number % 10 == 1 { vec!["Featured".to_owned()] } else { Vec::new() },
        tax_category: "standard".to_owned(),
        attributes,
        media: Vec::new(),
        options: if kind.sizes.is_empty() { Vec::new() } else { vec!["Size".to_owned()] },
        variants,
    }
}

fn variant(number: u64, size: &str, cents: i64, grams: u32, stock: i64) -> ImportedVariant {
    let suffix =
        if size.is_empty() { String::new() } else { format!("-{}", size.replace(' ', "").to_uppercase()) };
    ImportedVariant {
        sku: format!("DEMO-{number:06}{suffix}"),
        option_values: if size.is_empty() { Vec::new() } else { vec![size.to_owned()] },
        barcodes: Vec::new(),
        prices: BTreeMap::from([("USD".to_owned(), cents), ("EUR".to_owned(), cents)]),
        weight_grams: grams,
        backorder: false,
        stock: BTreeMap::from([("main".to_owned(), stock)]),
    }
}

fn pick<'a, T>(rng: &mut StdRng, choices: &'a [T]) -> &'a T {
    choices.choose(rng).expect("the lists above are not empty")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_catalog() {
        let catalog = |seed| {
            let rows = Seed { products: 50, seed, stock: 5 }.rows();
            serde_json::to_string(&rows.good).expect("serializes")
        };
        assert_eq!(catalog(7), catalog(7));
        assert_ne!(catalog(7), catalog(8));
    }
}
