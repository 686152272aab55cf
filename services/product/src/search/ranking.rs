//! How well products match: BM25F over the text fields, weighed by how much of the query they account for, then by
//! how near its words stand, what is unwanted, and what the best matches are.
//!
//! BM25F adds up a word's occurrences over the fields first and lets them saturate together, so a word that stands
//! in title, brand and description does not count three times.
#![expect(clippy::float_arithmetic, reason = "a score is no money")]
#![expect(clippy::cast_precision_loss, reason = "a score is an estimate")]

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::Result;
use super::schema::{Fields, TextField};
use super::words::{self, Kind, Lookup, Word};
use super::{kinship, proximity, unwanted};

/// How fast repetition stops to impress.
const SATURATION: f32 = 2.0;
/// What accounts for less than this share of what the best match accounts for is no match.
const COVERAGE_MIN: f32 = 0.2;
/// How strongly a product is held to the whole query.
const COVERAGE_POWER: i32 = 2;
/// What a SKU, barcode or model number adds, in words of the query's rarest kind.
const CODE_BONUS: f32 = 3.0;
/// Above everything else: the query is this product's number.
const WHOLE_CODE_BONUS: f32 = 1_000.0;

/// What one segment's products score; zero is no match.
pub(super) struct Scores {
    pub(super) score: Vec<f32>,
    /// The words of the query that the product accounts for.
    covered: Vec<u32>,
    /// The products with a score, each once.
    pub(super) touched: Vec<u32>,
}

/// A lookup with what the whole index says of it.
pub(super) struct Weighed<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) rarity: f32,
}

/// The scores of every segment, coverage included.
pub(super) fn score(
    searcher: &Searcher,
    fields: &Fields,
    words: &[Word],
    lookups: &[Lookup],
) -> Result<Vec<Scores>> {
    let products = searcher.num_docs().max(1) as f32;
    let lengths = mean_lengths(searcher, fields, products)?;
    let weighed = weigh(searcher, fields, lookups, products)?;
    let mut segments = Vec::with_capacity(searcher.segment_readers().len());
    for segment in searcher.segment_readers() {
        let mut scores = Scores::of(segment);
        let mut occurrences = vec![0.0; segment.max_doc() as usize];
        for weighed in &weighed {
            match weighed.lookup.kind {
                Kind::Text => scores.add_text(segment, fields, &lengths, weighed, &mut occurrences)?,
                Kind::Code => scores.add_code(segment, fields, weighed, weighed.rarity * CODE_BONUS)?,
                Kind::WholeCode => scores.add_code(segment, fields, weighed, WHOLE_CODE_BONUS)?,
            }
        }
        proximity::add(segment, fields, words, &weighed, &mut scores.score)?;
        unwanted::hold_against(segment, fields, words, &mut scores.score)?;
        segments.push(scores);
    }
    hold_to_the_query(&mut segments, &shares(words, &weighed, products));
    kinship::favor(searcher, &mut segments)?;
    Ok(segments)
}

impl Scores {
    fn of(segment: &SegmentReader) -> Scores {
        let len = segment.max_doc() as usize;
        Scores { score: vec![0.0; len], covered: vec![0; len], touched: Vec::new() }
    }

    pub(super) fn of_doc(&self, doc: u32) -> f32 {
        self.score[doc as usize]
    }

    fn add(&mut self, doc: u32, score: f32, covers: u32) {
        let at = doc as usize;
        if self.covered[at] == 0 {
            self.touched.push(doc);
        }
        self.score[at] += score;
        self.covered[at] |= covers;
    }

    fn add_text(
        &mut self,
        segment: &SegmentReader,
        fields: &Fields,
        lengths: &[f32],
        weighed: &Weighed<'_>,
        occurrences: &mut [f32],
    ) -> Result<()> {
        let mut found = Vec::new();
        for (text, mean_length) in fields.searched().into_iter().zip(lengths) {
            let Some(mut postings) = postings(segment, text.field, &weighed.lookup.token)? else { continue };
            let norms = segment.get_fieldnorms_reader(text.field)?;
            let penalties = length_penalties(text, *mean_length);
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                if occurrences[doc as usize] == 0.0 {
                    found.push(doc);
                }
                let penalty = penalties[usize::from(norms.fieldnorm_id(doc))];
                occurrences[doc as usize] += text.weight * postings.term_freq() as f32 / penalty;
                postings.advance();
            }
        }
        for doc in found {
            let heard = std::mem::take(&mut occurrences[doc as usize]);
            let score = weighed.rarity * heard * (SATURATION + 1.0) / (SATURATION + heard);
            self.add(doc, score, weighed.lookup.covers);
        }
        Ok(())
    }

    fn add_code(
        &mut self,
        segment: &SegmentReader,
        fields: &Fields,
        weighed: &Weighed<'_>,
        bonus: f32,
    ) -> Result<()> {
        let Some(mut postings) = postings(segment, fields.codes, &weighed.lookup.token)? else {
            return Ok(());
        };
        while postings.doc() != TERMINATED {
            self.add(postings.doc(), bonus, weighed.lookup.covers);
            postings.advance();
        }
        Ok(())
    }
}

