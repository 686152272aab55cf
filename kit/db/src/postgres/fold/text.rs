//! One statement that does what many with the same text do: their arguments come as columns, one row for each.
//!
//! `insert into t (a, b) values ($1, $2)` becomes
//! `insert into t (a, b) select given.arg1, given.arg2 from unnest($1, $2) with ordinality as given(arg1, arg2, nth)`,
//! and `update t set a = $1 where id = $2` becomes
//! `update t set a = given.arg1 from unnest($1, $2) … where (id = given.arg2) returning given.nth`.
//!
//! The rows of an update are told apart by its *keys*, the arguments that a column of the row must equal: statements
//! with different keys change different rows, so each is counted as if it had run by itself.

use std::fmt::Write;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) sql: String,
    /// Positions of arguments, from 0; none for an insert.
    pub(super) keys: Vec<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Insert,
    /// Tells of each row it changed for whom that was.
    Update,
}

impl Text {
    /// None if the text is of another form, or says anything that looks further than at its own row.
    pub(super) fn of(sql: &str, args: usize) -> Option<Text> {
        let words = Words::of(sql)?;
        if args == 0 || words.anywhere("select") || words.at("returning").is_some() {
            return None;
        }
        match words.first()? {
            "insert" => insert(sql, &words, args),
            "update" => update(sql, &words, args),
            _ => None,
        }
    }
}

fn insert(sql: &str, words: &Words<'_>, args: usize) -> Option<Text> {
    let values = words.at("values")?;
    let (list, rest) = in_parentheses(sql[values + "values".len()..].trim_start())?;
    let rest = rest.trim();
    let is_plain = rest.is_empty() || (rest.starts_with("on conflict") && rest.ends_with("do nothing"));
    if !is_plain {
        return None;
    }
    let mut folded = format!("{}select {}", &sql[..values], with_columns(list, args)?);
    write!(folded, " {} {rest}", given(args)).ok()?;
    Some(Text { sql: folded, keys: Vec::new(), kind: Kind::Insert })
}

fn update(sql: &str, words: &Words<'_>, args: usize) -> Option<Text> {
    let condition = words.at("where")?;
    if words.at("from").is_some() {
        return None;
    }
    let (head, guards) = (&sql[..condition], &sql[condition + "where".len()..]);
    let keys = keys(guards, args);
    if keys.is_empty() {
        return None;
    }
    let mut folded = with_columns(head, args)?;
    let guards = with_columns(guards.trim(), args)?;
    write!(folded, "{} where ({guards}) returning given.nth", given(args)).ok()?;
    Some(Text { sql: folded, keys, kind: Kind::Update })
}

/// The rows of arguments, numbered from 1.
fn given(args: usize) -> String {
    let (mut arrays, mut names) = (String::new(), String::new());
    for number in 1..=args {
        let _ = write!(arrays, "{}${number}", if number > 1 { ", " } else { "" });
        let _ = write!(names, "arg{number}, ");
    }
    format!("from unnest({arrays}) with ordinality as given({names}nth)")
}

/// `$1` becomes `given.arg1`, and so on.
fn with_columns(text: &str, args: usize) -> Option<String> {
    let mut parts = text.split('$');
    let mut folded = parts.next()?.to_owned();
    for part in parts {
        let (number, rest) = number(part)?;
        if !(1..=args).contains(&number) {
            return None;
        }
        write!(folded, "given.arg{number}{rest}").ok()?;
    }
    Some(folded)
}

/// The number that the text begins with, and the rest.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// Arguments in conditions of the form `column = $1` that must hold by themselves.
fn keys(guards: &str, args: usize) -> Vec<usize> {
    let Some(words) = Words::of(guards) else { return Vec::new() };
    if words.at("or").is_some() {
        return Vec::new();
    }
    let mut ends: Vec<usize> = words.all("and").collect();
    ends.push(guards.len());
    let (mut keys, mut start) = (Vec::new(), 0);
    for end in ends {
        let condition = guards[start..end].trim().trim_start_matches("and ").trim();
        if let Some((column, argument)) = condition.split_once(" = $")
            && column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
            && let Ok(number) = argument.parse::<usize>()
            && (1..=args).contains(&number)
        {
            keys.push(number - 1);
        }
        start = end;
    }
    keys
}

