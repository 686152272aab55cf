//! The data of a page: what the storefront's app reads, the head is made of, and the body template shows.

use futures::future::join_all;
use serde_json::{Map, Value, json};

use super::Storefront;
use super::catalog::{Catalog, Missing};
use super::query::{Query, encode};
use super::site::{Kind, address};

/// Categories of the navigation.
const NAVIGATION_MAX: u32 = 12;
const RELATED_MAX: usize = 8;
const SECTION_PRODUCTS: u32 = 8;
/// Products on a page of a list.
const LIST_PRODUCTS: u32 = 24;

/// What is to be shown.
pub(super) struct Subject<'s> {
    pub(super) locale: usize,
    pub(super) kind: Kind,
    /// A slug, a category's path, an order's number, a section of the account.
    pub(super) name: &'s str,
    /// The address without the language.
    pub(super) path: &'s str,
    pub(super) query: &'s Query,
}

impl Storefront {
    /// Everything that stands on the page, as one object.
    pub(super) async fn document(&self, catalog: &Catalog, subject: &Subject<'_>) -> Result<Value, Missing> {
        let currency = self.currency(subject.query);
        let (navigation, own) = tokio::join!(self.navigation(catalog), self.own(catalog, subject, currency));
        let mut document = self.common(subject, currency);
        document.insert("categories".to_owned(), navigation);
        document.append(&mut own?);
        Ok(Value::Object(document))
    }

    /// The one asked for when the shop has it, else the shop's own.
    fn currency(&self, query: &Query) -> &str {
        let asked =
            query.one("currency").and_then(|asked| self.currencies.iter().find(|known| *known == asked));
        asked.unwrap_or(&self.currencies[0])
    }

    fn common(&self, subject: &Subject<'_>, currency: &str) -> Map<String, Value> {
        let alternates: Map<String, Value> = (0..self.locales.len())
            .map(|locale| (self.locales[locale].clone(), address(&self.locales, locale, subject.path).into()))
            .collect();
        let common = json!({
            "kind": subject.kind.name(),
            "locale": self.locales[subject.locale],
            "locales": self.locales,
            "currency": currency,
            "currencies": self.currencies,
            "shop": { "name": self.name, "url": self.url },
            "path": subject.path,
            "alternates": alternates,
            "dev": self.dev,
        });
        match common {
            Value::Object(common) => common,
            _ => Map::new(),
        }
    }

    /// The first row of the category tree. A page is shown without it rather than not at all.
    async fn navigation(&self, catalog: &Catalog) -> Value {
        let roots = catalog.get(&format!("/v1/categories?parent=%2F&limit={NAVIGATION_MAX}")).await;
        roots.map(|mut roots| roots["items"].take()).unwrap_or_else(|_| json!([]))
    }

    async fn own(
        &self,
        catalog: &Catalog,
        subject: &Subject<'_>,
        currency: &str,
    ) -> Result<Map<String, Value>, Missing> {
        let own = match subject.kind {
            Kind::Home => json!({ "sections": self.sections(catalog, currency).await }),
            Kind::Product => product(catalog, subject.name, currency).await?,
            Kind::Products | Kind::Category => list(catalog, subject, currency).await?,
            Kind::Collection => collection(catalog, subject, currency).await?,
            Kind::Search => search(catalog, subject, currency).await?,
            Kind::Order => json!({ "number": subject.name }),
            Kind::Account => {
                json!({ "section": if subject.name.is_empty() { "overview" } else { subject.name } })
            }
            Kind::Page => {
                let name = (subject.locale, subject.name.to_owned());
                json!({ "page": self.content.get(&name).ok_or(Missing::NotThere)? })
            }
            _ => json!({}),
        };
        match own {
            Value::Object(own) => Ok(own),
            _ => Ok(Map::new()),
        }
    }

    /// The home page as the merchant has arranged it. A section about what is not there is left out.
    async fn sections(&self, catalog: &Catalog, currency: &str) -> Vec<Value> {
        let filled = self.home.iter().map(|section| async move {
            let mut section = section.clone();
            let source = match section["kind"].as_str() {
                Some("newest") => "sort=newest".to_owned(),
                Some("collection") => format!("collection={}", encode(section["slug"].as_str()?)),
                Some("categories") => {
                    section["categories"] = self.navigation(catalog).await;
                    return Some(section);
                }
                _ => return Some(section),
            };
            let path = format!("/v1/products?{source}&currency={currency}&limit={SECTION_PRODUCTS}");
            section["products"] = catalog.get(&path).await.ok()?["items"].take();
            Some(section)
        });
        join_all(filled).await.into_iter().flatten().collect()
    }
}

