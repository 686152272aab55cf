//! Filters over the columns of one segment. A product is not only in or out: it is known which filters it fails,
//! so that a facet can count what only its own filter leaves out.

use tantivy::SegmentReader;
use tantivy::columnar::{Column, StrColumn};

use super::Result;
use super::query::{PriceRange, SearchQuery};
use super::schema::SEPARATOR;

pub(super) const BRAND: u64 = 1;
pub(super) const CATEGORY: u64 = 1 << 1;
const PRICE: u64 = 1 << 2;
const IN_STOCK: u64 = 1 << 3;
const ATTRIBUTES_FROM: usize = 4;
/// More attributes than this are not filtered by.
const ATTRIBUTES_MAX: usize = 32;

/// The bit of the attribute filter number `at`.
pub(super) fn attribute(at: usize) -> u64 {
    1 << (ATTRIBUTES_FROM + at)
}

/// The filters of a query, resolved for one segment.
pub(super) struct SegmentFilters {
    /// One of the ordinals must stand in the column, or else the bit is failed.
    one_of: Vec<(u64, Option<StrColumn>, Vec<u64>)>,
    price: Option<(PriceRange, Option<Column<i64>>)>,
    in_stock: Option<Column<bool>>,
}

impl SegmentFilters {
    pub(super) fn new(segment: &SegmentReader, query: &SearchQuery) -> Result<SegmentFilters> {
        let mut one_of = Vec::new();
        let columns = segment.fast_fields();
        let mut add = |bit, column: &str, values: Vec<String>| -> Result<()> {
            let column = columns.str(column)?;
            let mut ordinals = Vec::with_capacity(values.len());
            for value in values {
                let found = column.as_ref().map(|column| column.dictionary().term_ord(value.as_bytes()));
                ordinals.extend(found.transpose()?.flatten());
            }
            one_of.push((bit, column, ordinals));
            Ok(())
        };
        if !query.brands.is_empty() {
            add(BRAND, "brand_value", query.brands.clone())?;
        }
        if !query.category.is_empty() {
            add(CATEGORY, "category_path", vec![query.category.join(&SEPARATOR.to_string())])?;
        }
        for (at, (name, values)) in query.attributes.iter().take(ATTRIBUTES_MAX).enumerate() {
            let pairs = values.iter().map(|value| format!("{name}{SEPARATOR}{value}")).collect();
            add(attribute(at), "attribute_pair", pairs)?;
        }
        let price = match query.price {
            Some(range) => Some((range, price_column(segment, range.currency.code())?)),
            None => None,
        };
        let in_stock = if query.in_stock { Some(columns.bool("in_stock")?) } else { None };
        Ok(SegmentFilters { one_of, price, in_stock })
    }

    /// The filters that the product fails, as bits; 0 is a match.
    pub(super) fn failed(&self, doc: u32) -> u64 {
        let mut failed = 0;
        for (bit, column, ordinals) in &self.one_of {
            let mut values = column.iter().flat_map(|column| column.term_ords(doc));
            if !values.any(|value| ordinals.contains(&value)) {
                failed |= bit;
            }
        }
        if let Some((range, column)) = &self.price {
            let price = column.as_ref().and_then(|column| column.first(doc));
            let fits =
                |price| range.min.is_none_or(|min| min <= price) && range.max.is_none_or(|max| price <= max);
            if !price.is_some_and(fits) {
                failed |= PRICE;
            }
        }
        if let Some(column) = &self.in_stock
            && column.first(doc) != Some(true)
        {
            failed |= IN_STOCK;
        }
        failed
    }
}

/// The prices in one currency; a segment may have none.
pub(super) fn price_column(segment: &SegmentReader, currency: &str) -> Result<Option<Column<i64>>> {
    Ok(segment.fast_fields().column_opt::<i64>(&format!("price.{currency}"))?)
}