/// What stands between the first parenthesis and its end, and what comes after.
fn in_parentheses(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('(')?;
    let mut depth = 1;
    for (at, c) in outside_of_quotes(inner) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&inner[..at], &inner[at + 1..]));
        }
    }
    None
}

fn outside_of_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quoted = false;
    text.char_indices().filter(move |(_, c)| {
        let is_quote = *c == '\'';
        quoted ^= is_quote;
        !quoted && !is_quote
    })
}

/// The words of a text, and how deep in parentheses each stands. Texts that quote more than values are not read.
struct Words<'a>(Vec<(usize, &'a str, usize)>);

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Option<Words<'a>> {
        if text.contains(['"', ';']) || text.contains("--") {
            return None;
        }
        let (mut words, mut depth, mut start) = (Vec::new(), 0_usize, None);
        for (at, c) in outside_of_quotes(text).chain([(text.len(), ' ')]) {
            let in_word = c.is_ascii_alphanumeric() || c == '_';
            match (start, in_word) {
                (None, true) => start = Some(at),
                (Some(begin), false) => {
                    words.push((begin, &text[begin..at], depth));
                    start = None;
                }
                _ => {}
            }
            match c {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        Some(Words(words))
    }

    fn first(&self) -> Option<&'a str> {
        self.0.first().map(|(_, word, _)| *word)
    }

    fn anywhere(&self, wanted: &str) -> bool {
        self.0.iter().any(|(_, word, _)| *word == wanted)
    }

    /// Where it stands outside of parentheses.
    fn all(&self, wanted: &str) -> impl Iterator<Item = usize> {
        self.0.iter().filter(move |(_, word, depth)| *word == wanted && *depth == 0).map(|(at, ..)| *at)
    }

    /// Where it stands outside of parentheses for the only time.
    fn at(&self, wanted: &str) -> Option<usize> {
        let mut places = self.all(wanted);
        places.next().filter(|_| places.next().is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_take_their_values_from_columns() {
        let folded = Text::of("insert into t (a, b) values ($1, lower($2)) on conflict (a) do nothing", 2);
        let sql = "insert into t (a, b) select given.arg1, lower(given.arg2) \
            from unnest($1, $2) with ordinality as given(arg1, arg2, nth) on conflict (a) do nothing";
        assert_eq!(folded, Some(Text { sql: sql.to_owned(), keys: vec![], kind: Kind::Insert }));
    }

    #[test]
    fn updates_tell_for_whom_each_row_was() {
        let folded =
            Text::of("update t set v = v + 1, s = $3 where id = $1 and v = $2 and (s <> $3 or v > 0)", 3);
        let sql = "update t set v = v + 1, s = given.arg3 \
            from unnest($1, $2, $3) with ordinality as given(arg1, arg2, arg3, nth) \
            where (id = given.arg1 and v = given.arg2 and (s <> given.arg3 or v > 0)) returning given.nth";
        assert_eq!(folded, Some(Text { sql: sql.to_owned(), keys: vec![0, 1], kind: Kind::Update }));
    }

    #[test]
    fn what_looks_further_than_at_its_row_stays_as_it_is() {
        for sql in [
            "insert into t (a) select id from u where id = $1",
            "insert into t (a) values ((select max(a) from t where a < $1))",
            "insert into t (a) values ($1), ($2)",
            "insert into t (a) values ($1) on conflict (a) do update set b = 1",
            "insert into t (a) values ($1) returning a",
            "update t set a = $1",
            "update t set a = $1 where b < $2",
            "update t set a = $1 where id = $2 or b = $1",
            "update t set a = u.a from u where t.id = u.id and u.id = $1",
            "update t set a = $1 where id in (select id from u where v = $2)",
            "delete from t where id = $1",
            "select pg_advisory_lock($1)",
        ] {
            assert_eq!(Text::of(sql, 2), None, "{sql}");
        }
    }

    #[test]
    fn quoted_values_are_not_read_as_words() {
        let folded =
            Text::of("update t set s = 'from select' where id = $1 and s <> 'or ('", 1).expect("folds");
        assert!(folded.sql.contains("set s = 'from select' from unnest($1)"), "{}", folded.sql);
    }
}
