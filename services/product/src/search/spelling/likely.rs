//! Which known word was meant: the one with the fewest mistakes, and among those the one that titles have most often,
//! first of all beside the other words of the query. `power bnk` is a power bank, not a power button.
#![expect(clippy::float_arithmetic, reason = "a likelihood is no money")]
#![expect(clippy::cast_precision_loss, reason = "a likelihood is an estimate")]

use super::{Catalog, dictionary};
use crate::search::Result;
use crate::search::proximity::together;
use crate::search::ranking::rarity;
use crate::search::words::{self, Word};

/// From this length on, two mistakes are forgiven.
const TWO_MISTAKES_CHARS_MIN: usize = 7;
/// So many candidates are held against the other words.
const CANDIDATES_MAX: usize = 8;
/// People rarely miss the first letter.
const SAME_START: f32 = 2.0;
/// What a product counts that has the word anywhere, against one that has it in its title.
const ANYWHERE: f32 = 0.02;
/// What a title counts that has another word of the query as well.
const WITH_ANOTHER: f32 = 3.0;
/// What a title counts that has the two side by side, as the query has them.
const BESIDE_ANOTHER: f32 = 30.0;

struct Candidate {
    word: String,
    stem: String,
    likelihood: f32,
}

/// Reads the whole dictionary, some milliseconds for 100,000 words, and only for a word that is unknown.
pub(super) fn likeliest(catalog: Catalog<'_>, asked: &[Word], at: usize) -> Result<Option<String>> {
    let Catalog { searcher, fields, analyzer } = catalog;
    let unknown: Vec<char> = asked[at].plain.chars().collect();
    let mistakes_max = if unknown.len() >= TWO_MISTAKES_CHARS_MIN { 2 } else { 1 };
    let found = dictionary::near(searcher, fields, &unknown, mistakes_max)?;
    let least = found.values().map(|near| near.mistakes).min();
    let mut candidates = Vec::new();
    for (word, near) in found.into_iter().filter(|(_, near)| Some(near.mistakes) == least) {
        let stem = analyzer.stem(&word);
        let in_titles = words::doc_freq(searcher, fields.title, &stem)? as f32;
        let likelihood = (in_titles + ANYWHERE * near.products as f32) * start(&unknown, &word);
        candidates.push(Candidate { word, stem, likelihood });
    }
    sort(&mut candidates);
    candidates.truncate(CANDIDATES_MAX);
    if candidates.len() > 1 {
        hear_the_others(catalog, asked, at, &mut candidates)?;
        sort(&mut candidates);
    }
    Ok(candidates.into_iter().next().map(|candidate| candidate.word))
}

fn start(unknown: &[char], word: &str) -> f32 {
    if unknown.first() == word.chars().next().as_ref() { SAME_START } else { 1.0 }
}

fn sort(candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then_with(|| a.word.cmp(&b.word)));
}

/// The other words of the query say what the unknown one is about.
fn hear_the_others(
    catalog: Catalog<'_>,
    asked: &[Word],
    at: usize,
    candidates: &mut [Candidate],
) -> Result<()> {
    let Catalog { searcher, fields, .. } = catalog;
    let unknown: Vec<char> = asked[at].plain.chars().collect();
    let products = searcher.num_docs().max(1) as f32;
    for (other_at, other) in asked.iter().enumerate().filter(|(n, word)| *n != at && !word.unwanted) {
        let found = words::doc_freq(searcher, fields.title, &other.stem)?;
        if found == 0 {
            continue;
        }
        let weight = rarity(found as f32, products);
        for candidate in candidates.iter_mut() {
            let (first, second) =
                if other_at < at { (&other.stem, &candidate.stem) } else { (&candidate.stem, &other.stem) };
            let (both, beside) = together(searcher, fields, first, second)?;
            let beside = if other_at.abs_diff(at) == 1 { beside as f32 } else { 0.0 };
            let heard = WITH_ANOTHER * both as f32 + BESIDE_ANOTHER * beside;
            candidate.likelihood += weight * heard * start(&unknown, &candidate.word);
        }
    }
    Ok(())
}