fn postings(
    segment: &SegmentReader,
    field: tantivy::schema::Field,
    token: &str,
) -> Result<Option<SegmentPostings>> {
    let term = Term::from_field_text(field, token);
    Ok(segment.inverted_index(field)?.read_postings(&term, IndexRecordOption::WithFreqs)?)
}

/// By the one byte that the index keeps of a text's length.
fn length_penalties(text: TextField, mean_length: f32) -> [f32; 256] {
    std::array::from_fn(|id| {
        let length = FieldNormReader::id_to_fieldnorm(u8::try_from(id).unwrap_or(u8::MAX)) as f32;
        1.0 - text.length_penalty + text.length_penalty * length / mean_length
    })
}

fn mean_lengths(searcher: &Searcher, fields: &Fields, products: f32) -> Result<Vec<f32>> {
    let mean = |text: TextField| {
        let mut words = 0;
        for segment in searcher.segment_readers() {
            words += segment.inverted_index(text.field)?.total_num_tokens();
        }
        Ok((words as f32 / products).max(1.0))
    };
    fields.searched().into_iter().map(mean).collect()
}

fn weigh<'a>(
    searcher: &Searcher,
    fields: &Fields,
    lookups: &'a [Lookup],
    products: f32,
) -> Result<Vec<Weighed<'a>>> {
    let mut weighed = Vec::with_capacity(lookups.len());
    for lookup in lookups {
        let mut found = 0;
        match lookup.kind {
            Kind::Text => {
                for text in fields.searched() {
                    found = found.max(words::doc_freq(searcher, text.field, &lookup.token)?);
                }
            }
            Kind::Code | Kind::WholeCode => found = words::doc_freq(searcher, fields.codes, &lookup.token)?,
        }
        if found > 0 {
            weighed.push(Weighed { lookup, rarity: rarity(found as f32, products) });
        }
    }
    Ok(weighed)
}

pub(super) fn rarity(found: f32, products: f32) -> f32 {
    (1.0 + (products - found.min(products) + 0.5) / (found + 0.5)).ln()
}

/// How much of the query each of its words is, in all 1. A rare word is more of it than a common one.
fn shares(words: &[Word], weighed: &[Weighed<'_>], products: f32) -> Vec<f32> {
    let of_word = |at: usize| {
        if words[at].unwanted {
            return 0.0;
        }
        let rarest = weighed
            .iter()
            .filter(|weighed| weighed.lookup.covers == 1 << at)
            .map(|weighed| weighed.rarity)
            .fold(0.0, f32::max);
        if rarest > 0.0 { rarest } else { rarity(1.0, products) }
    };
    let rarities: Vec<f32> = (0..words.len()).map(of_word).collect();
    let all: f32 = rarities.iter().sum::<f32>().max(f32::MIN_POSITIVE);
    rarities.into_iter().map(|rarity| rarity / all).collect()
}

/// Weighs each score by what the product accounts for, and drops what accounts for too little.
fn hold_to_the_query(segments: &mut [Scores], shares: &[f32]) {
    let share_of = |covered: u32| -> f32 {
        let held = shares.iter().enumerate().filter(|(at, _)| covered & (1 << at) != 0);
        held.map(|(_, share)| share).sum()
    };
    let mut best = 0.0_f32;
    for scores in segments.iter() {
        for doc in &scores.touched {
            best = best.max(share_of(scores.covered[*doc as usize]));
        }
    }
    for scores in segments.iter_mut() {
        let Scores { score, covered, touched } = scores;
        touched.retain(|doc| {
            let share = share_of(covered[*doc as usize]);
            score[*doc as usize] *= share.powi(COVERAGE_POWER);
            share >= best * COVERAGE_MIN
        });
    }
}

/// A score as a whole number that sorts like it. What is bought more often is a little better, what cannot be
/// bought now a little worse.
#[expect(clippy::cast_possible_truncation, reason = "scores are far below 2^53 and saturate")]
pub(super) fn key(score: f32, popularity: u64, in_stock: bool) -> i64 {
    let liked = 1.0 + 0.02 * (popularity as f32).ln_1p();
    let sellable = if in_stock { 1.0 } else { 0.9 };
    (score * liked * sellable * 10_000.0) as i64
}