async fn product(catalog: &Catalog, slug: &str, currency: &str) -> Result<Value, Missing> {
    let paths = [format!("/v1/products/{slug}"), format!("/v1/products/{slug}/availability")];
    let (product, availability) = tokio::join!(catalog.get(&paths[0]), catalog.get(&paths[1]));
    let (product, availability) = (product?, availability?);
    let ancestors = product["categories"].clone();
    let nearest = ancestors.as_array().and_then(|steps| steps.last()).and_then(|step| step["path"].as_str());
    let related = match nearest {
        Some(path) => {
            let limit = RELATED_MAX + 1;
            let path = format!("/v1/products?category={}&currency={currency}&limit={limit}", encode(path));
            // People came for the product; its neighbors are an extra.
            catalog.get(&path).await.map(|mut found| found["items"].take()).unwrap_or_default()
        }
        None => Value::Null,
    };
    let others = related.as_array().into_iter().flatten().filter(|other| other["id"] != product["id"]);
    let related: Vec<Value> = others.take(RELATED_MAX).cloned().collect();
    Ok(
        json!({ "product": product, "availability": availability, "ancestors": ancestors, "related": related }),
    )
}

/// Everything, or what stands in a category, through the search: it counts by facet.
async fn list(catalog: &Catalog, subject: &Subject<'_>, currency: &str) -> Result<Value, Missing> {
    let mut query = subject.query.clone();
    query.set("currency", currency.to_owned());
    if query.one("sort").is_none() {
        query.set("sort", "newest".to_owned());
    }
    let mut about = json!({});
    if subject.kind == Kind::Category {
        about = category(catalog, subject.name).await?;
        query.set("category", subject.name.to_owned());
    }
    let mut found = catalog.get(&format!("/v1/search?{}&limit={LIST_PRODUCTS}", query.encoded())).await?;
    about["products"] = found["items"].take();
    about["next_cursor"] = found["next_cursor"].take();
    about["facets"] = found["facets"].take();
    about["total"] = found["total"].take();
    about["query"] = subject.query.document().into();
    Ok(about)
}

async fn category(catalog: &Catalog, path: &str) -> Result<Value, Missing> {
    let encoded = path.split('/').map(encode).collect::<Vec<_>>().join("%2F");
    let paths =
        [format!("/v1/categories?path={encoded}"), format!("/v1/categories?parent={encoded}&limit=100")];
    let (way, children) = tokio::join!(catalog.get(&paths[0]), catalog.get(&paths[1]));
    let (mut way, mut children) = (way?, children?);
    let mut ancestors = match way["items"].take() {
        Value::Array(ancestors) => ancestors,
        _ => return Err(Missing::NotThere),
    };
    let category = ancestors.pop().ok_or(Missing::NotThere)?;
    Ok(json!({ "category": category, "ancestors": ancestors, "children": children["items"].take() }))
}

async fn collection(catalog: &Catalog, subject: &Subject<'_>, currency: &str) -> Result<Value, Missing> {
    let mut query = subject.query.clone();
    query.set("currency", currency.to_owned());
    let paths = [
        format!("/v1/collections/{}", subject.name),
        format!("/v1/products?collection={}&{}&limit={LIST_PRODUCTS}", subject.name, query.encoded()),
    ];
    let (collection, products) = tokio::join!(catalog.get(&paths[0]), catalog.get(&paths[1]));
    let (collection, mut products) = (collection?, products?);
    Ok(json!({
        "collection": collection,
        "products": products["items"].take(),
        "next_cursor": products["next_cursor"].take(),
        "query": subject.query.document(),
    }))
}

async fn search(catalog: &Catalog, subject: &Subject<'_>, currency: &str) -> Result<Value, Missing> {
    let mut query = subject.query.clone();
    query.set("currency", currency.to_owned());
    let found = catalog.get(&format!("/v1/search?{}&limit={LIST_PRODUCTS}", query.encoded())).await?;
    Ok(json!({ "search": found, "query": subject.query.document() }))
}
