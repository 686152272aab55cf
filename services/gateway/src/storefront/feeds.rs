//! What programs read of the shop: robots.txt, sitemap.xml, llms.txt.

use std::fmt::Write as _;

use serde_json::Value;

use super::Storefront;
use super::catalog::{Catalog, Missing};
use super::encode::xml;
use super::query::encode;
use super::site::address;

/// The protocol's own limit (sitemaps.org): 50,000 addresses a file. A shop with more shows its newest.
const ADDRESSES_MAX: usize = 50_000;

impl Storefront {
    pub(super) fn robots(&self) -> String {
        let mut text = "User-agent: *\n".to_owned();
        for locale in 0..self.locales.len() {
            for path in ["/cart", "/checkout", "/account", "/orders", "/search"] {
                let _ = writeln!(text, "Disallow: {}", address(&self.locales, locale, path));
            }
        }
        let _ = write!(text, "Disallow: /v1/\n\nSitemap: {}/sitemap.xml\n", self.url);
        text
    }

    /// For language models: what this is and where to read on (llmstxt.org).
    pub(super) async fn llms(&self, catalog: &Catalog) -> Result<String, Missing> {
        let roots = catalog.get("/v1/categories?parent=%2F&limit=100").await?;
        let mut text = format!(
            "# {}\n\n> An online shop. Pages are HTML with schema.org data; the same is there as JSON over HTTP.\n\n## Categories\n\n",
            self.name
        );
        for category in roots["items"].as_array().into_iter().flatten() {
            let (title, path) = (line(&category["title"]), category["path"].as_str().unwrap_or_default());
            let _ = writeln!(text, "- [{title}]({}/categories/{path})", self.url);
        }
        let _ = write!(
            text,
            "\n## For programs\n\n- [API description]({0}/openapi.json): OpenAPI 3.1\n- [Search]({0}/v1/search?q=): products as JSON\n- [Sitemap]({0}/sitemap.xml)\n",
            self.url
        );
        Ok(text)
    }

    /// Pages, categories and products, each in every language.
    pub(super) async fn sitemap(&self, catalog: &Catalog) -> Result<String, Missing> {
        let mut map = String::from(
            r#"<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">"#,
        );
        let mut count = 0;
        let pages =
            self.content.keys().filter(|(locale, _)| *locale == 0).map(|(_, slug)| format!("/pages/{slug}"));
        for path in ["/".to_owned(), "/products".to_owned()].into_iter().chain(pages) {
            self.list(&mut map, &mut count, &path, None);
        }
        for (source, prefix, field) in
            [("categories?", "/categories", "path"), ("products?sort=newest&", "/products", "slug")]
        {
            let mut cursor = String::new();
            loop {
                let page = catalog.get(&format!("/v1/{source}limit=100{cursor}")).await?;
                for item in page["items"].as_array().into_iter().flatten() {
                    let path = format!("{prefix}/{}", item[field].as_str().unwrap_or_default());
                    self.list(&mut map, &mut count, &path, item["updated_at"].as_str());
                }
                match page["next_cursor"].as_str() {
                    Some(next) if count < ADDRESSES_MAX => cursor = format!("&cursor={}", encode(next)),
                    _ => break,
                }
            }
        }
        map.push_str("</urlset>");
        Ok(map)
    }

    fn list(&self, map: &mut String, count: &mut usize, path: &str, changed: Option<&str>) {
        for locale in 0..self.locales.len() {
            if *count >= ADDRESSES_MAX {
                return;
            }
            *count += 1;
            let url = |locale| xml(&format!("{}{}", self.url, address(&self.locales, locale, path)));
            let _ = write!(map, "<url><loc>{}</loc>", url(locale));
            if let Some(changed) = changed {
                let _ = write!(map, "<lastmod>{}</lastmod>", xml(changed));
            }
            for (other, name) in self.locales.iter().enumerate() {
                let _ =
                    write!(map, r#"<xhtml:link rel="alternate" hreflang="{name}" href="{}"/>"#, url(other));
            }
            map.push_str("</url>");
        }
    }
}

/// One line of Markdown without its marks.
fn line(text: &Value) -> String {
    text.as_str().unwrap_or_default().replace(['[', ']', '(', ')', '\n', '\r', '<', '>'], " ")
}
