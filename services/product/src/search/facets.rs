//! Counts what the matches are made of, by the ordinals of one segment first and by name in the end.

use std::collections::HashMap;
use std::ops::{Bound, Range};

use tantivy::SegmentReader;
use tantivy::columnar::StrColumn;

use super::Result;
use super::filters::{self, BRAND, CATEGORY};
use super::query::{AttributeFacet, CategoryCount, Facets, SearchQuery, ValueCount};
use super::schema::{SEPARATOR, bounds_of};

/// More attributes than this are not counted.
const ATTRIBUTES_MAX: usize = 32;

/// The counts of all segments: a facet for brands, one for categories, one per attribute.
pub(super) struct Counts {
    /// The attributes to count and the filter bit of each; 0 when it is not filtered by.
    attributes: Vec<(String, u64)>,
    brands: HashMap<String, u64>,
    categories: HashMap<String, u64>,
    pairs: HashMap<String, u64>,
}

/// The counts of one segment.
pub(super) struct SegmentCounts {
    brands: Option<Counter>,
    categories: Option<Counter>,
    attributes: Vec<(u64, Counter)>,
}

/// Counts the ordinals of a range.
struct Counter {
    column: StrColumn,
    ordinals: Range<u64>,
    counts: Vec<u32>,
}

impl Counts {
    pub(super) fn new(query: &SearchQuery) -> Counts {
        let filtered =
            query.attributes.keys().enumerate().map(|(at, name)| (name.clone(), filters::attribute(at)));
        let mut attributes: Vec<(String, u64)> = filtered.take(ATTRIBUTES_MAX).collect();
        for name in query.facet_attributes.iter().take(ATTRIBUTES_MAX) {
            if attributes.iter().all(|(known, _)| known != name) {
                attributes.push((name.clone(), 0));
            }
        }
        Counts { attributes, brands: HashMap::new(), categories: HashMap::new(), pairs: HashMap::new() }
    }

    pub(super) fn for_segment(&self, segment: &SegmentReader) -> Result<SegmentCounts> {
        let column = |name| segment.fast_fields().str(name);
        let pairs = column("attribute_pair")?;
        let mut attributes = Vec::with_capacity(self.attributes.len());
        for (name, own_filter) in &self.attributes {
            if let Some(pairs) = &pairs {
                attributes.push((*own_filter, Counter::of_attribute(pairs.clone(), name)?));
            }
        }
        Ok(SegmentCounts {
            brands: column("brand_value")?.map(Counter::of_all),
            categories: column("category_path")?.map(Counter::of_all),
            attributes,
        })
    }

    pub(super) fn take(&mut self, segment: SegmentCounts) -> Result<()> {
        if let Some(counter) = segment.brands {
            counter.add_to(&mut self.brands)?;
        }
        if let Some(counter) = segment.categories {
            counter.add_to(&mut self.categories)?;
        }
        for (_, counter) in segment.attributes {
            counter.add_to(&mut self.pairs)?;
        }
        Ok(())
    }

    /// The most frequent values of each facet. A value that is filtered by is kept whatever its rank.
    pub(super) fn into_facets(self, query: &SearchQuery, values_max: usize) -> Facets {
        let chosen_path = query.category.join(&SEPARATOR.to_string());
        let categories = top(self.categories, values_max, |path| *path == chosen_path);
        let path_of = |path: &str| path.split(SEPARATOR).map(str::to_owned).collect();
        let attributes = self.attributes.iter().map(|(name, _)| {
            let own = self.pairs.iter().filter_map(|(pair, count)| {
                let value = pair.strip_prefix(name.as_str())?.strip_prefix(SEPARATOR)?;
                Some((value.to_owned(), *count))
            });
            let chosen = query.attributes.get(name);
            let values = top(own, values_max, |value| chosen.is_some_and(|chosen| chosen.contains(value)));
            AttributeFacet { name: name.clone(), values }
        });
        Facets {
            attributes: attributes.collect(),
            brands: top(self.brands, values_max, |brand| query.brands.contains(brand)),
            categories: categories
                .into_iter()
                .map(|ValueCount { value, count }| CategoryCount { path: path_of(&value), count })
                .collect(),
        }
    }
}

impl SegmentCounts {
    /// Counts a product that fails no filter, or only the one of the facet that is counted.
    pub(super) fn count(&mut self, doc: u32, failed: u64) {
        if let Some(brands) = self.brands.as_mut().filter(|_| failed & !BRAND == 0) {
            brands.count(doc);
        }
        if let Some(categories) = self.categories.as_mut().filter(|_| failed & !CATEGORY == 0) {
            categories.count(doc);
        }
        for (own_filter, counter) in &mut self.attributes {
            if failed & !*own_filter == 0 {
                counter.count(doc);
            }
        }
    }
}

impl Counter {
    fn of_all(column: StrColumn) -> Counter {
        let ordinals = 0..column.dictionary().num_terms() as u64;
        Counter::new(column, ordinals)
    }

    fn of_attribute(column: StrColumn, name: &str) -> Result<Counter> {
        let Range { start, end } = bounds_of(name);
        let bounds = (Bound::Included(start), Bound::Excluded(end));
        let terms = column.dictionary().num_terms() as u64;
        let (from, to) = column.dictionary().term_bounds_to_ord(bounds.0, bounds.1)?;
        let from = match from {
            Bound::Included(ordinal) => ordinal,
            Bound::Excluded(ordinal) => ordinal.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let to = match to {
            Bound::Included(ordinal) => ordinal.saturating_add(1),
            Bound::Excluded(ordinal) => ordinal,
            Bound::Unbounded => terms,
        };
        let from = from.min(terms);
        Ok(Counter::new(column, from..to.clamp(from, terms)))
    }

    fn new(column: StrColumn, ordinals: Range<u64>) -> Counter {
        let len = usize::try_from(ordinals.end - ordinals.start).unwrap_or(0);
        Counter { column, ordinals, counts: vec![0; len] }
    }

    fn count(&mut self, doc: u32) {
        if self.counts.is_empty() {
            return;
        }
        for ordinal in self.column.term_ords(doc) {
            if !self.ordinals.contains(&ordinal) {
                continue;
            }
            let at = usize::try_from(ordinal - self.ordinals.start).unwrap_or(usize::MAX);
            if let Some(count) = self.counts.get_mut(at) {
                *count += 1;
            }
        }
    }

    fn add_to(self, totals: &mut HashMap<String, u64>) -> Result<()> {
        let counted = (self.ordinals.start..).zip(&self.counts).filter(|(_, count)| **count > 0);
        let (ordinals, counts): (Vec<u64>, Vec<u64>) =
            counted.map(|(ordinal, count)| (ordinal, u64::from(*count))).unzip();
        let mut counts = counts.into_iter();
        self.column.dictionary().sorted_ords_to_term_cb(&ordinals, |value| {
            let value = String::from_utf8_lossy(value).into_owned();
            *totals.entry(value).or_default() += counts.next().unwrap_or(0);
        })?;
        Ok(())
    }
}

fn top(
    counts: impl IntoIterator<Item = (String, u64)>,
    values_max: usize,
    chosen: impl Fn(&String) -> bool,
) -> Vec<ValueCount> {
    let mut values: Vec<ValueCount> =
        counts.into_iter().map(|(value, count)| ValueCount { value, count }).collect();
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    let mut rank = 0;
    values.retain(|value| {
        rank += 1;
        rank <= values_max || chosen(&value.value)
    });
    values
}
