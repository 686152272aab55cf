//! Rules about fields, the same wherever they come from; the API description states the same bounds.

use souk_app::Rules;
use souk_rpc::Error;

use crate::Deps;
use crate::domain::{MAX_CHARACTERS, MIN_CHARACTERS};
use crate::error::weak_password;

/// A name stands in mails and their headers, so it is one line.
pub(crate) fn name(rules: &mut Rules, field: &str, value: &str, length_max: usize) {
    rules.text(field, value, 1..=length_max);
    if value.contains(['\n', '\r', '\t']) {
        rules.broken(field, "control_characters", "must not contain control characters");
    }
}

/// BCP 47 as far as the shop uses it: a language and what narrows it down.
pub(crate) fn locale(rules: &mut Rules, field: &str, value: &str) {
    let mut parts = value.split('-');
    let language = parts.next().unwrap_or_default();
    let language_ok = matches!(language.len(), 2 | 3) && language.bytes().all(|b| b.is_ascii_lowercase());
    let part_ok =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let ok = value.len() <= 35 && language_ok && parts.all(part_ok);
    rules.require(ok, field, "bcp_47", "must be a language tag such as en or pt-BR");
}

/// Length only; see [`new_password`] for strength.
pub(crate) fn password(rules: &mut Rules, field: &str, value: &str) {
    let range = MIN_CHARACTERS..=MAX_CHARACTERS;
    if !range.contains(&value.chars().count()) {
        let detail = format!("must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters");
        rules.broken(field, "length", detail);
    }
}

/// The hash of a password that is good enough for somebody of that address and name.
pub(crate) async fn new_password(
    deps: &Deps,
    password: String,
    email: &str,
    name: &str,
) -> Result<String, Error> {
    let about = vec![email.to_owned(), name.to_owned()];
    deps.hasher.hash_new(password, about).await?.map_err(weak_password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(check: impl Fn(&mut Rules)) -> bool {
        let mut rules = Rules::new();
        check(&mut rules);
        !rules.is_empty()
    }

    #[test]
    fn a_language_tag_is_recognized() {
        for good in ["en", "pt-BR", "zh-Hant-TW", "gsw"] {
            assert!(!broken(|rules| locale(rules, "locale", good)), "{good}");
        }
        for bad in ["", "e", "EN", "en_US", "en-", "english", "en-abcdefghi"] {
            assert!(broken(|rules| locale(rules, "locale", bad)), "{bad}");
        }
    }

    #[test]
    fn a_name_cannot_smuggle_a_header_into_a_mail() {
        assert!(broken(|rules| name(rules, "name", "Ada\nBcc: everybody@example.com", 200)));
        assert!(broken(|rules| name(rules, "name", " ", 200)));
        assert!(!broken(|rules| name(rules, "name", "Ada Lovelace", 200)));
    }
}
