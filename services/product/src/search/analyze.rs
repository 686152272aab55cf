//! Takes text apart into words, the same way for what is stored and for what is asked.
//!
//! A model number is one word and several: `DCR-TRV270` is found by `dcrtrv270`, `dcr trv270` and `trv 270`.

use std::sync::Mutex;
use std::sync::PoisonError;

use tantivy::Index;
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};

/// Words brought to their stem: `speakers` is `speaker`.
pub(super) const STEMMED: &str = "souk_stemmed";
/// Words as they are written, in lower case and without accents: what spelling is repaired from.
pub(super) const PLAIN: &str = "souk_plain";

/// A longer word is no word; it is cut.
const WORD_CHARS_MAX: usize = 48;

pub(super) fn register(index: &Index) {
    index.tokenizers().register(STEMMED, stemmed());
    index.tokenizers().register(PLAIN, plain());
}

fn stemmed() -> TextAnalyzer {
    TextAnalyzer::builder(Words).filter(AsciiFoldingFilter).filter(Stemmer::new(Language::English)).build()
}

fn plain() -> TextAnalyzer {
    TextAnalyzer::builder(Words).filter(AsciiFoldingFilter).build()
}

/// The analyzers as a query uses them.
pub(super) struct Analyzer {
    stemmed: Mutex<TextAnalyzer>,
    plain: Mutex<TextAnalyzer>,
}

impl Default for Analyzer {
    fn default() -> Analyzer {
        Analyzer { stemmed: Mutex::new(stemmed()), plain: Mutex::new(plain()) }
    }
}

impl Analyzer {
    /// The stem of one word.
    pub(super) fn stem(&self, word: &str) -> String {
        first(&self.stemmed, word)
    }

    /// One word in lower case, without accents.
    pub(super) fn plain(&self, word: &str) -> String {
        first(&self.plain, word)
    }
}

fn first(analyzer: &Mutex<TextAnalyzer>, word: &str) -> String {
    let mut analyzer = analyzer.lock().unwrap_or_else(PoisonError::into_inner);
    let mut stream = analyzer.token_stream(word);
    if stream.advance() { std::mem::take(&mut stream.token_mut().text) } else { String::new() }
}

/// A code as it is compared: letters and digits only, in lower case. `AB-12/c` is `ab12c`.
pub(super) fn code(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(WORD_CHARS_MAX).collect()
}

/// A run of letters and digits, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    pub(super) from: usize,
    /// The number of the whitespace-separated chunk that it is part of.
    pub(super) chunk: usize,
}

/// The runs of letters and digits. An apostrophe is part of its word.
pub(super) fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut chunk = 0;
    let mut start: Option<usize> = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let part = c.is_alphanumeric() || (start.is_some() && is_apostrophe(c));
        match (part, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let run = text[from..at].trim_end_matches(is_apostrophe);
                runs.push(Run { text: run, from, chunk });
                start = None;
            }
            _ => {}
        }
        if c.is_whitespace() {
            chunk += 1;
        }
    }
    runs
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’')
}

/// A run in lower case, without its apostrophes, of a sane length.
pub(super) fn word(run: &str) -> String {
    run.chars().filter(|c| !is_apostrophe(*c)).flat_map(char::to_lowercase).take(WORD_CHARS_MAX).collect()
}

/// Where letters and digits meet: `32gb` is `32` and `gb`. Nothing when the run is all of one kind.
fn groups(word: &str) -> Vec<&str> {
    let mut groups = Vec::new();
    let (mut from, mut last) = (0, None);
    for (at, c) in word.char_indices() {
        let digit = c.is_ascii_digit();
        if last.is_some_and(|last| last != digit) {
            groups.push(&word[from..at]);
            from = at;
        }
        last = Some(digit);
    }
    if groups.is_empty() {
        return groups;
    }
    groups.push(&word[from..]);
    groups
}

/// Tantivy's view of it: each run as a word, then what it is made of, then what its chunk makes when joined.
#[derive(Clone, Copy, Default)]
struct Words;

impl Tokenizer for Words {
    type TokenStream<'a> = WordStream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> WordStream {
        let mut words = WordStream { tokens: Vec::new(), next: 0 };
        let runs = runs(text);
        for (position, chunk) in runs.chunk_by(|a, b| a.chunk == b.chunk).enumerate() {
            for run in chunk {
                let whole = word(run.text);
                let parts: Vec<String> = groups(&whole).into_iter().map(str::to_owned).collect();
                words.push(whole, position);
                parts.into_iter().filter(|part| part.len() > 1).for_each(|part| words.push(part, position));
            }
            if (2..=4).contains(&chunk.len()) {
                words.push(chunk.iter().map(|run| word(run.text)).collect(), position);
            }
        }
        words
    }
}

struct WordStream {
    tokens: Vec<Token>,
    next: usize,
}

impl WordStream {
    fn push(&mut self, text: String, position: usize) {
        if !text.is_empty() {
            self.tokens.push(Token { text, position, ..Token::default() });
        }
    }
}

impl TokenStream for WordStream {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}
