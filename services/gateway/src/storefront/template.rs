//! A page as it was built, cut where the gateway writes into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::export::ExportError;

/// Where the head goes.
const HEAD_SLOT: &str = r#"<meta name="souk-head" content="slot"/>"#;
/// Where the body goes.
const BODY_SLOT: &str = r#"<div id="souk-body"></div>"#;
const BODY_OPEN: &str = r#"<div id="souk-body">"#;

/// One kind of page in one language.
pub(super) struct Template {
    before_head: String,
    before_body: String,
    after_body: String,
    /// `'sha256-…'` of each script that stands in the page itself.
    pub(super) scripts: Vec<String>,
}

impl Template {
    pub(super) fn parse(file: &str, html: &str) -> Result<Template, ExportError> {
        let (before_head, rest) = cut(file, html, HEAD_SLOT)?;
        let (before_body, after_body) = cut(file, rest, BODY_SLOT)?;
        Ok(Template {
            before_head: before_head.to_owned(),
            before_body: format!("{before_body}{BODY_OPEN}"),
            after_body: format!("</div>{after_body}"),
            scripts: inline_scripts(html).map(hash).collect(),
        })
    }

    /// The page. Both parts are HTML already.
    pub(super) fn fill(&self, head: &str, body: &str) -> String {
        [&self.before_head, head, &self.before_body, body, &self.after_body].concat()
    }
}

fn cut<'h>(file: &str, html: &'h str, slot: &str) -> Result<(&'h str, &'h str), ExportError> {
    let rule = |count| {
        ExportError::new(file, format!("must hold {slot} once, in the order head, body; it holds it {count}"))
    };
    let (before, after) = html.split_once(slot).ok_or_else(|| rule("nowhere"))?;
    if after.contains(slot) {
        return Err(rule("twice"));
    }
    Ok((before, after))
}

/// The texts of scripts that a browser would run. Scripts with a `src` are files; JSON is data.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        let runs = !attributes.contains(" src=") && !attributes.contains("json");
        runs.then_some(text)
    })
}

fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = concat!(
        r#"<html><head><meta name="souk-head" content="slot"/><script>a()</script><script src="/x.js"></script>"#,
        r#"</head><body><div id="souk-body"></div><script id="r">b("</")</script>"#,
        r#"<script type="application/json">{}</script></body></html>"#
    );

    #[test]
    fn head_and_body_stand_where_the_page_leaves_room_for_them() {
        let page = Template::parse("en/home.html", PAGE).expect("a template");
        let html = page.fill("<title>Shop</title>", "<main>Hello</main>");
        assert!(html.starts_with("<html><head><title>Shop</title><script>"));
        assert!(html.contains(r#"<div id="souk-body"><main>Hello</main></div>"#));
    }

    #[test]
    fn scripts_of_the_page_itself_are_allowed_by_their_hash_and_data_is_not_a_script() {
        let page = Template::parse("en/home.html", PAGE).expect("a template");
        assert_eq!(page.scripts, [hash("a()"), hash(r#"b("</")"#)]);
        assert_eq!(hash("a()"), "'sha256-qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4='");
    }

    #[test]
    fn a_template_without_room_is_refused_by_file_and_rule() {
        let error = Template::parse("de/cart.html", "<html></html>").err().expect("refused").to_string();
        assert!(error.contains("de/cart.html") && error.contains("souk-head"), "{error}");
    }
}
