//! What the product is to be without: `wall lamp without cord` looks for lamps, and rather not for those with a cord.
//!
//! What follows `without` is no word to be found by. A title that has it is held against the product, unless it
//! denies it as well (`No Cord`, `Without a Cord`, `Cord-Free`): then it is just what was asked for.
#![expect(clippy::float_arithmetic, reason = "a score is no money")]

use std::collections::HashMap;

use tantivy::postings::Postings;
use tantivy::{DocSet, SegmentReader, TERMINATED};

use super::Result;
use super::proximity::in_title;
use super::schema::Fields;
use super::words::Word;

const WITHOUT: &str = "without";
/// What denies the words after it in a title, as stems.
const DENIALS_BEFORE: [&str; 4] = [WITHOUT, "no", "not", "non"];
/// What denies the word before it: `sugar free`.
const DENIAL_AFTER: &str = "free";
/// How far a denial reaches: `without an attached cord`.
const REACH: u32 = 3;
/// What is left of the score when the title has what is unwanted.
const HAS_IT: f32 = 0.6;
/// What becomes of the score when the title says that it does not.
const DENIES_IT: f32 = 1.2;

/// Marks the words from `without` (or `w/o`) on. A text that begins with it asks for nothing else, and means it.
pub(super) fn mark(words: &mut [Word]) {
    let is_without = |at: usize| {
        let abbreviated = |next: &Word| next.plain == "o" && next.chunk == words[at].chunk;
        words[at].plain == WITHOUT || (words[at].plain == "w" && words.get(at + 1).is_some_and(abbreviated))
    };
    if let Some(from) = (1..words.len()).find(|at| is_without(*at)) {
        words[from..].iter_mut().for_each(|word| word.unwanted = true);
    }
}

/// Lowers what has the unwanted in its title, raises what denies it.
pub(super) fn hold_against(
    segment: &SegmentReader,
    fields: &Fields,
    words: &[Word],
    score: &mut [f32],
) -> Result<()> {
    let unwanted = || words.iter().filter(|word| word.unwanted && word.plain != WITHOUT);
    if unwanted().next().is_none() {
        return Ok(());
    }
    let mut before: HashMap<u32, Vec<u32>> = HashMap::new();
    for denial in DENIALS_BEFORE {
        places(segment, fields, denial, |doc, places| {
            before.entry(doc).or_default().extend_from_slice(places);
        })?;
    }
    let mut after: HashMap<u32, Vec<u32>> = HashMap::new();
    places(segment, fields, DENIAL_AFTER, |doc, places| {
        after.insert(doc, places.to_vec());
    })?;
    for word in unwanted() {
        places(segment, fields, &word.stem, |doc, places| {
            let denied_at = |place: &u32| {
                let ahead = |denial: &u32| denial < place && place - denial <= REACH;
                let behind = |denial: &u32| *denial == place + 1 || denial == place;
                before.get(&doc).is_some_and(|denials| denials.iter().any(ahead))
                    || after.get(&doc).is_some_and(|denials| denials.iter().any(behind))
            };
            score[doc as usize] *= if places.iter().any(denied_at) { DENIES_IT } else { HAS_IT };
        })?;
    }
    Ok(())
}

/// Where a stem stands, title by title.
fn places(
    segment: &SegmentReader,
    fields: &Fields,
    stem: &str,
    mut look_at: impl FnMut(u32, &[u32]),
) -> Result<()> {
    let Some(mut postings) = in_title(segment, fields, stem)? else { return Ok(()) };
    let mut places = Vec::new();
    while postings.doc() != TERMINATED {
        postings.positions(&mut places);
        look_at(postings.doc(), &places);
        postings.advance();
    }
    Ok(())
}
