//! Collects every broken rule of a request before refusing it, so that a form can be mended in one go.

use std::fmt::Display;
use std::ops::RangeInclusive;

use souk_rpc::{Error, FieldError};

/// The rules a request has broken so far.
#[derive(Debug, Default)]
pub struct Rules {
    broken: Vec<FieldError>,
}

impl Rules {
    pub fn new() -> Rules {
        Rules::default()
    }

    /// Notes a broken rule.
    pub fn broken(&mut self, field: impl Into<String>, rule: &str, detail: impl Into<String>) {
        self.broken.push(FieldError { field: field.into(), rule: rule.to_owned(), detail: detail.into() });
    }

    /// `holds` or else `rule` is broken at `field`.
    pub fn require(&mut self, holds: bool, field: &str, rule: &str, detail: &str) {
        if !holds {
            self.broken(field, rule, detail);
        }
    }

    /// Takes over what a part of the request has found, such as an address.
    pub fn all(&mut self, broken: Vec<FieldError>) {
        self.broken.extend(broken);
    }

    pub fn range<N: PartialOrd + Display>(&mut self, field: &str, value: N, range: RangeInclusive<N>) {
        if !range.contains(&value) {
            self.broken(field, "range", format!("must be from {} to {}", range.start(), range.end()));
        }
    }

    /// How many entries a list may have.
    pub fn entries(&mut self, field: &str, count: usize, range: RangeInclusive<usize>) {
        if !range.contains(&count) {
            let (least, most) = (range.start(), range.end());
            self.broken(field, "entries", format!("must have {least} to {most} entries, not {count}"));
        }
    }

    /// Length in characters; control characters other than line breaks and tabs are refused too.
    pub fn text(&mut self, field: &str, value: &str, length: RangeInclusive<usize>) {
        if !length.contains(&value.chars().count()) {
            let detail = format!("must have {} to {} characters", length.start(), length.end());
            return self.broken(field, "length", detail);
        }
        if *length.start() > 0 && value.trim().is_empty() {
            return self.broken(field, "blank", "must not be blank");
        }
        if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.broken(field, "control_characters", "must not contain control characters");
        }
    }

    /// As much of RFC 5321 as can be checked without sending a mail: one `@`, sane parts, 254 characters at most.
    pub fn email(&mut self, field: &str, value: &str) {
        if !is_email(value) {
            self.broken(field, "email", "must be an e-mail address such as ada@example.com");
        }
    }

    pub fn is_empty(&self) -> bool {
        self.broken.is_empty()
    }

    /// 400 with every broken rule, if there is one.
    pub fn check(self) -> Result<(), Error> {
        if self.broken.is_empty() { Ok(()) } else { Err(Error::invalid_fields(self.broken)) }
    }
}

fn is_email(value: &str) -> bool {
    let Some((local, domain)) = value.rsplit_once('@') else { return false };
    let local_ok = (1..=64).contains(&local.len())
        && local.bytes().all(|b| b.is_ascii_graphic() && !b"@\"(),:;<>[\\]".contains(&b))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    value.len() <= 254 && local_ok && domain.contains('.') && domain.split('.').all(label_ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_rule_is_named_at_once() {
        let mut rules = Rules::new();
        rules.range("quantity", 0, 1..=999);
        rules.entries("lines", 3, 1..=2);
        rules.text("name", " ", 1..=200);
        rules.email("email", "ada@");
        let error = rules.check().expect_err("four rules are broken");
        let named: Vec<_> = error.errors.iter().map(|e| (e.field.as_str(), e.rule.as_str())).collect();
        assert_eq!(
            named,
            [("quantity", "range"), ("lines", "entries"), ("name", "blank"), ("email", "email")]
        );
    }

    #[test]
    fn addresses_that_no_mail_server_takes_are_refused() {
        for good in ["ada@example.com", "a.b+c@sub.example.co.uk", "x@xn--bcher-kva.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b.c", "a@b", "a b@c.de", "a@b..c", "a@-b.de", "a@b.de\n", ".a@b.de", "ä@b.de"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
