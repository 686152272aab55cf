//! A product as the index knows it, and what becomes of it inside.

use souk_types::{Money, ProductId, Timestamp};
use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;

use super::analyze;
use super::schema::{Fields, SEPARATOR};

/// A longer text is no choice in a list of facets.
const FACET_BYTES_MAX: usize = 200;

/// One change of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexChange {
    Put(Box<ProductDoc>),
    Remove(ProductId),
}

impl IndexChange {
    pub fn put(product: ProductDoc) -> IndexChange {
        IndexChange::Put(Box::new(product))
    }

    pub(super) fn product(&self) -> ProductId {
        match self {
            IndexChange::Put(product) => product.id,
            IndexChange::Remove(id) => *id,
        }
    }
}

/// What can be found, filtered by and sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductDoc {
    pub id: ProductId,
    pub title: String,
    pub brand: Option<String>,
    pub description: String,
    /// From the root, such as `["Office", "Toner"]`.
    pub category: Vec<String>,
    pub skus: Vec<String>,
    /// EAN, UPC or ISBN.
    pub barcodes: Vec<String>,
    /// Name and value; a name may stand several times.
    pub attributes: Vec<(String, String)>,
    /// The lowest price in each currency, in minor units.
    pub prices: Vec<Money>,
    pub in_stock: bool,
    pub created_at: Timestamp,
    /// Any measure of how much it is bought; it decides between equals.
    pub popularity: u64,
}

pub(super) fn to_tantivy(fields: &Fields, product: &ProductDoc) -> TantivyDocument {
    let mut doc = TantivyDocument::default();
    let (high, low) = product.id.0.as_u64_pair();
    doc.add_text(fields.id, product.id.0.simple().to_string());
    doc.add_u64(fields.id_high, high);
    doc.add_u64(fields.id_low, low);
    add_text(&mut doc, fields, product);
    add_values(&mut doc, fields, product);
    doc
}

/// What words are looked up in.
fn add_text(doc: &mut TantivyDocument, fields: &Fields, product: &ProductDoc) {
    let brand = product.brand.as_deref().unwrap_or_default();
    doc.add_text(fields.title, &product.title);
    doc.add_text(fields.brand, brand);
    doc.add_text(fields.description, &product.description);
    doc.add_text(fields.words, &product.title);
    doc.add_text(fields.words, brand);
    for name in &product.category {
        doc.add_text(fields.category, name);
        doc.add_text(fields.words, name);
    }
    for (_, value) in &product.attributes {
        doc.add_text(fields.attributes, value);
        doc.add_text(fields.words, value);
    }
    let modelled = product.attributes.iter().map(|(_, value)| value).filter(|value| is_model_number(value));
    for code in product.skus.iter().chain(&product.barcodes).chain(modelled) {
        doc.add_text(fields.codes, analyze::code(code));
    }
}

/// What is filtered, counted and sorted by.
fn add_values(doc: &mut TantivyDocument, fields: &Fields, product: &ProductDoc) {
    if let Some(brand) = &product.brand {
        doc.add_text(fields.brand_value, brand);
    }
    let mut path = String::new();
    for name in &product.category {
        if !path.is_empty() {
            path.push(SEPARATOR);
        }
        path.push_str(name);
        doc.add_text(fields.category_path, &path);
    }
    // A paragraph is to be found, but nobody picks it from a list.
    let choosable = |value: &String| value.len() <= FACET_BYTES_MAX;
    for (name, value) in product.attributes.iter().filter(|(_, value)| choosable(value)) {
        doc.add_text(fields.attribute_pair, format!("{name}{SEPARATOR}{value}"));
    }
    let prices = product.prices.iter();
    let prices = prices.map(|price| (price.currency.code().to_owned(), OwnedValue::I64(price.amount)));
    doc.add_object(fields.price, prices.collect());
    doc.add_bool(fields.in_stock, product.in_stock);
    doc.add_i64(fields.created_at, product.created_at.millis());
    doc.add_u64(fields.popularity, product.popularity);
}

/// `C4872A` and `DCR-TRV270`, but neither `Cyan` nor `-40 - 60`.
fn is_model_number(value: &str) -> bool {
    value.len() <= 32
        && value.len() >= 4
        && !value.contains(char::is_whitespace)
        && value.contains(|c: char| c.is_ascii_digit())
        && value.contains(char::is_alphabetic)
}
