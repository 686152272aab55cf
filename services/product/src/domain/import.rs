//! Reads a row of an import file as the content of a product.

use std::str::FromStr;

use souk_app::Rules;
use souk_contract::product::{ImportedProduct, ImportedVariant};
use souk_types::{Currency, Money};

use super::attribute::{Attribute, Decimal};
use super::content::{Content, Media, VariantContent};
use super::slug;

/// Units of one variant in one location at most.
pub const STOCK_MAX: i64 = 1_000_000_000;

/// A row that keeps every rule that can be checked without the database.
#[derive(Debug)]
pub struct Row {
    pub content: Content,
    /// Slug and title of each category from the root.
    pub category: Vec<(String, String)>,
    /// Slug and title of each collection.
    pub collections: Vec<(String, String)>,
}

/// The row as content; every broken rule is noted.
pub fn read(row: &ImportedProduct, rules: &mut Rules) -> Row {
    rules.text("key", &row.key, 1..=200);
    rules.entries("category", row.category.len(), 0..=super::category::DEPTH_MAX);
    rules.entries("collections", row.collections.len(), 0..=20);
    let content = Content {
        title: row.title.clone(),
        slug: row.slug.clone(),
        description: row.description.clone(),
        brand: row.brand.clone(),
        category: None,
        tax_category: row.tax_category.clone(),
        attributes: attributes(row, rules),
        media: row
            .media
            .iter()
            .map(|media| Media { url: media.url.clone(), alt: media.alt.clone() })
            .collect(),
        options: row.options.clone(),
        variants: row.variants.iter().enumerate().map(|(i, stated)| variant(i, stated, rules)).collect(),
    };
    content.check_fields(rules);
    content.check_whole(rules);
    Row {
        content,
        category: named(&row.category, "category", rules),
        collections: named(&row.collections, "collections", rules),
    }
}

fn variant(i: usize, stated: &ImportedVariant, rules: &mut Rules) -> VariantContent {
    let mut prices = Vec::with_capacity(stated.prices.len());
    for (code, &amount) in &stated.prices {
        match Currency::from_str(code) {
            Ok(currency) => prices.push(Money::new(amount, currency)),
            Err(error) => rules.broken(format!("variants[{i}].prices.{code}"), "currency", error.to_string()),
        }
    }
    for (location, &units) in &stated.stock {
        rules.range(&format!("variants[{i}].stock.{location}"), units, 0..=STOCK_MAX);
    }
    VariantContent {
        id: None,
        sku: stated.sku.clone(),
        option_values: stated.option_values.clone(),
        barcodes: stated.barcodes.clone(),
        prices,
        weight_grams: stated.weight_grams,
        backorder: stated.backorder,
    }
}

/// A JSON string is a text, a JSON number a number, true and false are booleans.
fn attributes(row: &ImportedProduct, rules: &mut Rules) -> Vec<Attribute> {
    let mut attributes = Vec::with_capacity(row.attributes.len());
    for (name, value) in &row.attributes {
        let name = name.clone();
        match value {
            serde_json::Value::String(value) => {
                attributes.push(Attribute::Text { name, value: value.clone() })
            }
            serde_json::Value::Bool(value) => attributes.push(Attribute::Boolean { name, value: *value }),
            serde_json::Value::Number(number) => match number.to_string().parse::<Decimal>() {
                Ok(value) => attributes.push(Attribute::Number { name, value }),
                Err(error) => rules.broken(format!("attributes.{name}"), "number", error.to_string()),
            },
            _ => {
                rules.broken(format!("attributes.{name}"), "type", "must be a text, a number, true or false")
            }
        }
    }
    attributes
}

/// Titles with the slugs they are recognized by.
fn named(titles: &[String], field: &str, rules: &mut Rules) -> Vec<(String, String)> {
    let mut named = Vec::with_capacity(titles.len());
    for (i, title) in titles.iter().enumerate() {
        rules.text(&format!("{field}[{i}]"), title, 1..=120);
        match slug::from_title(title) {
            Some(slug) => named.push((slug, title.clone())),
            None => {
                rules.broken(format!("{field}[{i}]"), "slug", "no letter or digit in it can stand in a URL")
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(row: serde_json::Value) -> (Row, Vec<(String, String)>) {
        let product: ImportedProduct = serde_json::from_value(row).expect("an imported product");
        let mut rules = Rules::new();
        let row = read(&product, &mut rules);
        let errors = rules.check().err().map(|error| error.errors).unwrap_or_default();
        (row, errors.into_iter().map(|error| (error.field, error.rule)).collect())
    }

    #[test]
    fn attributes_keep_their_kind_and_numbers_stay_exact() {
        let attributes = json!({ "color": "red", "leds": 12, "watts": 4.5, "dimmable": true });
        let (row, broken) = read_json(
            json!({ "key": "1", "title": "Lamp", "attributes": attributes, "variants": [{ "sku": "L" }] }),
        );
        assert_eq!(broken, []);
        let number = |text: &str| text.parse::<Decimal>().expect("a number");
        assert!(
            row.content
                .attributes
                .contains(&Attribute::Number { name: "watts".to_owned(), value: number("4.5") })
        );
        assert!(
            row.content.attributes.contains(&Attribute::Boolean { name: "dimmable".to_owned(), value: true })
        );
    }

    #[test]
    fn broken_rules_are_named_by_field() {
        let variants = json!([{ "sku": "", "prices": { "XXY": 1, "EUR": -1 }, "stock": { "main": -2 } }]);
        let (_, broken) =
            read_json(json!({ "key": "1", "title": "", "category": ["???"], "variants": variants }));
        let fields: Vec<&str> = broken.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "variants[0].prices.XXY",
                "variants[0].stock.main",
                "title",
                "variants[0].sku",
                "variants[0].prices[0].amount",
                "category[0]"
            ]
        );
    }
}
