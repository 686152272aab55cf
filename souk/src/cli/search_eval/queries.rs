//! Reads the file of queries. One bad line refuses the file: a query left out would make the score a lie.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// A bigger file is no list of queries.
const FILE_BYTES_MAX: u64 = 16 << 20;
const ID_CHARS_MAX: usize = 100;
/// As the search of the shop has it.
const TEXT_CHARS_MAX: usize = 500;
const HEADING: &str = "query_id\tquery";

#[derive(Debug, PartialEq)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) text: String,
}

pub(super) fn read(path: &Path) -> Result<Vec<Query>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    read.with_context(|| format!("cannot read {} as UTF-8 text", path.display()))?;
    if text.len() as u64 > FILE_BYTES_MAX {
        bail!("{}: length: a file of queries may have {FILE_BYTES_MAX} bytes at most", path.display());
    }
    parse(&text).with_context(|| path.display().to_string())
}

fn parse(text: &str) -> Result<Vec<Query>> {
    let (mut queries, mut ids) = (Vec::new(), HashSet::new());
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        if line.trim().is_empty() || (number == 1 && line == HEADING) {
            continue;
        }
        let query = query(line).with_context(|| format!("line {number}"))?;
        ensure!(ids.insert(query.id.clone()), "line {number}: id: `{}` stood before (unique)", query.id);
        queries.push(query);
    }
    ensure!(!queries.is_empty(), "there is no query in it");
    Ok(queries)
}

fn query(line: &str) -> Result<Query> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [id, text] = columns[..] else {
        bail!("must be id<TAB>text, and has {} columns (columns)", columns.len());
    };
    let fits = |text: &str, max: usize| !text.trim().is_empty() && text.chars().count() <= max;
    ensure!(fits(id, ID_CHARS_MAX), "id: must have 1 to {ID_CHARS_MAX} characters (length)");
    ensure!(fits(text, TEXT_CHARS_MAX), "text: must have 1 to {TEXT_CHARS_MAX} characters (length)");
    Ok(Query { id: id.trim().to_owned(), text: text.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        format!("{:#}", parse(text).expect_err("a bad file"))
    }

    #[test]
    fn a_file_of_queries_may_have_a_heading() {
        let mug = Query { id: "q1".to_owned(), text: "red mug".to_owned() };
        assert_eq!(parse("query_id\tquery\nq1\tred mug\n\n").expect("queries"), [mug]);
        assert_eq!(parse("q1\tred mug\r\nq2\ttee").expect("queries").len(), 2);
    }

    #[test]
    fn a_bad_line_is_named_with_the_rule_it_breaks() {
        assert_eq!(refusal("q1\ttee\nred mug"), "line 2: must be id<TAB>text, and has 1 columns (columns)");
        assert_eq!(refusal("q1\t \n"), "line 1: text: must have 1 to 500 characters (length)");
        assert_eq!(
            refusal(&format!("q1\t{}", "m".repeat(501))),
            "line 1: text: must have 1 to 500 characters (length)"
        );
        assert_eq!(refusal("q1\ttee\nq1\tmug"), "line 2: id: `q1` stood before (unique)");
        assert_eq!(refusal("query_id\tquery\n"), "there is no query in it");
    }
}
