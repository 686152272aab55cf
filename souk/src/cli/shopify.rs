//! Shopify's product CSV: one row per variant, products told apart by `Handle`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use csv::StringRecord;
use souk_contract::product::{ImportRow, ImportedMedia, ImportedProduct, ImportedVariant};
use souk_types::Currency;

use super::import::Rows;

const OPTION_NAMES: [&str; 3] = ["Option1 Name", "Option2 Name", "Option3 Name"];
const OPTION_VALUES: [&str; 3] = ["Option1 Value", "Option2 Value", "Option3 Value"];

/// Reads the file; `currency` is what its prices are in.
pub(crate) fn read(path: &Path, currency: Currency) -> Result<Rows> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    let headers = reader.headers().context("the CSV has no header line")?.clone();
    anyhow::ensure!(
        headers.iter().any(|name| name == "Handle"),
        "the CSV has no column `Handle`: not Shopify's"
    );
    let columns: BTreeMap<String, usize> =
        headers.iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    let mut rows = Rows::default();
    for record in reader.records() {
        match record {
            Ok(record) => add(&mut rows, &Record { columns: &columns, record: &record }, currency),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.reject(line, "", "csv", error.to_string());
            }
        }
    }
    // A product that is left without a variant has lost them to rows that were rejected above.
    let bad: Vec<u64> = rows.bad.iter().map(|row| row.line).collect();
    let (good, empty): (Vec<_>, Vec<_>) =
        rows.good.into_iter().partition(|row| !row.product.variants.is_empty());
    rows = Rows { good, bad: rows.bad };
    for row in empty.into_iter().filter(|row| !bad.contains(&row.line)) {
        rows.reject(row.line, "Variant SKU", "required", "the product has no variant".to_owned());
    }
    Ok(rows)
}

struct Record<'a> {
    columns: &'a BTreeMap<String, usize>,
    record: &'a StringRecord,
}

impl Record<'_> {
    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    /// The cell, unless it is empty.
    fn cell(&self, column: &str) -> Option<&str> {
        let text = self.record.get(*self.columns.get(column)?)?.trim();
        (!text.is_empty()).then_some(text)
    }
}

fn add(rows: &mut Rows, record: &Record<'_>, currency: Currency) {
    let Some(handle) = record.cell("Handle") else {
        return rows.reject(record.line(), "Handle", "required", "is missing".to_owned());
    };
    let continues = rows.good.last().is_some_and(|row| row.product.key == handle);
    if !continues {
        let Some(title) = record.cell("Title") else {
            let detail = "the first row of a product needs its title".to_owned();
            return rows.reject(record.line(), "Title", "required", detail);
        };
        rows.good.push(ImportRow { line: record.line(), product: product(record, handle, title) });
    }
    let variant = match variant(record, currency) {
        Ok(variant) => variant,
        Err((field, rule, detail)) => return rows.reject(record.line(), field, rule, detail),
    };
    let Some(row) = rows.good.last_mut() else { return };
    if let Some(url) = record.cell("Image Src") {
        let alt = record.cell("Image Alt Text").unwrap_or_default().to_owned();
        row.product.media.push(ImportedMedia { url: url.to_owned(), alt });
    }
    row.product.variants.extend(variant);
}

