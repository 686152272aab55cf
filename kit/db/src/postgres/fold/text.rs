//! One statement that does what many with the same text do: their arguments come as columns, one row for each.
//!
//! `insert into t (a, b) values ($1, $2)` becomes
//! `insert into t (a, b) select given.arg1, given.arg2 from unnest($1, $2) with ordinality as given(arg1, arg2, nth)`,
//! and `update t set a = $1 where id = $2 returning b` becomes
//! `update t set a = given.arg1 from unnest($1, $2) … where id = given.arg2 returning b, given.nth`. An
//! `insert into t … select … from u where …` takes its rows from both.
//!
//! A statement that asks about other rows of its own table stays as it is: it would not see what its neighbors do.
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
    /// None if the text is of another form, or asks about other rows of its table.
    pub(super) fn of(sql: &str, args: usize) -> Option<Text> {
        let words = Words::of(sql)?;
        if args == 0 {
            return None;
        }
        match (words.follows(&["insert", "into"]), words.follows(&["update"])) {
            (Some(table), _) if !words.reads(table) => insert(sql, &words, args),
            (_, Some(table)) if !words.reads(table) => update(sql, &words, args),
            _ => None,
        }
    }
}

fn insert(sql: &str, words: &Words<'_>, args: usize) -> Option<Text> {
    if words.at("returning").is_some() {
        return None;
    }
    let (sql, rest) = match sql.find("on conflict") {
        Some(conflict) if sql.trim_end().ends_with("do nothing") => sql.split_at(conflict),
        Some(_) => return None,
        None => (sql, ""),
    };
    let folded = match words.at("values") {
        Some(values) => {
            let (list, more) = in_parentheses(sql[values + "values".len()..].trim_start())?;
            if !more.trim().is_empty() {
                return None;
            }
            format!("{}select {} {}", &sql[..values], with_columns(list, args)?, given(args))
        }
        None => select(sql, words, args)?,
    };
    let sql = format!("{folded} {rest}").trim_end().to_owned();
    Some(Text { sql, keys: Vec::new(), kind: Kind::Insert })
}

/// `insert into t (a) select $1 [from u] [where …]`.
fn select(sql: &str, words: &Words<'_>, args: usize) -> Option<String> {
    let selects = words.at("select")?;
    if ["union", "group", "order", "limit", "distinct", "with"].iter().any(|word| words.at(word).is_some()) {
        return None;
    }
    let (sql, guards) = match words.at("where") {
        Some(condition) => (&sql[..condition], &sql[condition + "where".len()..]),
        None => (sql, ""),
    };
    let (list, tables) = match words.at("from") {
        Some(from) => (&sql[selects..from], &sql[from + "from".len()..]),
        None => (&sql[selects..], ""),
    };
    let mut folded = format!("{}{} {}", &sql[..selects], with_columns(list.trim_end(), args)?, given(args));
    if !tables.trim().is_empty() {
        write!(folded, ", {}", with_columns(tables.trim(), args)?).ok()?;
    }
    if !guards.trim().is_empty() {
        write!(folded, " where ({})", with_columns(guards.trim(), args)?).ok()?;
    }
    Some(folded)
}

