//! Answers whatever is asked for that is no API: pages, their files, pictures, site maps.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use souk_app::http::{etag_of, fallback, ready_bytes};
use souk_rpc::{Context, Error};

use super::Storefront;
use super::catalog::{Catalog, Missing};
use super::documents::Subject;
use super::query::{Query, decode};
use super::site::{self, Kind, Place};
use super::{art, encode};
use crate::own::Own;

/// As the API's catalog pages: a CDN may keep a page for ten seconds and show it for a minute more while it asks again.
const PUBLIC: &str = "public, max-age=0, s-maxage=10, stale-while-revalidate=60";
const PRIVATE: &str = "private, no-store";
const HASHED: &str = "public, max-age=31536000, immutable";
const FILE: &str = "public, max-age=3600";
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Nobody's pages.
const NOT_PAGES: [&str; 5] = ["/v1", "/rpc", "/dev", "/docs", "/healthz"];
const SLUG_CHARS_MAX: usize = 120;

/// A page that is made.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) status: StatusCode,
    pub(super) bytes: Bytes,
    etag: HeaderValue,
    policy: HeaderValue,
    cache: &'static str,
}

pub(crate) async fn serve(State(own): State<Arc<Own>>, cx: Context, request: Request<Body>) -> Response {
    let Some(front) = &own.storefront else { return fallback().await.into_response() };
    let path = request.uri().path();
    let is_api = NOT_PAGES
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    if is_api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return fallback().await.into_response();
    }
    let catalog = Catalog::new(&own.ways, &cx);
    if let Some(answer) = front.beside_pages(&catalog, request.uri(), request.headers()).await {
        return answer;
    }
    front.page(&catalog, request.uri(), request.headers()).await
}

impl Storefront {
    /// Files, pictures, and what programs read.
    async fn beside_pages(&self, catalog: &Catalog, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let path = uri.path();
        if let Some(file) = self.files.get(path) {
            let cache = if file.hashed { HASHED } else { FILE };
            return Some(typed(ready_bytes(headers, file.bytes.clone(), &file.etag, cache), &file.kind));
        }
        if let Some(slug) = path.strip_prefix("/art/").and_then(|name| name.strip_suffix(".svg")) {
            let fits = (1..=SLUG_CHARS_MAX).contains(&slug.len())
                && slug
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            return fits.then(|| {
                whole(headers, art::picture(slug).into(), "image/svg+xml", "public, max-age=604800")
            });
        }
        let feed = match path {
            "/robots.txt" => {
                return Some(whole(headers, self.robots().into(), "text/plain; charset=utf-8", FILE));
            }
            "/llms.txt" => {
                self.feeds.try_get_with(path, async { self.llms(catalog).await.map(Bytes::from) }).await
            }
            "/sitemap.xml" => {
                self.feeds.try_get_with(path, async { self.sitemap(catalog).await.map(Bytes::from) }).await
            }
            "/storefront/document.json" => return Some(self.bare_document(catalog, uri, headers).await),
            _ => return None,
        };
        let kind = if path.ends_with(".xml") { "application/xml" } else { "text/plain; charset=utf-8" };
        Some(match feed {
            Ok(bytes) => whole(headers, bytes, kind, FILE),
            Err(missing) => refusal(missing),
        })
    }

    async fn page(&self, catalog: &Catalog, uri: &Uri, headers: &HeaderMap) -> Response {
        let (locale, kind, name) = match site::find(&self.locales, uri.path()) {
            Place::Moved(to) => return moved(&to, uri.query(), StatusCode::MOVED_PERMANENTLY),
            Place::Nowhere { locale } => (locale, Kind::NotFound, String::new()),
            Place::Page { locale, kind, name } => (locale, kind, name),
        };
        let query = Query::read(kind, uri.query());
        let path = unprefixed(&self.locales, locale, uri.path());
        let path = if kind == Kind::NotFound { "/" } else { path };
        let subject = Subject { locale, kind, name: &name, path, query: &query };
        let key = format!("{locale} {} {path}?{}", kind.name(), query.encoded());
        let made = self.pages.try_get_with(&key, self.make(catalog, &subject)).await;
        match made {
            Ok(made) => made.answer(headers),
            Err(Missing::BadQuery) => moved(uri.path(), None, StatusCode::FOUND),
            Err(missing) => self.instead(catalog, locale, missing, headers).await,
        }
    }

