//! Repairs words that the catalog lacks. A word that stands in any product is right as it is: repairing only
//! what is unknown costs clean queries nothing.

use std::collections::HashMap;

use tantivy::Searcher;

use super::Result;
use super::analyze::Analyzer;
use super::schema::Fields;
use super::words::{self, Word};

/// Shorter words have too many neighbors to guess among.
const REPAIRED_CHARS_MIN: usize = 4;
/// From this length on, two mistakes are forgiven.
const TWO_MISTAKES_CHARS_MIN: usize = 7;

/// The words of `text` with every unknown one replaced by the likeliest known one; the new text if any was.
pub(super) fn repair(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    text: &str,
) -> Result<(Vec<Word>, Option<String>)> {
    let asked = words::words(analyzer, text);
    let mut replaced: Vec<(usize, usize, String)> = Vec::new();
    for (at, word) in asked.iter().enumerate() {
        if !is_repairable(&word.plain) || words::is_known(searcher, fields, word)? {
            continue;
        }
        if joins_a_neighbor(searcher, fields, analyzer, &asked, at)? {
            continue;
        }
        if let Some(likeliest) = likeliest(searcher, fields, &word.plain)? {
            replaced.push((word.from, word.to, likeliest));
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

/// Numbers and codes are not misspelt words.
fn is_repairable(word: &str) -> bool {
    word.chars().count() >= REPAIRED_CHARS_MIN && word.chars().all(char::is_alphabetic)
}

/// `power bank` where the catalog says `powerbank`.
fn joins_a_neighbor(
    searcher: &Searcher,
    fields: &Fields,
    analyzer: &Analyzer,
    words: &[Word],
    at: usize,
) -> Result<bool> {
    let before = at.checked_sub(1).map(|before| (before, at));
    let after = Some((at, at + 1)).filter(|(_, after)| *after < words.len());
    for (first, second) in before.into_iter().chain(after) {
        let joined = analyzer.stem(&format!("{}{}", words[first].plain, words[second].plain));
        if words::doc_freq(searcher, fields.title, &joined)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The known word with the fewest mistakes; among those the most frequent, a kept first letter counting much.
/// Reads the whole dictionary, some milliseconds for 100,000 words, and only for a word that is unknown.
fn likeliest(searcher: &Searcher, fields: &Fields, unknown: &str) -> Result<Option<String>> {
    let unknown: Vec<char> = unknown.chars().collect();
    let mistakes_max = if unknown.len() >= TWO_MISTAKES_CHARS_MIN { 2 } else { 1 };
    let mut found: HashMap<String, (usize, u64)> = HashMap::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.words)?;
        let mut terms = index.terms().stream()?;
        while terms.advance() {
            let Ok(known) = std::str::from_utf8(terms.key()) else { continue };
            if known.len().abs_diff(unknown.len()) > mistakes_max * 4 {
                continue;
            }
            let Some(mistakes) = mistakes(&unknown, known, mistakes_max) else { continue };
            let entry = found.entry(known.to_owned()).or_insert((mistakes, 0));
            entry.1 += u64::from(terms.value().doc_freq);
        }
    }
    let best = found.into_iter().max_by_key(|(known, (mistakes, products))| {
        let same_start = unknown.first() == known.chars().next().as_ref();
        let likelihood = products.saturating_mul(if same_start { 10 } else { 1 });
        (std::cmp::Reverse(*mistakes), likelihood, std::cmp::Reverse(known.clone()))
    });
    Ok(best.map(|(known, _)| known))
}

/// How many letters were missed, added, swapped for another or with their neighbor; `None` beyond `max`.
fn mistakes(unknown: &[char], known: &str, max: usize) -> Option<usize> {
    let mut known_chars = [' '; 32];
    let mut len = 0;
    for c in known.chars() {
        if len == known_chars.len() || !c.is_alphabetic() {
            return None;
        }
        known_chars[len] = c;
        len += 1;
    }
    let known = &known_chars[..len];
    if known.len().abs_diff(unknown.len()) > max {
        return None;
    }
    // Three rows of the table: two back for swapped neighbors, one back, and the one being filled.
    let mut rows = [[0_usize; 33]; 3];
    rows[0] = std::array::from_fn(|column| column);
    for (line, &asked) in unknown.iter().enumerate() {
        let (now, before, earlier) = ((line + 1) % 3, line % 3, (line + 2) % 3);
        rows[now][0] = line + 1;
        let mut least = line + 1;
        for column in 1..=len {
            let same = usize::from(known[column - 1] != asked);
            let mut cost = (rows[before][column - 1] + same)
                .min(rows[before][column] + 1)
                .min(rows[now][column - 1] + 1);
            if line > 0 && column > 1 && unknown[line - 1] == known[column - 1] && known[column - 2] == asked
            {
                cost = cost.min(rows[earlier][column - 2] + 1);
            }
            rows[now][column] = cost;
            least = least.min(cost);
        }
        if least > max {
            return None;
        }
    }
    Some(rows[unknown.len() % 3][len]).filter(|mistakes| *mistakes <= max)
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    #[test]
    fn a_mistake_is_a_letter_missed_added_or_swapped() {
        let count = |asked: &str, known| mistakes(&asked.chars().collect::<Vec<_>>(), known, 2);
        assert_eq!(count("speaker", "speaker"), Some(0));
        assert_eq!(count("spaeker", "speaker"), Some(1));
        assert_eq!(count("speker", "speaker"), Some(1));
        assert_eq!(count("speeaker", "speaker"), Some(1));
        assert_eq!(count("blutooht", "bluetooth"), Some(2));
        assert_eq!(count("mouse", "keyboard"), None);
        assert_eq!(count("abc", "c4872a"), None);
    }
}
