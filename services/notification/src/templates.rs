//! The texts of the mails: built in, and a shop's own in front of them. All are compiled once, at the start.
//!
//! A template is named `<locale>/<kind>.<part>`; `.html` ones escape what they are given. A template of the shop
//! that fails while rendering is logged and the built-in one is used, since a mail in other words beats none.

use std::fs;
use std::path::Path;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, context, escape_formatter};
use serde::Serialize;
use souk_rpc::Error;

use crate::config::{ConfigError, NotificationConfig};
use crate::domain::Rendered;

/// The language that every template exists in.
const FALLBACK: &str = "en";
const SUBJECT_CHARS_MAX: usize = 200;
const PARTS: [&str; 3] = ["html", "txt", "subject"];

macro_rules! built_in {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../templates/", $name)))),*]
    };
}

const BUILT_IN: &[(&str, &str)] = built_in! {
    "en/layout.html" "en/parts.html" "en/layout.txt"
    "en/order.placed.html" "en/order.placed.txt" "en/order.placed.subject"
    "en/order.canceled.html" "en/order.canceled.txt" "en/order.canceled.subject"
    "en/order.shipped.html" "en/order.shipped.txt" "en/order.shipped.subject"
    "en/order.refunded.html" "en/order.refunded.txt" "en/order.refunded.subject"
    "en/user.verification_requested.html" "en/user.verification_requested.txt"
    "en/user.verification_requested.subject"
    "en/user.registration_repeated.html" "en/user.registration_repeated.txt"
    "en/user.registration_repeated.subject"
    "en/user.password_reset_requested.html" "en/user.password_reset_requested.txt"
    "en/user.password_reset_requested.subject"
    "en/user.password_changed.html" "en/user.password_changed.txt" "en/user.password_changed.subject"
};

pub(crate) struct Templates {
    built_in: Environment<'static>,
    /// The built-in ones with the shop's in front, if it has any.
    of_shop: Option<Environment<'static>>,
}

impl Templates {
    pub(crate) fn compile(config: &NotificationConfig) -> Result<Templates, ConfigError> {
        let mut built_in = environment(config);
        for (name, source) in BUILT_IN {
            built_in.add_template(name, source).map_err(|error| unusable(name, &error))?;
        }
        let Some(dir) = &config.templates_dir else {
            return Ok(Templates { built_in, of_shop: None });
        };
        let mut of_shop = built_in.clone();
        add_folder(&mut of_shop, dir)?;
        Ok(Templates { built_in, of_shop: Some(of_shop) })
    }

    /// The mail of this kind in the reader's language, or the nearest there is.
    pub(crate) fn render(
        &self,
        kind: &str,
        locale: &str,
        letter: &impl Serialize,
    ) -> Result<Rendered, Error> {
        if let Some(of_shop) = &self.of_shop {
            match render_in(of_shop, kind, locale, letter) {
                Ok(rendered) => return Ok(rendered),
                Err(error) => {
                    tracing::error!(kind, locale, %error, "the shop's template fails, using the built-in")
                }
            }
        }
        render_in(&self.built_in, kind, locale, letter).map_err(|error| Error::internal(format!("{error:#}")))
    }
}

fn environment(config: &NotificationConfig) -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_syntax(lines_of_tags_vanish());
    templates.set_formatter(format);
    let url = config.shop_url.trim_end_matches('/').to_owned();
    templates.add_global("shop", context! { name => config.shop_name.trim(), url });
    templates
}

/// Escapes what HTML needs escaped and no more: minijinja's own way turns every `/` of a link into `&#x2f;`.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let text = value.as_str().filter(|_| !value.is_safe() && *state.auto_escape() == AutoEscape::Html);
    let Some(text) = text else { return escape_formatter(out, state, value) };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    Ok(out.write_str(rest)?)
}

fn lines_of_tags_vanish() -> SyntaxConfig {
    let built = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    built.expect("the usual delimiters")
}

/// `<locale>/<name>.<part>` for every file of the folder that is a template.
fn add_folder(templates: &mut Environment<'static>, dir: &Path) -> Result<(), ConfigError> {
    let unreadable = |path: &Path, error: std::io::Error| unusable(&path.display().to_string(), &error);
    for locale in fs::read_dir(dir).map_err(|error| unreadable(dir, error))? {
        let folder = locale.map_err(|error| unreadable(dir, error))?.path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let path = file.map_err(|error| unreadable(&folder, error))?.path();
            let part = path.extension().and_then(|part| part.to_str()).unwrap_or_default();
            if !PARTS.contains(&part) {
                continue;
            }
            let source = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            templates
                .add_template_owned(name, source)
                .map_err(|e| unusable(&path.display().to_string(), &e))?;
        }
    }
    Ok(())
}

fn unusable(name: &str, error: &dyn std::fmt::Display) -> ConfigError {
    ConfigError::Template(name.to_owned(), error.to_string())
}

fn render_in(
    templates: &Environment<'static>,
    kind: &str,
    locale: &str,
    letter: &impl Serialize,
) -> Result<Rendered, minijinja::Error> {
    let letter = Value::from(Serde(letter));
    let part = |part: &str| {
        let names = languages(locale).map(|language| format!("{language}/{kind}.{part}"));
        let found = names.into_iter().find_map(|name| templates.get_template(&name).ok());
        match found {
            Some(template) => template.render(&letter),
            None => templates.get_template(&format!("{FALLBACK}/{kind}.{part}"))?.render(&letter),
        }
    };
    Ok(Rendered {
        subject: one_line(&part("subject")?),
        html: without_nul(part("html")?),
        body: without_nul(part("txt")?),
    })
}

/// `de-AT`, then `de`; the fallback comes after them.
fn languages(locale: &str) -> [&str; 2] {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    [locale, language]
}

/// A header is one line: whatever a name or number brings along becomes a space.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(SUBJECT_CHARS_MAX).collect()
}

/// PostgreSQL keeps no NUL in a text.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "") } else { text }
}
