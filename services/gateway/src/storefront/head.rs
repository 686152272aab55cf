//! What search engines, previews of links and the app itself read: the head of a page.

use serde_json::{Value, json};
use souk_types::Currency;

use super::Storefront;
use super::documents::Subject;
use super::encode::{html, json as script, picture};
use super::money::decimal;
use super::site::{Kind, address};

const DESCRIPTION_CHARS_MAX: usize = 160;

impl Storefront {
    /// The title of the page, as text.
    pub(super) fn title(&self, subject: &Subject<'_>, document: &Value) -> String {
        self.words(subject, "title", document)
    }

    /// Everything that stands where the template leaves room for a head. All of it is encoded.
    pub(super) fn head(&self, subject: &Subject<'_>, document: &Value, title: &str) -> String {
        let description = self.description(subject, document);
        let url = |locale: usize| format!("{}{}", self.url, address(&self.locales, locale, subject.path));
        let found = !subject.kind.is_private()
            && !matches!(subject.kind, Kind::NotFound | Kind::Error | Kind::Offline);
        // A page of filters, or of the next products, is not a page of its own for search engines.
        let index = found && subject.kind != Kind::Search && subject.query.one("cursor").is_none();
        let mut head = format!(
            r#"<title>{}</title><meta name="description" content="{}"/><meta name="robots" content="{}"/>"#,
            html(title),
            html(&description),
            if index { "index,follow" } else { "noindex" },
        );
        let mut add = |tag: String| head.push_str(&tag);
        if found {
            add(format!(r#"<link rel="canonical" href="{}"/>"#, html(&url(subject.locale))));
            for (locale, name) in self.locales.iter().enumerate() {
                add(format!(
                    r#"<link rel="alternate" hreflang="{}" href="{}"/>"#,
                    html(name),
                    html(&url(locale))
                ));
            }
            add(format!(r#"<link rel="alternate" hreflang="x-default" href="{}"/>"#, html(&url(0))));
            let kind = if subject.kind == Kind::Product { "product" } else { "website" };
            let properties = [
                ("og:type", kind.to_owned()),
                ("og:site_name", self.name.clone()),
                ("og:title", title.to_owned()),
                ("og:description", description.clone()),
                ("og:url", url(subject.locale)),
                ("og:locale", self.locales[subject.locale].clone()),
            ];
            for (name, value) in properties {
                add(format!(r#"<meta property="{name}" content="{}"/>"#, html(&value)));
            }
            if let Some(image) = self.images(document).first() {
                add(format!(r#"<meta property="og:image" content="{}"/>"#, html(image)));
            }
            for data in self.structured(subject, document) {
                add(format!(r#"<script type="application/ld+json">{}</script>"#, script(&data)));
            }
        }
        add(format!(r#"<script type="application/json" id="souk-page">{}</script>"#, script(document)));
        head
    }

    fn description(&self, subject: &Subject<'_>, document: &Value) -> String {
        let own = match subject.kind {
            Kind::Product => document["product"]["description"].as_str(),
            Kind::Page => document["page"]["description"].as_str(),
            _ => None,
        };
        let text = own.map(str::to_owned).filter(|text| !text.trim().is_empty());
        let text = text.unwrap_or_else(|| self.words(subject, "description", document));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(DESCRIPTION_CHARS_MAX) {
            Some((end, _)) => format!("{}…", text[..end].trim_end()),
            None => text,
        }
    }

    /// `head.<kind>.<part>` in the page's language.
    fn words(&self, subject: &Subject<'_>, part: &str, document: &Value) -> String {
        let texts = [
            &document["product"]["title"],
            &document["category"]["title"],
            &document["collection"]["title"],
            &document["page"]["title"],
            &document["number"],
        ];
        let name = texts.into_iter().find_map(Value::as_str).unwrap_or_default();
        let query = subject.query.one("q").unwrap_or_default();
        let values = [("name", name), ("shop", self.name.as_str()), ("query", query)];
        self.messages[subject.locale].text(&format!("head.{}.{part}", subject.kind.name()), &values)
    }

    /// Whole addresses of the product's pictures.
    fn images(&self, document: &Value) -> Vec<String> {
        let media = document["product"]["media"].as_array().into_iter().flatten();
        let urls = media.filter_map(|media| media["url"].as_str()).filter_map(picture);
        urls.map(|url| if url.starts_with('/') { format!("{}{url}", self.url) } else { url.to_owned() })
            .collect()
    }

    /// JSON-LD by schema.org: the product with its offers, the way to it, the shop with its search.
    fn structured(&self, subject: &Subject<'_>, document: &Value) -> Vec<Value> {
        let mut data = Vec::new();
        match subject.kind {
            Kind::Home => data.push(json!({
                "@context": "https://schema.org", "@type": "WebSite", "name": self.name, "url": format!("{}/", self.url),
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": format!("{}/search?q={{query}}", self.url),
                    "query-input": "required name=query",
                },
            })),
            Kind::Product => data.push(self.product_data(subject, document)),
            Kind::Products | Kind::Category | Kind::Collection => data.push(self.list_data(subject, document)),
            _ => {}
        }
        if let Some(steps) = document["ancestors"].as_array().filter(|steps| !steps.is_empty()) {
            let items: Vec<Value> = steps
                .iter()
                .enumerate()
                .map(|(at, step)| {
                    let path = format!("/categories/{}", step["path"].as_str().unwrap_or_default());
                    let url = format!("{}{}", self.url, address(&self.locales, subject.locale, &path));
                    json!({ "@type": "ListItem", "position": at + 1, "name": step["title"], "item": url })
                })
                .collect();
            data.push(json!({
                "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items,
            }));
        }
        data
    }

    fn product_data(&self, subject: &Subject<'_>, document: &Value) -> Value {
        let product = &document["product"];
        let url = format!("{}{}", self.url, address(&self.locales, subject.locale, subject.path));
        let status = |variant: &Value| {
            let variants = document["availability"]["variants"].as_array().into_iter().flatten();
            let found = variants.into_iter().find(|other| other["variant_id"] == variant["id"]);
            match found.and_then(|found| found["status"].as_str()) {
                Some("in_stock") => "https://schema.org/InStock",
                Some("low_stock") => "https://schema.org/LimitedAvailability",
                Some("backorder") => "https://schema.org/BackOrder",
                _ => "https://schema.org/OutOfStock",
            }
        };
        let offers: Vec<Value> = product["variants"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|variant| {
                let prices = variant["prices"].as_array()?;
                let price = prices.iter().find(|price| price["currency"] == document["currency"])?;
                let currency: Currency = price["currency"].as_str()?.parse().ok()?;
                Some(json!({
                    "@type": "Offer", "url": url, "sku": variant["sku"],
                    "price": decimal(price["amount"].as_i64()?, currency), "priceCurrency": currency.code(),
                    "availability": status(variant), "itemCondition": "https://schema.org/NewCondition",
                }))
            })
            .collect();
        let mut images = self.images(document);
        if images.is_empty() {
            images.push(format!("{}/art/{}.svg", self.url, product["slug"].as_str().unwrap_or_default()));
        }
        let mut data = json!({
            "@context": "https://schema.org", "@type": "Product", "name": product["title"], "url": url,
            "description": product["description"], "image": images, "sku": product["variants"][0]["sku"],
            "offers": offers,
        });
        if let Some(brand) = product["brand"].as_str() {
            data["brand"] = json!({ "@type": "Brand", "name": brand });
        }
        data
    }

    fn list_data(&self, subject: &Subject<'_>, document: &Value) -> Value {
        let products = document["products"].as_array().into_iter().flatten().enumerate();
        let items: Vec<Value> = products
            .filter_map(|(at, product)| {
                let path = format!("/products/{}", product["slug"].as_str()?);
                let url = format!("{}{}", self.url, address(&self.locales, subject.locale, &path));
                Some(json!({ "@type": "ListItem", "position": at + 1, "url": url, "name": product["title"] }))
            })
            .collect();
        json!({ "@context": "https://schema.org", "@type": "ItemList", "itemListElement": items })
    }
}
