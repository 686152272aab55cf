//! Words that stand together in a title mean more than the same words apart: a `fire stick` is no stick for a fire.
#![expect(clippy::float_arithmetic, reason = "a score is no money")]

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::Result;
use super::ranking::Weighed;
use super::schema::Fields;
use super::words::{Kind, Word};

/// What two words of the query add that follow each other in a title, in words of the commoner one's kind.
const FOLLOWING_BONUS: f32 = 0.6;

/// Adds to the products whose title has two neighbors of the query as neighbors.
pub(super) fn add(
    segment: &SegmentReader,
    fields: &Fields,
    words: &[Word],
    weighed: &[Weighed<'_>],
    score: &mut [f32],
) -> Result<()> {
    let rarity = |word: &Word| {
        let is_it =
            |weighed: &&Weighed<'_>| weighed.lookup.kind == Kind::Text && weighed.lookup.token == word.stem;
        weighed.iter().find(is_it).map(|weighed| weighed.rarity)
    };
    let wanted: Vec<&Word> = words.iter().filter(|word| !word.unwanted).collect();
    for pair in wanted.windows(2) {
        let (Some(first), Some(second)) = (rarity(pair[0]), rarity(pair[1])) else { continue };
        let bonus = FOLLOWING_BONUS * first.min(second);
        in_both(segment, fields, &pair[0].stem, &pair[1].stem, |doc, following| {
            if following {
                score[doc as usize] += bonus;
            }
        })?;
    }
    Ok(())
}

/// Products with both stems in their title, and those of them where the second follows the first.
pub(super) fn together(
    searcher: &Searcher,
    fields: &Fields,
    first: &str,
    second: &str,
) -> Result<(u32, u32)> {
    let (mut both, mut following) = (0, 0);
    for segment in searcher.segment_readers() {
        in_both(segment, fields, first, second, |_, follows| {
            both += 1;
            following += u32::from(follows);
        })?;
    }
    Ok((both, following))
}

/// The postings of a stem in titles, with where it stands.
pub(super) fn in_title(
    segment: &SegmentReader,
    fields: &Fields,
    stem: &str,
) -> Result<Option<SegmentPostings>> {
    let term = Term::from_field_text(fields.title, stem);
    let index = segment.inverted_index(fields.title)?;
    Ok(index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?)
}

/// Calls `look_at` for every title with both stems, and says whether the second follows the first. Words of one chunk
/// (`fire-stick`) stand at the same place and count as following.
fn in_both(
    segment: &SegmentReader,
    fields: &Fields,
    first: &str,
    second: &str,
    mut look_at: impl FnMut(u32, bool),
) -> Result<()> {
    let (Some(mut first), Some(mut second)) =
        (in_title(segment, fields, first)?, in_title(segment, fields, second)?)
    else {
        return Ok(());
    };
    let (mut places, mut next_places) = (Vec::new(), Vec::new());
    let (mut doc, mut other) = (first.doc(), second.doc());
    while doc != TERMINATED && other != TERMINATED {
        if doc < other {
            doc = first.seek(other);
        } else if other < doc {
            other = second.seek(doc);
        } else {
            first.positions(&mut places);
            second.positions(&mut next_places);
            let follows = |place: &u32| next_places.contains(place) || next_places.contains(&(place + 1));
            look_at(doc, places.iter().any(follows));
            (doc, other) = (first.advance(), second.advance());
        }
    }
    Ok(())
}
