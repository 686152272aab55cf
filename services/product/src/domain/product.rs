//! The product: what is shown, its variants, and whether the public may see it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use souk_types::{CategoryId, Money, ProductId, Timestamp, VariantId};

use super::attribute::Attribute;
use super::content::{Content, Media, VariantContent};
use super::slug;

/// A product as the staff see it. `version` counts its changes, so that nobody overwrites what he has not seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Product {
    pub id: ProductId,
    #[schema(minimum = 1)]
    pub version: i64,
    /// By which an import file recognizes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import_key: Option<String>,
    #[serde(skip)]
    pub content_hash: Option<String>,
    pub slug: String,
    pub status: Status,
    pub title: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    pub tax_category: String,
    pub attributes: Vec<Attribute>,
    pub media: Vec<Media>,
    pub options: Vec<String>,
    pub variants: Vec<Variant>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Variant {
    pub id: VariantId,
    pub sku: String,
    /// The option values in words, such as `M / red`; empty when there are no options.
    pub title: String,
    pub option_values: Vec<String>,
    pub barcodes: Vec<String>,
    pub prices: Vec<Money>,
    pub weight_grams: u32,
    pub backorder: bool,
}

/// Who may see it. A removed product is kept for the orders that hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    Published,
    Removed,
}

impl Product {
    /// A new product.
    pub fn create(
        id: ProductId,
        content: Content,
        status: Status,
        now: Timestamp,
        new_id: impl FnMut() -> VariantId,
    ) -> Product {
        let mut product = Product {
            id,
            version: 0,
            import_key: None,
            content_hash: None,
            slug: String::new(),
            status,
            title: String::new(),
            description: String::new(),
            brand: None,
            category: None,
            tax_category: String::new(),
            attributes: Vec::new(),
            media: Vec::new(),
            options: Vec::new(),
            variants: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        product.revise(content, now, new_id);
        product
    }

    /// Takes over what the editor states. Variants are recognized by id, else by SKU; those that the content no
    /// longer has are answered: they go off sale and are kept for the orders that hold them.
    pub fn revise(
        &mut self,
        content: Content,
        now: Timestamp,
        mut new_id: impl FnMut() -> VariantId,
    ) -> Vec<VariantId> {
        let chosen = content.slug.or_else(|| (self.version > 0).then(|| self.slug.clone()));
        self.slug =
            chosen.or_else(|| slug::from_title(&content.title)).unwrap_or_else(|| self.fallback_slug());
        self.title = content.title;
        self.description = content.description;
        self.brand = content.brand;
        self.category = content.category;
        self.tax_category = content.tax_category;
        self.attributes = content.attributes;
        self.media = content.media;
        self.options = content.options;
        let variants: Vec<Variant> =
            content.variants.into_iter().map(|stated| self.variant(stated, &mut new_id)).collect();
        let gone =
            self.variants.iter().map(|old| old.id).filter(|id| variants.iter().all(|new| new.id != *id));
        let gone = gone.collect();
        self.variants = variants;
        self.change(now);
        gone
    }

    /// Shows it to the public, or hides it. Answers whether that changes anything.
    pub fn set_status(&mut self, status: Status, now: Timestamp) -> bool {
        if self.status == status {
            return false;
        }
        self.status = status;
        self.change(now);
        true
    }

    /// Takes it out of the catalog and frees its slug and key for others.
    pub fn remove(&mut self, now: Timestamp) {
        self.slug = freed(&self.slug, self.id);
        self.import_key = None;
        self.content_hash = None;
        self.set_status(Status::Removed, now);
    }

    /// Something that shows on it was changed elsewhere, such as its category's title.
    pub fn touch(&mut self, now: Timestamp) {
        self.change(now);
    }

    /// The lowest price per currency, sorted by currency: what lists sort and filter by.
    pub fn lowest_prices(&self) -> Vec<Money> {
        let mut lowest: Vec<Money> = Vec::new();
        for price in self.variants.iter().flat_map(|variant| &variant.prices) {
            match lowest.iter_mut().find(|seen| seen.currency == price.currency) {
                Some(seen) => seen.amount = seen.amount.min(price.amount),
                None => lowest.push(*price),
            }
        }
        lowest.sort_by_key(|price| price.currency.code());
        lowest
    }

    fn variant(&self, stated: VariantContent, new_id: &mut impl FnMut() -> VariantId) -> Variant {
        let same_id = |old: &&Variant| Some(old.id) == stated.id;
        let known = self
            .variants
            .iter()
            .find(same_id)
            .or_else(|| self.variants.iter().find(|old| old.sku == stated.sku));
        let id = known.map_or_else(new_id, |old| old.id);
        let mut prices = stated.prices;
        prices.sort_by_key(|price| price.currency.code());
        Variant {
            id,
            sku: stated.sku,
            title: stated.option_values.join(" / "),
            option_values: stated.option_values,
            barcodes: stated.barcodes,
            prices,
            weight_grams: stated.weight_grams,
            backorder: stated.backorder,
        }
    }

    fn change(&mut self, now: Timestamp) {
        self.version += 1;
        self.updated_at = now;
    }

    /// For a title of which nothing can stand in a URL.
    fn fallback_slug(&self) -> String {
        format!("product-{}", self.id.0.simple())
    }
}

/// What a slug or SKU becomes when it is free for others: `~` stands in no slug, and no SKU is as long.
pub fn freed(name: &str, id: impl fmt::Display) -> String {
    format!("{name}~removed~{id}")
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Published => "published",
            Status::Removed => "removed",
        }
    }
}

impl FromStr for Status {
    type Err = ();

    fn from_str(text: &str) -> Result<Status, ()> {
        [Status::Draft, Status::Published, Status::Removed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use souk_types::{Chance, Currency};
    use uuid::Uuid;

    use super::*;

    fn content(skus: &[&str]) -> Content {
        let variants: Vec<_> = skus
            .iter()
            .map(|sku| serde_json::json!({ "sku": sku, "option_values": [sku], "prices": [{ "amount": sku.len(), "currency": "EUR" }] }))
            .collect();
        serde_json::from_value(
            serde_json::json!({ "title": "Tea", "options": ["Kind"], "variants": variants }),
        )
        .expect("content")
    }

    #[test]
    fn a_variant_stays_the_same_variant_when_the_product_is_edited() {
        let chance = Chance::seeded(1);
        let new_id = || VariantId::new(&chance, Timestamp(0));
        let mut tea = Product::create(
            ProductId(Uuid::nil()),
            content(&["A", "BB"]),
            Status::Draft,
            Timestamp(0),
            new_id,
        );
        let (a, bb) = (tea.variants[0].id, tea.variants[1].id);
        let mut edited = content(&["CCC", "A"]);
        edited.variants[0].id = Some(bb);
        let gone = tea.revise(edited, Timestamp(1), new_id);
        assert_eq!(tea.variants.iter().map(|v| v.id).collect::<Vec<_>>(), [bb, a]);
        assert!(gone.is_empty());
        assert_eq!(tea.revise(content(&["A"]), Timestamp(2), new_id), [bb]);
        assert_eq!((tea.version, tea.slug.as_str()), (3, "tea"));
    }

    #[test]
    fn the_lowest_price_of_each_currency_counts() {
        let chance = Chance::seeded(1);
        let new_id = || VariantId::new(&chance, Timestamp(0));
        let tea = Product::create(
            ProductId(Uuid::nil()),
            content(&["AAAA", "BB"]),
            Status::Draft,
            Timestamp(0),
            new_id,
        );
        assert_eq!(tea.lowest_prices(), [Money::new(2, Currency::EUR)]);
    }
}
