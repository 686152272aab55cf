//! `souk convert FILE`: turns a flat product list, one JSON object a line, into souk's JSONL.
//!
//! Flat lists name things differently; what is understood is `id`, `sku`, `title`, `brand`, `price_cents`,
//! `ean`, `description`, `category`, `image` and `attrs`, as catalog exports tend to have them. A list's own
//! `sku` is often a model number shared by several products, so the unique `id` becomes the SKU and the model
//! is kept as an attribute.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};
use souk_contract::product::{ImportedMedia, ImportedProduct, ImportedVariant};
use souk_types::Currency;

#[derive(Args)]
pub(crate) struct Convert {
    /// A list with one JSON object a line; `-` reads standard input.
    file: PathBuf,
    /// What its prices are in.
    #[arg(long, default_value = "USD")]
    currency: Currency,
    /// Units of each product in the location `main`.
    #[arg(long, default_value_t = 100)]
    stock: i64,
}

#[derive(Deserialize)]
struct Flat {
    id: String,
    #[serde(default)]
    sku: String,
    title: String,
    #[serde(default)]
    brand: String,
    price_cents: Option<i64>,
    #[serde(default)]
    ean: Vec<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    category: Vec<String>,
    #[serde(default)]
    image: Option<String>,
    #[serde(default)]
    attrs: Map<String, Value>,
}

impl Convert {
    /// Writes the products to standard output and what could not be read to standard error.
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let input: Box<dyn BufRead> = if self.file.as_os_str() == "-" {
            Box::new(BufReader::new(std::io::stdin()))
        } else {
            let file =
                File::open(&self.file).with_context(|| format!("cannot open {}", self.file.display()))?;
            Box::new(BufReader::new(file))
        };
        let mut output = BufWriter::new(std::io::stdout().lock());
        let mut unread = 0;
        for (index, line) in input.lines().enumerate() {
            match serde_json::from_str::<Flat>(&line?) {
                Ok(flat) => {
                    serde_json::to_writer(&mut output, &self.product(flat))?;
                    output.write_all(b"\n")?;
                }
                Err(error) => {
                    unread += 1;
                    eprintln!("line {}: {error}", index + 1);
                }
            }
        }
        output.flush()?;
        Ok(if unread == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn product(&self, flat: Flat) -> ImportedProduct {
        let mut attributes: Map<String, Value> = flat.attrs.into_iter().filter_map(attribute).collect();
        if !flat.sku.is_empty() {
            attributes.insert("model".to_owned(), flat.sku.into());
        }
        let price = flat.price_cents.map(|cents| (self.currency.code().to_owned(), cents));
        ImportedProduct {
            title: if flat.title.trim().is_empty() { flat.id.clone() } else { clean(flat.title.trim()) },
            slug: None,
            description: clean(&flat.description),
            brand: Some(flat.brand).filter(|brand| !brand.trim().is_empty()),
            published: true,
            category: flat.category,
            collections: Vec::new(),
            tax_category: "standard".to_owned(),
            attributes,
            media: flat.image.into_iter().map(|url| ImportedMedia { url, alt: String::new() }).collect(),
            options: Vec::new(),
            variants: vec![ImportedVariant {
                sku: flat.id.clone(),
                option_values: Vec::new(),
                barcodes: flat.ean,
                prices: price.into_iter().collect(),
                weight_grams: 0,
                backorder: false,
                stock: [("main".to_owned(), self.stock)].into(),
            }],
            key: flat.id,
        }
    }
}

/// Attributes are text, whole numbers or booleans: `1.0` becomes 1, `2.5` the text "2.5"; the empty are dropped.
fn attribute((name, value): (String, Value)) -> Option<(String, Value)> {
    let value = match value {
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) => clean(&text).into(),
        Value::Number(number) if !number.is_i64() => {
            let text = number.to_string();
            match text.strip_suffix(".0").and_then(|whole| whole.parse::<i64>().ok()) {
                Some(whole) => whole.into(),
                None => text.into(),
            }
        }
        Value::Null | Value::Object(_) => return None,
        Value::Array(values) => {
            let texts: Vec<_> =
                values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            texts.join(", ").into()
        }
        plain => plain,
    };
    Some((name, value))
}

/// Control characters, which catalogs pick up on their way through spreadsheets, become spaces.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect()
}
