//! The words of a query, what each may be found by, and which of them a match accounts for.

use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use super::Result;
use super::analyze::{self, Analyzer};
use super::schema::Fields;
use super::unwanted;

/// More words than this are not looked at.
pub(super) const WORDS_MAX: usize = 16;
const TEXT_CHARS_MAX: usize = 500;

/// A word of the query.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// In lower case, without accents.
    pub(super) plain: String,
    pub(super) stem: String,
    /// Where it stands in the text.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) chunk: usize,
    /// What the product is to be without.
    pub(super) unwanted: bool,
}

/// What is looked up: a token and the words it stands for, as bits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lookup {
    pub(super) token: String,
    pub(super) covers: u32,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the text fields.
    Text,
    /// A SKU, barcode or model number, whole.
    Code,
    /// The whole query is a code: this is what was meant.
    WholeCode,
}

/// The text as it is read: bounded, since nobody means more.
pub(super) fn bounded(text: &str) -> &str {
    let end = text.char_indices().nth(TEXT_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

pub(super) fn words(analyzer: &Analyzer, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for run in analyze::runs(text) {
        let plain = analyzer.plain(run.text);
        if plain.is_empty() || words.len() == WORDS_MAX || words.iter().any(|word: &Word| word.plain == plain)
        {
            continue;
        }
        let stem = analyzer.stem(run.text);
        let (from, to) = (run.from, run.from + run.text.len());
        words.push(Word { plain, stem, from, to, chunk: run.chunk, unwanted: false });
    }
    unwanted::mark(&mut words);
    words
}

/// Everything the words may be found by. What the index does not hold costs one lookup each and drops out.
pub(super) fn lookups(analyzer: &Analyzer, text: &str, words: &[Word]) -> Vec<Lookup> {
    let all = (1_u32 << words.len()) - 1;
    let mut lookups: Vec<Lookup> = Vec::new();
    let mut add = |token: String, covers: u32, kind: Kind| {
        if !token.is_empty() && !lookups.iter().any(|known| known.token == token && known.kind == kind) {
            lookups.push(Lookup { token, covers, kind });
        }
    };
    add(analyze::code(text), all, Kind::WholeCode);
    for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.unwanted) {
        add(word.stem.clone(), 1 << at, Kind::Text);
        if is_code_like(&word.plain) {
            add(word.plain.clone(), 1 << at, Kind::Code);
        }
        if let Some(next) = words.get(at + 1).filter(|next| !next.unwanted) {
            let joined = format!("{}{}", word.plain, next.plain);
            add(analyzer.stem(&joined), 0b11 << at, Kind::Text);
        }
    }
    for (at, chunk) in chunks(words) {
        let code: String = chunk.iter().map(|word| word.plain.as_str()).collect();
        if chunk.len() > 1 && is_code_like(&code) && !chunk[0].unwanted {
            let covers = ((1_u32 << chunk.len()) - 1) << at;
            add(analyzer.stem(&code), covers, Kind::Text);
            add(code, covers, Kind::Code);
        }
    }
    lookups
}

/// Words that stand together without a space, with the number of their first one.
fn chunks(words: &[Word]) -> impl Iterator<Item = (usize, &[Word])> {
    words.chunk_by(|a, b| a.chunk == b.chunk).scan(0, |at, chunk| {
        let first = *at;
        *at += chunk.len();
        Some((first, chunk))
    })
}

fn is_code_like(word: &str) -> bool {
    word.len() >= 4 && word.contains(|c: char| c.is_ascii_digit())
}

/// In how many products a token stands, over all segments. The removed count until their segment is merged.
pub(super) fn doc_freq(searcher: &Searcher, field: Field, token: &str) -> Result<u64> {
    let term = Term::from_field_text(field, token);
    let mut found = 0;
    for segment in searcher.segment_readers() {
        found += u64::from(segment.inverted_index(field)?.doc_freq(&term)?);
    }
    Ok(found)
}

/// Whether the catalog has the word at all: in a text field, as it is or inflected, or as a code.
pub(super) fn is_known(searcher: &Searcher, fields: &Fields, word: &Word) -> Result<bool> {
    if doc_freq(searcher, fields.codes, &word.plain)? > 0
        || doc_freq(searcher, fields.words, &word.plain)? > 0
    {
        return Ok(true);
    }
    if !is_inflected(word) {
        return Ok(false);
    }
    for text in fields.searched() {
        if doc_freq(searcher, text.field, &word.stem)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stemming makes `app` of `appe` and `ame` of `aming`; that the catalog has the one says nothing about the other.
fn is_inflected(word: &Word) -> bool {
    const SHORT_ENDINGS: [&str; 9] = ["", "s", "d", "y", "es", "ed", "er", "ly", "al"];
    match word.plain.strip_prefix(word.stem.as_str()) {
        Some(ending) => ending.len() > 2 || SHORT_ENDINGS.contains(&ending),
        None => word.plain.chars().zip(word.stem.chars()).take_while(|(a, b)| a == b).count() >= 3,
    }
}
