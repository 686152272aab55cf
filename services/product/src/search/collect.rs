//! Answers a query: scores, filters, counts, and keeps the products of one page.

use std::collections::BinaryHeap;

use souk_types::{Cursor, ProductId};
use tantivy::columnar::Column;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED};
use uuid::Uuid;

use super::analyze::Analyzer;
use super::facets::Counts;
use super::filters::{SegmentFilters, price_column};
use super::query::{SearchQuery, SearchResults, Sort};
use super::ranking::{self, Scores};
use super::schema::Fields;
use super::{Result, SearchError, completions, spelling, words};

const LIMIT_MAX: usize = 100;

/// Where a product stands in the order asked for: smaller is earlier, and the id decides between equals.
type Rank = (i64, u128);

pub(super) fn search(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    query: &SearchQuery,
    facet_values_max: usize,
) -> Result<SearchResults> {
    let after = query.cursor.as_deref().map(|cursor| after(cursor, query.sort)).transpose()?;
    let mut counts = Counts::new(query);
    let (scores, repaired) = scores(searcher, fields, analyzer, query)?;
    let orders = Order::of_all(searcher, query.sort, scores.as_deref())?;
    let after = match (after, &scores, query.sort) {
        (Some(last), Some(_), Sort::Relevance) => Some(where_it_is_now(searcher, fields, &orders, last)?),
        (after, ..) => after,
    };
    let mut page = Page::new(query.limit.min(LIMIT_MAX), after);
    let mut total = 0;
    for (at, (segment, order)) in searcher.segment_readers().iter().zip(&orders).enumerate() {
        let filters = SegmentFilters::new(segment, query)?;
        let mut counted = counts.for_segment(segment)?;
        let mut look_at = |doc| {
            let failed = filters.failed(doc);
            counted.count(doc, failed);
            if failed == 0 {
                total += 1;
                page.offer(order.key(doc), || order.id(doc));
            }
        };
        match &scores {
            Some(scores) => {
                let alive = scores[at].touched.iter().filter(|doc| !segment.is_deleted(**doc));
                alive.for_each(|doc| look_at(*doc));
            }
            None => segment.doc_ids_alive().for_each(look_at),
        }
        counts.take(counted)?;
    }
    let (ids, next_cursor) = page.finish(query.sort);
    Ok(SearchResults {
        ids,
        total,
        facets: counts.into_facets(query, facet_values_max),
        next_cursor,
        repaired,
    })
}

/// The scores of every segment, or nothing when there is no word to search for, and the repaired text.
fn scores(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    query: &SearchQuery,
) -> Result<(Option<Vec<Scores>>, Option<String>)> {
    let typed = words::bounded(&query.text).trim_start();
    let text = typed.trim_end();
    if text.is_empty() {
        return Ok((None, None));
    }
    let asked = words::words(analyzer, text);
    let begun = match completions::unfinished(typed, &asked).filter(|_| query.prefix) {
        Some(at) => completions::completions(searcher, fields, analyzer, &asked[at], at)?,
        None => Vec::new(),
    };
    if !begun.is_empty() {
        let mut lookups = words::lookups(analyzer, text, &asked);
        for lookup in begun {
            // Singular and plural have one stem, and each lookup counts.
            if !lookups.contains(&lookup) {
                lookups.push(lookup);
            }
        }
        return Ok((Some(ranking::score(searcher, fields, &asked, &lookups)?), None));
    }
    let (words, repaired) = spelling::repair(searcher, fields, analyzer, text)?;
    let lookups = words::lookups(analyzer, repaired.as_deref().unwrap_or(text), &words);
    Ok((Some(ranking::score(searcher, fields, &words, &lookups)?), repaired))
}

fn after(cursor: &str, sort: Sort) -> Result<Rank> {
    let (tag, key, id): (String, i64, Uuid) = Cursor::decode(cursor).map_err(|_| SearchError::Cursor)?;
    if tag == sort.tag() { Ok((key, id.as_u128())) } else { Err(SearchError::Cursor) }
}

/// Every commit moves all scores a little, and the order hardly ever: a page goes on after the product that the
/// one before ended with, wherever that stands now. Where it stood then, if it is gone.
fn where_it_is_now(searcher: &Searcher, fields: &Fields, orders: &[Order<'_>], last: Rank) -> Result<Rank> {
    let term = fields.id_term(ProductId(Uuid::from_u128(last.1)));
    for (segment, order) in searcher.segment_readers().iter().zip(orders) {
        let postings = segment.inverted_index(fields.id)?.read_postings(&term, IndexRecordOption::Basic)?;
        let Some(mut postings) = postings else { continue };
        while postings.doc() != TERMINATED {
            if !segment.is_deleted(postings.doc()) && order.matches(postings.doc()) {
                return Ok((order.key(postings.doc()), last.1));
            }
            postings.advance();
        }
    }
    Ok(last)
}

/// The order of one segment's products.
struct Order<'a> {
    by: By<'a>,
    id_high: Column<u64>,
    id_low: Column<u64>,
}

