//! What an editor or an import file states about a product, and the rules it has to keep.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_types::{CategoryId, Money, VariantId};

use super::attribute::Attribute;
use super::shapes::{self, Barcode, OptionName, OptionValue, Price};
use super::slug::is_slug;

/// The dearest price of one unit, in minor units: quantities times this still fit.
pub const PRICE_MAX: i64 = 1_000_000_000_000;
/// The heaviest unit: ten tonnes.
pub const WEIGHT_GRAMS_MAX: u32 = 10_000_000;
/// Real data sheets of electronics have up to 184 facts, and some of these are a page long.
pub const ATTRIBUTES_MAX: usize = 300;
pub const ATTRIBUTE_CHARS_MAX: usize = 10_000;

/// Everything an editor decides about a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Content {
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub title: String,
    /// Made from the title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub slug: Option<String>,
    #[serde(default)]
    #[schema(max_length = 20000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    pub brand: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    #[serde(default = "standard")]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$", default = "standard")]
    pub tax_category: String,
    /// Each name once.
    #[serde(default)]
    #[schema(schema_with = shapes::attributes)]
    pub attributes: Vec<Attribute>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub media: Vec<Media>,
    /// What the variants differ in, such as `Size` and `Color`; each name once.
    #[serde(default)]
    #[schema(max_items = 5, value_type = Vec<OptionName>)]
    pub options: Vec<String>,
    /// At least one; each with its own SKU and its own combination of option values.
    #[schema(min_items = 1, max_items = 200)]
    pub variants: Vec<VariantContent>,
}

/// A picture or film, kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// An absolute http(s) URL, or a path on this shop.
    #[schema(min_length = 1, max_length = 2000, pattern = r"^(https?://|/)[!-~]*$")]
    pub url: String,
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub alt: String,
}

/// What is bought: one combination of option values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VariantContent {
    /// The variant this is about, when its SKU changes; otherwise it is recognized by the SKU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<VariantId>,
    #[schema(min_length = 1, max_length = 80, pattern = "^[!-~]+( [!-~]+)*$")]
    pub sku: String,
    /// One value per option of the product, in the same order.
    #[serde(default)]
    #[schema(max_items = 5, value_type = Vec<OptionValue>)]
    pub option_values: Vec<String>,
    /// EAN, UPC or ISBN.
    #[serde(default)]
    #[schema(max_items = 200, value_type = Vec<Barcode>)]
    pub barcodes: Vec<String>,
    /// One per currency at most. Without a price it is shown but not sold.
    #[serde(default)]
    #[schema(max_items = 50, value_type = Vec<Price>)]
    pub prices: Vec<Money>,
    #[serde(default)]
    #[schema(maximum = 10000000)]
    pub weight_grams: u32,
    /// More than there is may be sold.
    #[serde(default)]
    pub backorder: bool,
}

fn standard() -> String {
    "standard".to_owned()
}

impl Content {
    /// The rules that each field keeps by itself; the API's description states the same.
    pub fn check_fields(&self, rules: &mut Rules) {
        rules.text("title", &self.title, 1..=500);
        rules.text("description", &self.description, 0..=20_000);
        if let Some(slug) = &self.slug {
            rules.require(is_slug(slug), "slug", "slug", "must be lower-case words joined by hyphens");
        }
        if let Some(brand) = &self.brand {
            rules.text("brand", brand, 1..=100);
        }
        rules.require(
            is_tax_category(&self.tax_category),
            "tax_category",
            "format",
            "must look like `reduced_rate`",
        );
        rules.entries("attributes", self.attributes.len(), 0..=ATTRIBUTES_MAX);
        for (i, attribute) in self.attributes.iter().enumerate() {
            rules.text(&format!("attributes[{i}].name"), attribute.name(), 1..=80);
            if let Attribute::Text { value, .. } = attribute {
                rules.text(&format!("attributes[{i}].value"), value, 1..=ATTRIBUTE_CHARS_MAX);
            }
        }
        rules.entries("media", self.media.len(), 0..=50);
        for (i, media) in self.media.iter().enumerate() {
            rules.require(
                is_url(&media.url),
                &format!("media[{i}].url"),
                "url",
                "must be an http(s) URL or a path",
            );
            rules.text(&format!("media[{i}].alt"), &media.alt, 0..=500);
        }
        rules.entries("options", self.options.len(), 0..=5);
        for (i, option) in self.options.iter().enumerate() {
            rules.text(&format!("options[{i}]"), option, 1..=80);
        }
        rules.entries("variants", self.variants.len(), 1..=200);
        for (i, variant) in self.variants.iter().enumerate() {
            variant.check_fields(&format!("variants[{i}]"), rules);
        }
    }