fn update(sql: &str, words: &Words<'_>, args: usize) -> Option<Text> {
    let condition = words.at("where")?;
    if words.at("from").is_some() {
        return None;
    }
    let (sql, returned) = match words.at("returning") {
        Some(returning) => (&sql[..returning], format!("{}, ", sql[returning + "returning".len()..].trim())),
        None => (sql, String::new()),
    };
    let (head, guards) = (&sql[..condition], &sql[condition + "where".len()..]);
    let guards = Guards::of(guards, args)?;
    let keys: Vec<usize> = guards.keys.iter().map(|(_, argument)| *argument).collect();
    if keys.is_empty() {
        return None;
    }
    let mut folded = with_columns(head.trim_end(), args)?;
    let guards = with_columns(&guards.text(), args)?;
    write!(folded, " {} where {guards} returning {returned}given.nth", given(args)).ok()?;
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

/// The conditions of an update that must all hold.
struct Guards<'a> {
    /// `column = $1`, with the position of the argument.
    keys: Vec<(&'a str, usize)>,
    others: Vec<&'a str>,
}

impl<'a> Guards<'a> {
    fn of(text: &'a str, args: usize) -> Option<Guards<'a>> {
        let words = Words::of(text)?;
        if words.at("or").is_some() {
            return None;
        }
        let mut guards = Guards { keys: Vec::new(), others: Vec::new() };
        let mut start = 0;
        for end in words.all("and").chain([text.len()]) {
            let condition = text[start..end].trim();
            match key(condition, args) {
                Some(argument) => guards.keys.push((condition, argument)),
                None => guards.others.push(condition),
            }
            start = end + "and".len();
        }
        Some(guards)
    }

    /// The server finds rows by their keys. It must not find them by a guard that an index of few rows is about, such as
    /// `state = 'pending'`: it would read all of them once for each row of arguments.
    fn text(&self) -> String {
        let keys: Vec<&str> = self.keys.iter().map(|(condition, _)| *condition).collect();
        let keys = keys.join(" and ");
        match self.others.as_slice() {
            [] => keys,
            others => format!("{keys} and case when {} then true else false end", others.join(" and ")),
        }
    }
}

/// The argument of a condition of the form `column = $1`.
fn key(condition: &str, args: usize) -> Option<usize> {
    let (column, argument) = condition.split_once(" = $")?;
    let number: usize = argument.parse().ok()?;
    let is_column = column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    (is_column && (1..=args).contains(&number)).then(|| number - 1)
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

    /// The word after these, which the text begins with.
    fn follows(&self, beginning: &[&str]) -> Option<&'a str> {
        let mut words = self.0.iter().map(|(_, word, _)| *word);
        if beginning.iter().any(|word| words.next() != Some(*word)) {
            return None;
        }
        words.next()
    }

    /// Whether a part of it asks this table.
    fn reads(&self, table: &str) -> bool {
        let from = |word: &str| matches!(word, "from" | "join" | "using");
        self.0.windows(2).any(|pair| from(pair[0].1) && pair[1].1 == table)
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
        let sql =
            "update t set v = v + 1, s = $3 where id = $1 and v = $2 and (s <> $3 or v > 0) returning s, v";
        let folded = Text::of(sql, 3);
        let sql = "update t set v = v + 1, s = given.arg3 \
            from unnest($1, $2, $3) with ordinality as given(arg1, arg2, arg3, nth) \
            where id = given.arg1 and v = given.arg2 and case when (s <> given.arg3 or v > 0) then true else false end \
            returning s, v, given.nth";
        assert_eq!(folded, Some(Text { sql: sql.to_owned(), keys: vec![0, 1], kind: Kind::Update }));
    }

    #[test]
    fn inserts_that_ask_other_tables_take_their_rows_from_both() {
        let folded = |sql| Text::of(sql, 2).map(|text| text.sql);
        let sql = "insert into t (a, b) select id, $2 from u where id = $1";
        let both = "insert into t (a, b) select id, given.arg2 \
            from unnest($1, $2) with ordinality as given(arg1, arg2, nth), u where (id = given.arg1)";
        assert_eq!(folded(sql).as_deref(), Some(both));
        let sql = "insert into t (a, b) select $1, $2 where not exists (select 1 from u where a = $2) \
            on conflict (a) do nothing";
        let both = "insert into t (a, b) select given.arg1, given.arg2 \
            from unnest($1, $2) with ordinality as given(arg1, arg2, nth) \
            where (not exists (select 1 from u where a = given.arg2)) on conflict (a) do nothing";
        assert_eq!(folded(sql).as_deref(), Some(both));
    }

    #[test]
    fn what_looks_further_than_at_its_row_stays_as_it_is() {
        for sql in [
            "insert into t (a) select a + 1 from t where id = $1",
            "insert into t (a) select $1 where not exists (select 1 from t where a = $1)",
            "insert into t (a) select id from u where id > $1 order by id limit $2",
            "insert into t (a) values ((select max(a) from t where a < $1))",
            "insert into t (a) values ($1), ($2)",
            "insert into t (a) values ($1) on conflict (a) do update set b = 1",
            "insert into t (a) values ($1) returning a",
            "update t set a = $1",
            "update t set a = $1 where b < $2",
            "update t set a = $1 where id = $2 or b = $1",
            "update t set a = u.a from u where t.id = u.id and u.id = $1",
            "update t set a = $1 where id in (select id from u where v = $2)",
            "update t set a = $1 where id = $2 and not exists (select 1 from t where a = $1)",
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
