//! Mistypes queries: one letter left out, put in, swapped with its neighbor or hit wrongly, in one word of four letters
//! or more. The same seed makes the same mistakes.

use std::ops::Range;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Shorter words are mistyped as well, but nobody can tell what was meant.
const WORD_LETTERS_MIN: usize = 4;

pub(super) struct Typos {
    rng: StdRng,
}

impl Typos {
    pub(super) fn new(seed: u64) -> Typos {
        Typos { rng: StdRng::seed_from_u64(seed) }
    }

    /// The text with one mistake; as it is when no word is long enough.
    pub(super) fn mistype(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        let words = words(&letters);
        if words.is_empty() {
            return text.to_owned();
        }
        let word = words[self.rng.random_range(0..words.len())].clone();
        let at = self.rng.random_range(word.clone());
        match self.rng.random_range(0..4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, self.letter()),
            2 => match swappable(&letters, &word, at) {
                Some(first) => letters.swap(first, first + 1),
                None => letters[at] = self.letter_but(letters[at]),
            },
            _ => letters[at] = self.letter_but(letters[at]),
        }
        letters.into_iter().collect()
    }

    fn letter(&mut self) -> char {
        char::from(self.rng.random_range(b'a'..=b'z'))
    }

    fn letter_but(&mut self, right: char) -> char {
        loop {
            let letter = self.letter();
            if letter != right.to_ascii_lowercase() {
                return letter;
            }
        }
    }
}

/// Where the words stand that are long enough.
fn words(letters: &[char]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    for run in letters.chunk_by(|a, b| a.is_alphabetic() == b.is_alphabetic()) {
        if run[0].is_alphabetic() && run.len() >= WORD_LETTERS_MIN {
            words.push(at..at + run.len());
        }
        at += run.len();
    }
    words
}

/// The first of two neighbors in the word that differ, from `at` on or else from the start.
fn swappable(letters: &[char], word: &Range<usize>, at: usize) -> Option<usize> {
    let last = word.end - 1;
    (at..last).chain(word.start..at).find(|first| letters[*first] != letters[first + 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "hp wireless keyboard 32gb";

    #[test]
    fn the_same_seed_makes_the_same_mistakes() {
        let hundred = |seed| {
            let mut typos = Typos::new(seed);
            (0..100).map(|_| typos.mistype(TEXT)).collect::<Vec<_>>()
        };
        assert_eq!(hundred(7), hundred(7));
        assert_ne!(hundred(7), hundred(8));
    }

    #[test]
    fn each_query_is_mistyped_once_and_only_in_a_long_word() {
        let mut typos = Typos::new(1);
        for _ in 0..1_000 {
            let mistyped = typos.mistype(TEXT);
            assert_ne!(mistyped, TEXT);
            assert!(mistyped.starts_with("hp ") && mistyped.ends_with(" 32gb"), "{mistyped}");
            assert!(mistyped.contains(" wireless ") || mistyped.contains(" keyboard "), "{mistyped}");
            assert!(mistyped.chars().count().abs_diff(TEXT.chars().count()) <= 1, "{mistyped}");
        }
    }

    #[test]
    fn a_query_without_a_long_word_stays_as_it_is() {
        assert_eq!(Typos::new(1).mistype("tv 4k 300 mm"), "tv 4k 300 mm");
        assert_ne!(Typos::new(1).mistype("aaaa"), "aaaa");
    }
}
