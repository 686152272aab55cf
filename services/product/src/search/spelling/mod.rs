//! Repairs words that the catalog lacks. A word that stands in any product is right as it is: repairing only
//! what is unknown costs clean queries nothing.

mod compounds;
mod dictionary;
mod likely;

use tantivy::Searcher;

use super::Result;
use super::analyze::Analyzer;
use super::schema::Fields;
use super::words::{self, Word};

/// Shorter words have too many neighbors to guess among.
const REPAIRED_CHARS_MIN: usize = 3;

/// What repairs look things up in.
#[derive(Clone, Copy)]
struct Catalog<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    analyzer: &'a Analyzer,
}

/// The words of `text` with every unknown one replaced by the likeliest known one; the new text if any was.
pub(super) fn repair(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    text: &str,
) -> Result<(Vec<Word>, Option<String>)> {
    let catalog = Catalog { searcher, fields, analyzer };
    let asked = words::words(analyzer, text);
    let mut replaced: Vec<(usize, usize, String)> = Vec::new();
    for (at, word) in asked.iter().enumerate() {
        if !is_repairable(&word.plain)
            || words::is_known(searcher, fields, word)?
            || joins_a_neighbor(catalog, &asked, at)?
        {
            continue;
        }
        if let Some(known) = known_instead(catalog, &asked, at)? {
            replaced.push((word.from, word.to, known));
        }
    }
    if replaced.is_empty() {
        return Ok((asked, None));
    }
    let mut repaired = text.to_owned();
    for (from, to, word) in replaced.iter().rev() {
        repaired.replace_range(*from..*to, word);
    }
    Ok((words::words(analyzer, &repaired), Some(repaired)))
}

/// A space that is missing comes first, since a title proves it; then a misspelt word, then both mistakes in one.
fn known_instead(catalog: Catalog<'_>, asked: &[Word], at: usize) -> Result<Option<String>> {
    let unknown = asked[at].plain.as_str();
    if let Some(apart) = compounds::apart(catalog, unknown)? {
        return Ok(Some(apart));
    }
    if let Some(known) = likely::likeliest(catalog, asked, at)? {
        return Ok(Some(known));
    }
    compounds::apart_and_misspelt(catalog, unknown)
}

/// Numbers and codes are not misspelt words.
fn is_repairable(word: &str) -> bool {
    word.chars().count() >= REPAIRED_CHARS_MIN && word.chars().all(char::is_alphabetic)
}

/// `power bank` where the catalog says `powerbank`.
fn joins_a_neighbor(catalog: Catalog<'_>, words: &[Word], at: usize) -> Result<bool> {
    let before = at.checked_sub(1).map(|before| (before, at));
    let after = Some((at, at + 1)).filter(|(_, after)| *after < words.len());
    for (first, second) in before.into_iter().chain(after) {
        let joined = catalog.analyzer.stem(&format!("{}{}", words[first].plain, words[second].plain));
        if words::doc_freq(catalog.searcher, catalog.fields.title, &joined)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
