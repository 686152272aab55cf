//! The body of a page for who reads it before, or without, its scripts: templates of the storefront, filled here.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Kwargs, Rest, Serde};
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value as Jinja, escape_formatter};
use serde_json::Value;
use souk_types::Currency;

use super::encode::{html, picture};
use super::export::{Export, ExportError};
use super::money;
use super::site::{Kind, address};

/// The texts of one language.
#[derive(Clone)]
pub(super) struct Messages(Arc<BTreeMap<String, String>>);

impl Messages {
    pub(super) fn read(export: &Export, locale: &str) -> Result<Messages, ExportError> {
        Ok(Messages(Arc::new(export.json(&format!("server/messages/{locale}.json"))?)))
    }

    /// With `{name}` filled in. A text that is missing shows its key, so that somebody notices.
    pub(super) fn text(&self, key: &str, values: &[(&str, &str)]) -> String {
        let text = self.0.get(key).map_or(key, String::as_str);
        let mut filled = String::with_capacity(text.len() + 32);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let known = after.split_once('}').and_then(|(name, after)| {
                values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
            });
            match known {
                Some((value, after)) => {
                    filled.push_str(value);
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

/// The body templates, and the words that they may use in each language.
pub(super) struct Bodies {
    templates: Environment<'static>,
    words: Vec<[(&'static str, Jinja); 5]>,
}

impl Bodies {
    pub(super) fn read(
        export: &Export,
        locales: &[String],
        messages: &[Messages],
    ) -> Result<Bodies, ExportError> {
        let mut templates = Environment::new();
        // A value that is not there may be asked about, but not printed.
        templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        // One encoder for the whole page, which also takes out what HTML cannot hold.
        templates.set_formatter(|out, state, value| match value.as_str() {
            Some(text) if !value.is_safe() => Ok(out.write_str(&html(text))?),
            _ => escape_formatter(out, state, value),
        });
        let sources = export.files.keys().filter_map(|file| Some((file, file.strip_prefix("server/")?)));
        for (file, name) in sources.filter(|(_, name)| name.ends_with(".html")) {
            let source = export.text(file)?.to_owned();
            templates
                .add_template_owned(name.to_owned(), source)
                .map_err(|error| ExportError::new(file, error))?;
        }
        for kind in Kind::ALL {
            let name = format!("{}.html", kind.name());
            templates
                .get_template(&name)
                .map_err(|_| ExportError::new(format!("server/{name}"), "is missing"))?;
        }
        let words = (0..locales.len()).map(|at| words(locales, at, messages[at].clone())).collect();
        Ok(Bodies { templates, words })
    }

    pub(super) fn render(
        &self,
        kind: Kind,
        locale: usize,
        document: &Value,
        title: &str,
    ) -> Result<String, minijinja::Error> {
        let template = self.templates.get_template(&format!("{}.html", kind.name()))?;
        let mut context: BTreeMap<&str, Jinja> = self.words[locale].iter().cloned().collect();
        for (name, value) in document.as_object().into_iter().flatten() {
            context.insert(name, Serde(value).into());
        }
        context.insert("title", title.into());
        template.render(context)
    }
}

/// `t`, `money`, `href`, `art`, `src`.
fn words(locales: &[String], at: usize, messages: Messages) -> [(&'static str, Jinja); 5] {
    let (all, locale) = (locales.to_vec(), locales[at].clone());
    let t = move |key: String, values: Kwargs| {
        if !messages.has(&key) {
            return Err(minijinja::Error::new(ErrorKind::InvalidOperation, format!("no text `{key}`")));
        }
        let mut texts = Vec::new();
        for name in values.args() {
            texts.push((name.to_owned(), values.get::<Jinja>(name)?.to_string()));
        }
        let pairs: Vec<_> = texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Ok(messages.text(&key, &pairs))
    };
    let money = move |amount: i64, currency: String| {
        let currency: Currency = currency.parse().map_err(|_| {
            minijinja::Error::new(ErrorKind::InvalidOperation, format!("`{currency}` is no currency"))
        })?;
        Ok::<_, minijinja::Error>(money::text(&locale, amount, currency))
    };
    let href = move |path: String| address(&all, at, &path);
    let art = |slug: String| format!("/art/{slug}.svg");
    let src = |url: Rest<Jinja>| {
        let url = url.first().and_then(|url| url.as_str()).unwrap_or_default();
        picture(url).unwrap_or_default().to_owned()
    };
    [
        ("t", Jinja::from_function(t)),
        ("money", Jinja::from_function(money)),
        ("href", Jinja::from_function(href)),
        ("art", Jinja::from_function(art)),
        ("src", Jinja::from_function(src)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_with_what_they_name_and_nothing_typed_is_filled_again() {
        let texts = BTreeMap::from([("hits".to_owned(), "{count} for {query} {{x}".to_owned())]);
        let messages = Messages(Arc::new(texts));
        assert_eq!(messages.text("hits", &[("count", "2"), ("query", "{count}")]), "2 for {count} {{x}");
        assert_eq!(messages.text("missing", &[]), "missing");
    }
}