    /// The rules between fields.
    pub fn check_whole(&self, rules: &mut Rules) {
        let mut names = HashSet::new();
        for (i, attribute) in self.attributes.iter().enumerate() {
            unique(&mut names, attribute.name(), || format!("attributes[{i}].name"), rules);
        }
        let mut options = HashSet::new();
        for (i, option) in self.options.iter().enumerate() {
            unique(&mut options, option, || format!("options[{i}]"), rules);
        }
        let (mut skus, mut combinations, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (i, variant) in self.variants.iter().enumerate() {
            unique(&mut skus, &variant.sku, || format!("variants[{i}].sku"), rules);
            if let Some(id) = variant.id.filter(|id| !ids.insert(*id)) {
                rules.broken(
                    format!("variants[{i}].id"),
                    "unique",
                    format!("variant {id} stands here twice"),
                );
            }
            let values = format!("variants[{i}].option_values");
            if variant.option_values.len() != self.options.len() {
                let detail = format!("must have {} values, one per option", self.options.len());
                rules.broken(values, "option_values", detail);
            } else if !combinations.insert(&variant.option_values) {
                rules.broken(values, "unique", "another variant has the same option values");
            }
            let mut currencies = HashSet::new();
            for (j, price) in variant.prices.iter().enumerate() {
                let field = || format!("variants[{i}].prices[{j}].currency");
                unique(&mut currencies, price.currency.code(), field, rules);
            }
        }
    }
}

impl VariantContent {
    fn check_fields(&self, at: &str, rules: &mut Rules) {
        rules.require(
            is_sku(&self.sku),
            &format!("{at}.sku"),
            "sku",
            "must be 1 to 80 visible ASCII characters",
        );
        rules.entries(&format!("{at}.option_values"), self.option_values.len(), 0..=5);
        for (i, value) in self.option_values.iter().enumerate() {
            rules.text(&format!("{at}.option_values[{i}]"), value, 1..=80);
        }
        rules.entries(&format!("{at}.barcodes"), self.barcodes.len(), 0..=200);
        for (i, barcode) in self.barcodes.iter().enumerate() {
            rules.text(&format!("{at}.barcodes[{i}]"), barcode, 1..=40);
        }
        rules.entries(&format!("{at}.prices"), self.prices.len(), 0..=50);
        for (i, price) in self.prices.iter().enumerate() {
            rules.range(&format!("{at}.prices[{i}].amount"), price.amount, 0..=PRICE_MAX);
        }
        rules.range(&format!("{at}.weight_grams"), self.weight_grams, 0..=WEIGHT_GRAMS_MAX);
    }
}

fn unique<'a>(seen: &mut HashSet<&'a str>, text: &'a str, field: impl Fn() -> String, rules: &mut Rules) {
    if !seen.insert(text) {
        rules.broken(field(), "unique", format!("`{text}` stands here twice"));
    }
}

/// Visible ASCII; single spaces inside are common in the world and allowed.
pub fn is_sku(sku: &str) -> bool {
    (1..=80).contains(&sku.len())
        && sku.split(' ').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic()))
}

fn is_tax_category(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Other schemes, such as `javascript:`, have no business on a page.
fn is_url(url: &str) -> bool {
    let scheme = ["https://", "http://", "/"].iter().any(|start| url.starts_with(start));
    url.len() <= 2_000 && scheme && url.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shirt() -> Content {
        let variant = |sku: &str, size: &str| serde_json::json!({ "sku": sku, "option_values": [size], "prices": [{ "amount": 1999, "currency": "EUR" }] });
        serde_json::from_value(serde_json::json!({
            "title": "T-Shirt", "options": ["Size"], "variants": [variant("TEE-M", "M"), variant("TEE-L", "L")],
        }))
        .expect("a product")
    }

    fn broken(content: &Content) -> Vec<(String, String)> {
        let mut rules = Rules::new();
        content.check_fields(&mut rules);
        content.check_whole(&mut rules);
        let errors = rules.check().err().map(|error| error.errors).unwrap_or_default();
        errors.into_iter().map(|error| (error.field, error.rule)).collect()
    }

    #[test]
    fn a_good_product_breaks_no_rule() {
        assert_eq!(broken(&shirt()), []);
    }

    #[test]
    fn two_variants_never_share_a_sku_or_a_combination() {
        let mut content = shirt();
        content.variants[1].sku = "TEE-M".to_owned();
        content.variants[1].option_values = vec!["M".to_owned()];
        let found = broken(&content);
        assert_eq!(found[0], ("variants[1].sku".to_owned(), "unique".to_owned()));
        assert_eq!(found[1], ("variants[1].option_values".to_owned(), "unique".to_owned()));
    }

    #[test]
    fn a_script_is_no_picture() {
        let mut content = shirt();
        content.media = vec![Media { url: "javascript:alert(1)".to_owned(), alt: String::new() }];
        assert_eq!(broken(&content), [("media[0].url".to_owned(), "url".to_owned())]);
    }

    #[test]
    fn a_long_data_sheet_fits_and_an_endless_one_is_refused_by_its_count() {
        let mut content = shirt();
        let fact =
            |i: usize, chars: usize| Attribute::Text { name: format!("Fact {i}"), value: "x".repeat(chars) };
        content.attributes = (0..ATTRIBUTES_MAX).map(|i| fact(i, ATTRIBUTE_CHARS_MAX)).collect();
        assert_eq!(broken(&content), []);
        content.attributes.push(fact(ATTRIBUTES_MAX, 1));
        assert_eq!(broken(&content), [("attributes".to_owned(), "entries".to_owned())]);
    }

    #[test]
    fn every_variant_has_a_value_for_every_option() {
        let mut content = shirt();
        content.variants[0].option_values.clear();
        assert_eq!(broken(&content), [("variants[0].option_values".to_owned(), "option_values".to_owned())]);
    }
}
