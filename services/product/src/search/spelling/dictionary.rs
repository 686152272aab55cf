//! The words that the catalog has, and how far each is from one that it lacks.

use std::collections::HashMap;

use tantivy::Searcher;

use crate::search::Result;
use crate::search::schema::Fields;

/// Of words this short only a letter that is missing is made good: every three letters are a mistake away from many.
const ONLY_MISSED_CHARS_MAX: usize = 3;

/// A known word that is close to an unknown one.
pub(super) struct Near {
    pub(super) mistakes: usize,
    /// In how many products it stands.
    pub(super) products: u64,
}

/// The known words within so many mistakes.
pub(super) fn near(
    searcher: &Searcher,
    fields: &Fields,
    unknown: &[char],
    mistakes_max: usize,
) -> Result<HashMap<String, Near>> {
    let mut found: HashMap<String, Near> = HashMap::new();
    let letters_of_unknown = letters(unknown.iter().copied());
    let only_missed = unknown.len() <= ONLY_MISSED_CHARS_MAX;
    each(searcher, fields, |known, products| {
        let known_len = if known.is_ascii() { known.len() } else { known.chars().count() };
        if known_len.abs_diff(unknown.len()) > mistakes_max || (only_missed && known_len <= unknown.len()) {
            return;
        }
        let known_letters = letters(known.chars());
        let missing = (letters_of_unknown & !known_letters).count_ones();
        let added = (known_letters & !letters_of_unknown).count_ones();
        if missing.max(added) as usize > mistakes_max {
            return;
        }
        if let Some(mistakes) = mistakes(unknown, known, mistakes_max) {
            found.entry(known.to_owned()).or_insert(Near { mistakes, products: 0 }).products += products;
        }
    })?;
    Ok(found)
}

/// Every known word with the number of products that have it, segment by segment.
pub(super) fn each(searcher: &Searcher, fields: &Fields, mut look_at: impl FnMut(&str, u64)) -> Result<()> {
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(fields.words)?;
        let mut terms = index.terms().stream()?;
        while terms.advance() {
            if let Ok(known) = std::str::from_utf8(terms.key()) {
                look_at(known, u64::from(terms.value().doc_freq));
            }
        }
    }
    Ok(())
}

/// Which of the 26 letters there are, as bits: a mistake brings one in at the most, and takes one away.
fn letters(word: impl Iterator<Item = char>) -> u32 {
    word.filter(char::is_ascii_lowercase).fold(0, |bits, letter| bits | 1 << (letter as u32 - 'a' as u32))
}

/// How many letters were missed, added, swapped for another or with their neighbor; `None` beyond `max`.
pub(super) fn mistakes(unknown: &[char], known: &str, max: usize) -> Option<usize> {
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
