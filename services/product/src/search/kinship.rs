//! What the best matches are, the others are likelier to be as well: whoever asks for `kindle fire` and finds tablets
//! first hardly means firewood.
//!
//! The categories of the best matches are weighed by their scores, and every match gains by its share in them.
#![expect(clippy::float_arithmetic, reason = "a score is no money")]
#![expect(clippy::cast_precision_loss, reason = "a path has few steps")]

use std::collections::HashMap;

use tantivy::Searcher;
use tantivy::columnar::StrColumn;

use super::Result;
use super::ranking::Scores;

/// So many matches say what is meant.
const BEST: usize = 20;
/// What a product gains that stands where all the best do: as much again.
const GAIN: f32 = 1.0;
/// What a product without a category is taken for.
const UNPLACED_SHARE: f32 = 0.3;

pub(super) fn favor(searcher: &Searcher, segments: &mut [Scores]) -> Result<()> {
    let columns: Vec<Option<StrColumn>> = searcher
        .segment_readers()
        .iter()
        .map(|segment| segment.fast_fields().str("category_path"))
        .collect::<tantivy::Result<_>>()?;
    let shares = shares(searcher, segments, &columns)?;
    if shares.is_empty() {
        return Ok(());
    }
    for (scores, column) in segments.iter_mut().zip(&columns) {
        let Some(column) = column else { continue };
        let mut share_of = vec![0.0_f32; column.num_terms()];
        for (path, share) in &shares {
            let ordinal = column.dictionary().term_ord(path.as_bytes())?;
            if let Some(at) = ordinal.and_then(|ordinal| usize::try_from(ordinal).ok()) {
                share_of[at] = *share;
            }
        }
        let Scores { score, touched, .. } = scores;
        for doc in touched.iter() {
            let (mut sum, mut steps) = (0.0, 0_u32);
            for ordinal in column.term_ords(*doc) {
                sum += usize::try_from(ordinal).map_or(0.0, |at| share_of[at]);
                steps += 1;
            }
            let share = if steps == 0 { UNPLACED_SHARE } else { sum / steps as f32 };
            score[*doc as usize] *= 1.0 + GAIN * share;
        }
    }
    Ok(())
}

/// Category paths and how much of the best matches' score stands in them, in all 1. A path counts with every step from
/// the root, so that neighbors in the tree have something in common.
fn shares(
    searcher: &Searcher,
    segments: &[Scores],
    columns: &[Option<StrColumn>],
) -> Result<HashMap<String, f32>> {
    let mut best: Vec<(f32, usize, u32)> = Vec::new();
    for (at, scores) in segments.iter().enumerate() {
        let segment = &searcher.segment_readers()[at];
        let alive = scores.touched.iter().filter(|doc| !segment.is_deleted(**doc));
        best.extend(alive.map(|doc| (scores.of_doc(*doc), at, *doc)));
    }
    if best.len() > BEST {
        best.select_nth_unstable_by(BEST, |a, b| b.0.total_cmp(&a.0));
        best.truncate(BEST);
    }
    let all: f32 = best.iter().map(|(score, ..)| score).sum();
    let mut shares = HashMap::new();
    for (score, at, doc) in best {
        let Some(column) = columns[at].as_ref().filter(|_| all > 0.0) else { continue };
        for ordinal in column.term_ords(doc) {
            let mut path = String::new();
            column.ord_to_str(ordinal, &mut path)?;
            *shares.entry(path).or_insert(0.0) += score / all;
        }
    }
    Ok(shares)
}