    /// A page that says that there is none, or that it cannot be shown now.
    async fn instead(
        &self,
        catalog: &Catalog,
        locale: usize,
        missing: Missing,
        headers: &HeaderMap,
    ) -> Response {
        let kind = match &missing {
            Missing::Later(reason) => {
                tracing::warn!(reason, "a page cannot be shown");
                Kind::Error
            }
            _ => Kind::NotFound,
        };
        let query = Query::default();
        let subject = Subject { locale, kind, name: "", path: "/", query: &query };
        match self.make(catalog, &subject).await {
            Ok(made) => made.answer(headers),
            Err(missing) => refusal(missing),
        }
    }

    async fn make(&self, catalog: &Catalog, subject: &Subject<'_>) -> Result<Made, Missing> {
        // Boxed: what a page waits for is large, and requests for anything else should not carry it.
        let document = Box::pin(self.document(catalog, subject)).await?;
        let title = self.title(subject, &document);
        let (template, policy) = &self.templates[&(subject.locale, subject.kind)];
        let body = self.bodies.render(subject.kind, subject.locale, &document, &title);
        let body = body.unwrap_or_else(|error| {
            // The app still shows the page from its data.
            tracing::error!(
                kind = subject.kind.name(),
                error = format!("{error:#}"),
                "a body cannot be rendered"
            );
            String::new()
        });
        let bytes = Bytes::from(template.fill(&self.head(subject, &document, &title), &body));
        let status = match subject.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Error => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::OK,
        };
        let hidden = subject.kind.is_private() || status == StatusCode::SERVICE_UNAVAILABLE;
        let cache = if hidden { PRIVATE } else { PUBLIC };
        Ok(Made { status, etag: etag_of(&bytes), bytes, policy: policy.clone(), cache })
    }

    /// The data alone, for the app on Node: `?path=` is the address of the page.
    async fn bare_document(&self, catalog: &Catalog, uri: &Uri, headers: &HeaderMap) -> Response {
        let asked = uri.query().unwrap_or_default().split('&').find_map(|pair| pair.strip_prefix("path="));
        let asked = asked.map(decode).unwrap_or_default();
        let (path, query) =
            asked.split_once('?').map_or((asked.as_str(), None), |(path, query)| (path, Some(query)));
        let Place::Page { locale, kind, name } = site::find(&self.locales, path) else {
            return refusal(Missing::NotThere);
        };
        let query = Query::read(kind, query);
        let path = unprefixed(&self.locales, locale, path);
        let subject = Subject { locale, kind, name: &name, path, query: &query };
        match Box::pin(self.document(catalog, &subject)).await {
            Ok(document) => {
                let cache = if kind.is_private() { PRIVATE } else { PUBLIC };
                let bytes = Bytes::from(encode::json(&document));
                ready_bytes(headers, bytes.clone(), &etag_of(&bytes), cache)
            }
            Err(missing) => refusal(missing),
        }
    }
}

impl Made {
    fn answer(&self, headers: &HeaderMap) -> Response {
        if self.status != StatusCode::OK {
            let mut response = Response::new(Body::from(self.bytes.clone()));
            *response.status_mut() = self.status;
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(self.cache));
            return self.dressed(response);
        }
        self.dressed(ready_bytes(headers, self.bytes.clone(), &self.etag, self.cache))
    }

    fn dressed(&self, response: Response) -> Response {
        let mut response = response;
        let headers = response.headers_mut();
        if response_has_body(headers) || self.status != StatusCode::OK {
            headers.insert(header::CONTENT_TYPE, HTML);
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }
}

fn response_has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_TYPE)
}

fn typed(mut response: Response, kind: &HeaderValue) -> Response {
    if response_has_body(response.headers()) {
        response.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
    }
    response
}

fn whole(headers: &HeaderMap, bytes: Bytes, kind: &'static str, cache: &'static str) -> Response {
    let etag = etag_of(&bytes);
    typed(ready_bytes(headers, bytes, &etag, cache), &HeaderValue::from_static(kind))
}

fn moved(to: &str, query: Option<&str>, status: StatusCode) -> Response {
    let to = query.map_or_else(|| to.to_owned(), |query| format!("{to}?{query}"));
    match HeaderValue::try_from(to) {
        Ok(to) => (status, [(header::LOCATION, to)]).into_response(),
        Err(_) => refusal(Missing::NotThere),
    }
}

fn unprefixed<'p>(locales: &[String], locale: usize, path: &'p str) -> &'p str {
    if locale == 0 {
        return path;
    }
    let rest = &path[1 + locales[locale].len()..];
    if rest.is_empty() { "/" } else { rest }
}

fn refusal(missing: Missing) -> Response {
    let mut response = match missing {
        Missing::NotThere | Missing::BadQuery => Error::not_found("page").into_response(),
        Missing::Later(reason) => Error::unavailable(reason).into_response(),
    };
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(JSON);
    response
}
