//! The storefront's room: pages that Next.js has built once, filled with the catalog's data for each request, so that no Node runs
//! on the server (docs/adr/0018).
//!
//! `site.rs` says what stands at an address, `documents.rs` which data it shows, `head.rs` and `body.rs` write it into the template.
//! Nothing of the caller's session ever gets onto a page: who has signed in is the browser's affair.

mod art;
mod body;
mod catalog;
mod documents;
mod encode;
mod export;
mod feeds;
mod head;
mod money;
mod query;
mod serve;
mod site;
mod template;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use souk_app::http::etag_of;
use souk_cache::{Cached, Capacity};

use body::{Bodies, Messages};
pub use export::{Export, ExportError};
use serve::Made;
pub(crate) use serve::serve;
use site::Kind;
use template::Template;

/// A page is made anew after that: how old its stock may be. An edit of a product shows as soon.
const PAGE_LIFETIME: Duration = Duration::from_secs(2);
const PAGES_BYTES_MAX: usize = 32 << 20;
/// A site map is asked for by few and costs a walk through the catalog.
const FEED_LIFETIME: Duration = Duration::from_secs(600);
const FEEDS_MAX: u64 = 8;

/// A storefront and what it says about its shop.
pub struct Shopfront {
    pub export: Export,
    /// The shop's name.
    pub name: String,
    /// Where it is, without a slash at the end: `https://shop.example`.
    pub url: String,
    /// What prices may be shown in (ISO 4217); the first is the shop's own.
    pub currencies: Vec<String>,
    /// Buyers may pay by Stripe, whose script has to come from Stripe.
    pub stripe: bool,
}

/// A file of the export.
struct File {
    bytes: Bytes,
    etag: HeaderValue,
    kind: HeaderValue,
    /// Its name changes with its content.
    hashed: bool,
}

/// What all pages are made from.
pub(crate) struct Storefront {
    name: String,
    url: String,
    locales: Vec<String>,
    currencies: Vec<String>,
    dev: bool,
    templates: HashMap<(usize, Kind), (Template, HeaderValue)>,
    bodies: Bodies,
    messages: Vec<Messages>,
    home: Vec<Value>,
    content: BTreeMap<(usize, String), Value>,
    files: BTreeMap<String, File>,
    pages: Cached<String, Made>,
    feeds: Cached<String, Bytes>,
}

impl Storefront {
    /// Reads every template once, so that a broken export is found before the shop opens.
    pub(crate) fn open(shopfront: Shopfront, dev: bool) -> Result<Storefront, ExportError> {
        let Shopfront { export, name, url, currencies, stripe } = shopfront;
        let locales = locales(&export)?;
        let messages =
            locales.iter().map(|locale| Messages::read(&export, locale)).collect::<Result<Vec<_>, _>>()?;
        let elsewhere = if stripe { STRIPE } else { NOWHERE_ELSE };
        let mut templates = HashMap::new();
        for (at, locale) in locales.iter().enumerate() {
            for kind in Kind::ALL {
                let file = format!("{locale}/{}.html", kind.name());
                let template = Template::parse(&file, export.text(&file)?)?;
                let policy = policy(&template, elsewhere).map_err(|error| ExportError::new(&file, error))?;
                templates.insert((at, kind), (template, policy));
            }
        }
        let weigh = |name: &String, made: &Made| name.len() + made.bytes.len() + 256;
        Ok(Storefront {
            bodies: Bodies::read(&export, &locales, &messages)?,
            home: export.json("server/home.json")?,
            content: content(&export, &locales)?,
            files: files(&export),
            pages: Cached::local(
                "gateway.pages",
                Capacity::Bytes { max: PAGES_BYTES_MAX as u64, weigh },
                PAGE_LIFETIME,
            ),
            feeds: Cached::local("gateway.feeds", Capacity::Entries(FEEDS_MAX), FEED_LIFETIME),
            url: url.trim_end_matches('/').to_owned(),
            currencies: if currencies.is_empty() { vec!["EUR".to_owned()] } else { currencies },
            name,
            locales,
            dev,
            templates,
            messages,
        })
    }
}

/// Hosts that a page may talk to besides its own: scripts, frames, calls.
type Elsewhere = [&'static str; 3];
const NOWHERE_ELSE: Elsewhere = ["", "'none'", ""];
/// What Stripe's Elements need (docs.stripe.com/security/guide#content-security-policy).
const STRIPE: Elsewhere =
    [" https://js.stripe.com", "https://js.stripe.com https://hooks.stripe.com", " https://api.stripe.com"];

/// Only our own files and the scripts that were built into the page run; nothing typed can become one.
fn policy(
    template: &Template,
    [scripts, frames, calls]: Elsewhere,
) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    HeaderValue::try_from(format!(
        "default-src 'self'; script-src 'self' {}{scripts}; style-src 'self'; img-src 'self' data: https:; \
         font-src 'self'; connect-src 'self'{calls}; frame-src {frames}; frame-ancestors 'none'; base-uri 'none'; \
         form-action 'self'; object-src 'none'; worker-src 'self'; manifest-src 'self'",
        template.scripts.join(" ")
    ))
}

/// The languages that texts are there for; English first, for its addresses have no prefix.
fn locales(export: &Export) -> Result<Vec<String>, ExportError> {
    let names =
        export.files.keys().filter_map(|file| file.strip_prefix("server/messages/")?.strip_suffix(".json"));
    let mut locales: Vec<String> = names.map(str::to_owned).collect();
    locales.sort_by_key(|locale| (locale != "en", locale.clone()));
    if locales.is_empty() {
        return Err(ExportError::new("server/messages", "holds no language"));
    }
    Ok(locales)
}

fn content(export: &Export, locales: &[String]) -> Result<BTreeMap<(usize, String), Value>, ExportError> {
    let mut content = BTreeMap::new();
    for file in export.files.keys() {
        let Some(name) = file.strip_prefix("server/pages/").and_then(|name| name.strip_suffix(".json"))
        else {
            continue;
        };
        let Some((locale, slug)) = name.split_once('/') else { continue };
        if let Some(at) = locales.iter().position(|known| known == locale) {
            content.insert((at, slug.to_owned()), export.json(file)?);
        }
    }
    Ok(content)
}

/// Everything that is given out as it is; neither templates nor what fills them.
fn files(export: &Export) -> BTreeMap<String, File> {
    let shown =
        export.files.iter().filter(|(name, _)| !name.starts_with("server/") && !name.ends_with(".html"));
    let file = |(name, bytes): (&String, &Bytes)| {
        let hashed = name.starts_with("_next/static/");
        let file = File { etag: etag_of(bytes), bytes: bytes.clone(), kind: content_type(name), hashed };
        (format!("/{name}"), file)
    };
    shown.filter(|(name, _)| !name.ends_with(".txt")).map(file).collect()
}

fn content_type(name: &str) -> HeaderValue {
    HeaderValue::from_static(match name.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    })
}
