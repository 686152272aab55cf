//! One word where the catalog has two: `firestick`, and `firestik` as well. Titles must have the two side by side.

use std::collections::BTreeSet;

use super::{Catalog, dictionary};
use crate::search::Result;
use crate::search::proximity::together;
use crate::search::words;

/// Shorter parts are found in any word.
const PART_CHARS_MIN: usize = 3;
/// A misspelt part needs more to go by.
const MISSPELT_CHARS_MIN: usize = 4;
/// One title may have the two by chance.
const TITLES_MIN: u32 = 2;

/// The two words that it is made of, the commonest pair first.
pub(super) fn apart(catalog: Catalog<'_>, unknown: &str) -> Result<Option<String>> {
    let Catalog { searcher, fields, analyzer } = catalog;
    let mut best: Option<(u32, String)> = None;
    for (first, second) in cuts(unknown) {
        let (_, titles) = together(searcher, fields, &analyzer.stem(first), &analyzer.stem(second))?;
        if titles > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((titles, format!("{first} {second}")));
        }
    }
    Ok(best.map(|(_, apart)| apart))
}

/// A part that is known, and what is left of the word.
struct Half<'a> {
    known: &'a str,
    comes_first: bool,
    rest: Vec<char>,
}

/// The same with one mistake in one of the two.
pub(super) fn apart_and_misspelt(catalog: Catalog<'_>, unknown: &str) -> Result<Option<String>> {
    let Catalog { searcher, fields, analyzer } = catalog;
    let mut halves = Vec::new();
    for (first, second) in cuts(unknown) {
        for (known, rest, comes_first) in [(first, second, true), (second, first, false)] {
            let rest: Vec<char> = rest.chars().collect();
            if words::doc_freq(searcher, fields.words, known)? > 0 {
                halves.push(Half { known, comes_first, rest });
            }
        }
    }
    let mut found: BTreeSet<(usize, String)> = BTreeSet::new();
    if !halves.is_empty() {
        dictionary::each(searcher, fields, |known, _| {
            for (at, half) in halves.iter().enumerate() {
                let close = known.len().abs_diff(half.rest.len()) <= 1 && known.len() >= MISSPELT_CHARS_MIN;
                if close && dictionary::mistakes(&half.rest, known, 1).is_some() {
                    found.insert((at, known.to_owned()));
                }
            }
        })?;
    }
    let mut best: Option<(u32, String)> = None;
    for (at, repaired) in found {
        let Half { known, comes_first, .. } = &halves[at];
        let (first, second) = if *comes_first { (*known, repaired.as_str()) } else { (&*repaired, *known) };
        let (_, titles) = together(searcher, fields, &analyzer.stem(first), &analyzer.stem(second))?;
        if titles >= TITLES_MIN && titles > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((titles, format!("{first} {second}")));
        }
    }
    Ok(best.map(|(_, apart)| apart))
}

/// Every way to take a word apart into two that are long enough.
fn cuts(word: &str) -> impl Iterator<Item = (&str, &str)> {
    let chars = word.chars().count();
    let long_enough = move |part: usize| part >= PART_CHARS_MIN && chars - part >= PART_CHARS_MIN;
    let cuts = word.char_indices().enumerate().filter(move |(part, _)| long_enough(*part));
    cuts.map(|(_, (at, _))| word.split_at(at))
}