fn product(record: &Record<'_>, handle: &str, title: &str) -> ImportedProduct {
    let split = |column, by| {
        let text = record.cell(column).unwrap_or_default();
        text.split(by).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut attributes = serde_json::Map::new();
    for (column, name) in [("Type", "type"), ("Tags", "tags")] {
        if let Some(text) = record.cell(column) {
            attributes.insert(name.to_owned(), text.into());
        }
    }
    let options =
        OPTION_NAMES.iter().filter_map(|column| record.cell(column)).filter(|name| *name != "Title");
    ImportedProduct {
        key: handle.to_owned(),
        title: title.to_owned(),
        slug: Some(handle.to_owned()),
        description: record.cell("Body (HTML)").map(plain_text).unwrap_or_default(),
        brand: record.cell("Vendor").map(str::to_owned),
        published: !record.cell("Published").is_some_and(|text| text.eq_ignore_ascii_case("false"))
            && record.cell("Status").is_none_or(|text| text.eq_ignore_ascii_case("active")),
        category: split("Product Category", '>'),
        collections: split("Collection", ','),
        tax_category: "standard".to_owned(),
        attributes,
        media: Vec::new(),
        options: options.map(str::to_owned).collect(),
        variants: Vec::new(),
    }
}

type Broken = (&'static str, &'static str, String);

/// `None` for a row that only brings another picture.
fn variant(record: &Record<'_>, currency: Currency) -> Result<Option<ImportedVariant>, Broken> {
    let Some(price) = record.cell("Variant Price") else { return Ok(None) };
    let price = minor_units(price, currency)
        .ok_or_else(|| ("Variant Price", "money", format!("`{price}` is not an amount in {currency}")))?;
    let Some(sku) = record.cell("Variant SKU") else {
        return Err(("Variant SKU", "required", "a variant needs a SKU to be sold".to_owned()));
    };
    let number = |column: &'static str| match record.cell(column) {
        None => Ok(0),
        Some(text) => {
            let whole = text.split('.').next().unwrap_or(text);
            whole.parse::<u32>().map_err(|_| (column, "number", format!("`{text}` is not a number from 0")))
        }
    };
    let stock = number("Variant Inventory Qty")?;
    let values = OPTION_VALUES.iter().filter_map(|column| record.cell(column));
    Ok(Some(ImportedVariant {
        sku: sku.trim_start_matches('\'').to_owned(),
        option_values: values.filter(|value| *value != "Default Title").map(str::to_owned).collect(),
        barcodes: record
            .cell("Variant Barcode")
            .map(|code| code.trim_start_matches('\'').to_owned())
            .into_iter()
            .collect(),
        prices: BTreeMap::from([(currency.code().to_owned(), price)]),
        weight_grams: number("Variant Grams")?,
        backorder: record.cell("Variant Inventory Policy").is_some_and(|policy| policy == "continue"),
        stock: BTreeMap::from([("main".to_owned(), i64::from(stock))]),
    }))
}

/// `19.9` EUR is 1990; more digits than the currency has are refused, not rounded.
fn minor_units(text: &str, currency: Currency) -> Option<i64> {
    let (major, minor) = text.split_once('.').unwrap_or((text, ""));
    let exponent = currency.exponent() as usize;
    let minor = minor.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if major.is_empty() || minor.len() > exponent || !digits(major) || !digits(minor) {
        return None;
    }
    format!("{major}{minor:0<exponent$}").parse().ok()
}

/// Shopify's descriptions are HTML; ours are text.
fn plain_text(html: &str) -> String {
    let (mut text, mut inside) = (String::with_capacity(html.len()), false);
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "\
Handle,Title,Body (HTML),Vendor,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Image Src
tee,Tee,<p>Soft &amp; warm</p>,Acme,true,Size,S,TEE-S,19.90,5,https://x.example/1.jpg
tee,,,,,,M,TEE-M,19.9,3,
tee,,,,,,,,,,https://x.example/2.jpg
mug,Mug,,Acme,true,Title,Default Title,MUG,1.234,1,
";

    #[test]
    fn variants_of_a_handle_make_one_product_and_a_bad_price_is_named() {
        let folder = std::env::temp_dir().join(format!("souk-shopify-{}", std::process::id()));
        std::fs::write(&folder, CSV).expect("writable");
        let rows = read(&folder, Currency::EUR).expect("reads");
        std::fs::remove_file(&folder).expect("was written");
        let tee = &rows.good[0].product;
        assert_eq!((tee.variants.len(), tee.media.len()), (2, 2));
        assert_eq!(tee.description, "Soft & warm");
        assert_eq!(tee.variants[1].prices["EUR"], 1990);
        assert_eq!((rows.bad[0].line, rows.bad[0].field.as_str()), (5, "Variant Price"));
    }

    #[test]
    fn prices_are_never_rounded() {
        assert_eq!(minor_units("19.90", Currency::EUR), Some(1990));
        assert_eq!(minor_units("1999", Currency::JPY), Some(1999));
        assert_eq!(minor_units("0.0500", Currency::KWD), Some(50));
        for wrong in ["19.999", "", ".", "-1", "1,5", "1e3"] {
            assert_eq!(minor_units(wrong, Currency::EUR), None, "{wrong}");
        }
    }
}
