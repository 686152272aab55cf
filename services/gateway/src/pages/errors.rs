//! A page per error code: what it means, and what shopper, developer and operator do. Problem documents link here.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::HeaderMap;
use minijinja::Environment;
use serde::Serialize;

use super::error_list::ERRORS;
use super::{HTML, Ready, markdown, no_such_page, render};
use crate::own::Own;

pub(crate) struct ErrorPages {
    pages: BTreeMap<&'static str, Ready>,
    index: Ready,
}

#[derive(Serialize)]
struct ErrorPage<'c> {
    code: &'c str,
    html: String,
}

#[derive(Serialize)]
struct Index {
    errors: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    code: &'static str,
    summary: String,
}

impl ErrorPages {
    pub(super) fn new(templates: &Environment<'static>) -> ErrorPages {
        let page = |(code, text): &(&'static str, &'static str)| {
            let values = ErrorPage { code, html: markdown::to_html(text) };
            (*code, Ready::new(render(templates, "error.html", &values), HTML))
        };
        let errors = ERRORS
            .iter()
            .map(|(code, text)| Entry { code, summary: markdown::line_to_html(summary(text)) })
            .collect();
        let index = render(templates, "errors.html", &Index { errors });
        ErrorPages { pages: ERRORS.iter().map(page).collect(), index: Ready::new(index, HTML) }
    }
}

/// The first line below the heading.
fn summary(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default()
}

/// All error codes.
pub(crate) async fn index(State(own): State<Arc<Own>>, headers: HeaderMap) -> Response {
    own.pages.errors.index.answer(&headers)
}

/// One error code.
pub(crate) async fn page(
    State(own): State<Arc<Own>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    match own.pages.errors.pages.get(code.as_str()) {
        Some(page) => page.answer(&headers),
        None => {
            let html = "<h1>No such error</h1><p>The shop does not answer with this code.</p>".to_owned();
            no_such_page(&own, &ErrorPage { code: &code, html })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_in_the_folder_is_compiled_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder")
            .filter_map(|entry| {
                entry.ok()?.file_name().into_string().ok()?.strip_suffix(".md").map(str::to_owned)
            })
            .collect();
        files.sort();
        let listed: Vec<&str> = ERRORS.iter().map(|(code, _)| *code).collect();
        assert_eq!(files, listed, "src/pages/error_list.rs lists docs/errors, in order");
    }

    #[test]
    fn every_page_says_what_it_is_about() {
        for (code, text) in ERRORS {
            let heading = text.lines().next().unwrap_or_default();
            assert!(heading.starts_with("# ") && heading.contains(code), "{code}");
            assert!(!summary(text).is_empty(), "{code}");
        }
    }
}
