//! The fields of the index. A change here or in `analyze` needs a new [`VERSION`].

use std::ops::Range;

use souk_types::ProductId;
use tantivy::Term;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, JsonObjectOptions, Schema, TextFieldIndexing, TextOptions,
};

use super::{Result, analyze};

/// Counted up whenever an index of before would be read wrongly; such an index is rebuilt.
pub(super) const VERSION: u32 = 2;

/// Between the names of a category path, and between an attribute's name and value. Never part of either.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The fields that text is searched in, and how much a match there is worth.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextField {
    pub(super) field: Field,
    pub(super) weight: f32,
    /// How strongly a long text is held against it: 0 not at all, 1 fully.
    pub(super) length_penalty: f32,
}

#[derive(Debug, Clone)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) id_high: Field,
    pub(super) id_low: Field,
    pub(super) title: Field,
    pub(super) brand: Field,
    pub(super) category: Field,
    pub(super) attributes: Field,
    pub(super) description: Field,
    pub(super) codes: Field,
    pub(super) words: Field,
    pub(super) brand_value: Field,
    pub(super) category_path: Field,
    pub(super) attribute_pair: Field,
    pub(super) price: Field,
    pub(super) in_stock: Field,
    pub(super) created_at: Field,
    pub(super) popularity: Field,
}

impl Fields {
    pub(super) fn schema() -> Schema {
        let mut schema = Schema::builder();
        let stemmed = text(analyze::STEMMED, IndexRecordOption::WithFreqs);
        let listed = TextOptions::default().set_fast("raw");
        let exact = text("raw", IndexRecordOption::Basic);
        schema.add_text_field("id", exact.clone());
        schema.add_u64_field("id_high", FAST);
        schema.add_u64_field("id_low", FAST);
        // Where the words stand is kept for the title only: that is where "fire stick" means a fire stick.
        schema.add_text_field("title", text(analyze::STEMMED, IndexRecordOption::WithFreqsAndPositions));
        schema.add_text_field("brand", stemmed.clone());
        schema.add_text_field("category", stemmed.clone());
        schema.add_text_field("attributes", stemmed.clone());
        schema.add_text_field("description", stemmed);
        schema.add_text_field("codes", exact);
        schema.add_text_field("words", text(analyze::PLAIN, IndexRecordOption::Basic));
        schema.add_text_field("brand_value", listed.clone());
        schema.add_text_field("category_path", listed.clone());
        schema.add_text_field("attribute_pair", listed);
        schema.add_json_field("price", JsonObjectOptions::default().set_fast("raw"));
        schema.add_bool_field("in_stock", FAST);
        schema.add_i64_field("created_at", FAST);
        schema.add_u64_field("popularity", FAST);
        schema.build()
    }

    pub(super) fn of(schema: &Schema) -> Result<Fields> {
        let field = |name| schema.get_field(name);
        Ok(Fields {
            id: field("id")?,
            id_high: field("id_high")?,
            id_low: field("id_low")?,
            title: field("title")?,
            brand: field("brand")?,
            category: field("category")?,
            attributes: field("attributes")?,
            description: field("description")?,
            codes: field("codes")?,
            words: field("words")?,
            brand_value: field("brand_value")?,
            category_path: field("category_path")?,
            attribute_pair: field("attribute_pair")?,
            price: field("price")?,
            in_stock: field("in_stock")?,
            created_at: field("created_at")?,
            popularity: field("popularity")?,
        })
    }

    /// Title before brand before category before attributes before description.
    pub(super) fn searched(&self) -> [TextField; 5] {
        let of = |field, weight, length_penalty| TextField { field, weight, length_penalty };
        [
            of(self.title, 6.0, 0.5),
            of(self.brand, 3.0, 0.3),
            of(self.category, 2.0, 0.3),
            of(self.attributes, 0.7, 0.8),
            of(self.description, 0.8, 0.75),
        ]
    }

    pub(super) fn id_term(&self, product: ProductId) -> Term {
        Term::from_field_text(self.id, &product.0.simple().to_string())
    }
}

/// All the ordinals of `name` in a sorted dictionary of pairs.
pub(super) fn bounds_of(name: &str) -> Range<String> {
    let after = char::from_u32(u32::from(SEPARATOR) + 1).unwrap_or(' ');
    format!("{name}{SEPARATOR}")..format!("{name}{after}")
}

fn text(tokenizer: &str, record: IndexRecordOption) -> TextOptions {
    let scored = record != IndexRecordOption::Basic;
    let indexing =
        TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record).set_fieldnorms(scored);
    TextOptions::default().set_indexing_options(indexing)
}
