//! What somebody who is still typing may be about to write.

use tantivy::Searcher;

use super::Result;
use super::analyze::Analyzer;
use super::schema::Fields;
use super::words::{Kind, Lookup, Word};

/// The most frequent ones; more would make a search of all of them.
const COMPLETIONS_MAX: usize = 8;
/// Words of one segment that are looked at. A beginning that so many share says nothing yet.
const LOOKED_AT_MAX: usize = 2_000;

/// The number of the word that the text ends with. A space behind it says that it is complete.
pub(super) fn unfinished(text: &str, words: &[Word]) -> Option<usize> {
    let last = words.len().checked_sub(1)?;
    (words[last].to == text.len() && !words[last].unwanted).then_some(last)
}

/// What the words that begin like this one are found by, in the place of it.
pub(super) fn completions(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    word: &Word,
    at: usize,
) -> Result<Vec<Lookup>> {
    let mut begun = std::collections::HashMap::<String, u64>::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.words)?;
        let mut terms = index.terms().range().ge(word.plain.as_bytes()).into_stream()?;
        let mut looked_at = 0;
        while looked_at < LOOKED_AT_MAX && terms.advance() {
            let Ok(known) = std::str::from_utf8(terms.key()) else { continue };
            if !known.starts_with(&word.plain) {
                break;
            }
            *begun.entry(known.to_owned()).or_default() += u64::from(terms.value().doc_freq);
            looked_at += 1;
        }
    }
    let mut begun: Vec<(String, u64)> = begun.into_iter().collect();
    begun.sort_unstable_by(|(a, a_in), (b, b_in)| b_in.cmp(a_in).then_with(|| a.cmp(b)));
    begun.truncate(COMPLETIONS_MAX);
    let lookup = |(known, _): (String, u64)| Lookup {
        token: analyzer.stem(&known),
        covers: 1 << at,
        kind: Kind::Text,
    };
    Ok(begun.into_iter().map(lookup).collect())
}