enum By<'a> {
    Score {
        scores: &'a Scores,
        popularity: Column<u64>,
        in_stock: Column<bool>,
    },
    Popularity(Column<u64>),
    /// In minor units, times the sign; without a price at the end.
    Price(Option<Column<i64>>, i64),
    Newest(Column<i64>),
}

impl<'a> Order<'a> {
    fn new(segment: &SegmentReader, sort: Sort, scores: Option<&'a Scores>) -> Result<Order<'a>> {
        let columns = segment.fast_fields();
        let by = match (sort, scores) {
            (Sort::Relevance, Some(scores)) => By::Score {
                scores,
                popularity: columns.u64("popularity")?,
                in_stock: columns.bool("in_stock")?,
            },
            (Sort::Relevance, None) => By::Popularity(columns.u64("popularity")?),
            (Sort::PriceAsc(currency), _) => By::Price(price_column(segment, currency.code())?, 1),
            (Sort::PriceDesc(currency), _) => By::Price(price_column(segment, currency.code())?, -1),
            (Sort::Newest, _) => By::Newest(columns.i64("created_at")?),
        };
        Ok(Order { by, id_high: columns.u64("id_high")?, id_low: columns.u64("id_low")? })
    }

    fn of_all(searcher: &Searcher, sort: Sort, scores: Option<&'a [Scores]>) -> Result<Vec<Order<'a>>> {
        let segments = searcher.segment_readers().iter().enumerate();
        segments.map(|(at, segment)| Order::new(segment, sort, scores.map(|scores| &scores[at]))).collect()
    }

    fn matches(&self, doc: u32) -> bool {
        !matches!(&self.by, By::Score { scores, .. } if scores.of_doc(doc) <= 0.0)
    }

    fn key(&self, doc: u32) -> i64 {
        match &self.by {
            By::Score { scores, popularity, in_stock } => {
                let popularity = popularity.first(doc).unwrap_or(0);
                -ranking::key(scores.of_doc(doc), popularity, in_stock.first(doc) == Some(true))
            }
            By::Popularity(column) => -i64::try_from(column.first(doc).unwrap_or(0)).unwrap_or(i64::MAX),
            By::Price(column, sign) => {
                let price = column.as_ref().and_then(|column| column.first(doc));
                price.map_or(i64::MAX, |price| price.saturating_mul(*sign))
            }
            By::Newest(column) => column.first(doc).unwrap_or(0).saturating_neg(),
        }
    }

    fn id(&self, doc: u32) -> u128 {
        let part = |column: &Column<u64>| u128::from(column.first(doc).unwrap_or(0));
        (part(&self.id_high) << 64) | part(&self.id_low)
    }
}

/// The first products after the cursor; one more than the limit, to know whether there are more.
struct Page {
    limit: usize,
    after: Option<Rank>,
    /// The last of them on top.
    kept: BinaryHeap<Rank>,
}

impl Page {
    fn new(limit: usize, after: Option<Rank>) -> Page {
        Page { limit, after, kept: BinaryHeap::with_capacity(limit + 2) }
    }

    fn offer(&mut self, key: i64, id: impl FnOnce() -> u128) {
        let full = self.kept.len() > self.limit;
        if full && self.kept.peek().is_some_and(|last| key > last.0) {
            return;
        }
        if self.after.is_some_and(|after| key < after.0) {
            return;
        }
        let rank = (key, id());
        if self.after.is_some_and(|after| rank <= after) {
            return;
        }
        self.kept.push(rank);
        if full {
            self.kept.pop();
        }
    }

    fn finish(self, sort: Sort) -> (Vec<ProductId>, Option<String>) {
        let mut ranks = self.kept.into_sorted_vec();
        let more = ranks.len() > self.limit;
        ranks.truncate(self.limit);
        let next_cursor = ranks
            .last()
            .filter(|_| more)
            .map(|(key, id)| Cursor::encode(&(sort.tag(), key, Uuid::from_u128(*id))));
        let ids = ranks.into_iter().map(|(_, id)| ProductId(Uuid::from_u128(id))).collect();
        (ids, next_cursor)
    }
}
