//! A storefront as small as can be: what a build of the storefront leaves, for tests of what fills it.

use std::fs;
use std::io;
use std::path::Path;

/// The kinds of pages (services/gateway/src/storefront/site.rs).
const KINDS: [&str; 21] = [
    "home",
    "products",
    "category",
    "collection",
    "product",
    "search",
    "cart",
    "checkout",
    "confirmation",
    "track",
    "order",
    "account",
    "login",
    "register",
    "forgot",
    "reset",
    "verify",
    "page",
    "not-found",
    "error",
    "offline",
];
const TEMPLATE: &str = concat!(
    r#"<!DOCTYPE html><html lang="LOCALE"><head><meta charSet="utf-8"/><meta name="souk-head" content="slot"/>"#,
    r#"<script>document.documentElement.dataset.mode='light'</script></head><body><div id="souk-body"></div>"#,
    r#"<script src="/_next/static/app.js" async=""></script></body></html>"#
);
const LAYOUT: &str = r#"<header><a href="{{ href("/") }}">{{ shop.name }}</a></header><main>{% block main %}<h1>{{ title }}</h1>{% endblock %}</main>"#;
const PRODUCT: &str = r#"{% extends "_layout.html" %}{% block main %}<h1>{{ product.title }}</h1>
<img src="{{ src(product.media[0].url) if product.media else art(product.slug) }}" alt="">
{% for variant in product.variants %}{% for price in variant.prices %}<p>{{ money(price.amount, price.currency) }}</p>{% endfor %}{% endfor %}
<p>{{ availability.variants[0].status }}</p><p>{{ product.description }}</p>
{% for step in ancestors %}<a href="{{ href("/categories/" ~ step.path) }}">{{ step.title }}</a>{% endfor %}{% endblock %}"#;
const LIST: &str = r#"{% extends "_layout.html" %}{% block main %}<h1>{{ title }}</h1>
{% for product in products %}<a href="{{ href("/products/" ~ product.slug) }}">{{ product.title }}</a>{% endfor %}{% endblock %}"#;
const SEARCH: &str = r#"{% extends "_layout.html" %}{% block main %}<h1>{{ t("search.for", query=query.q|default("")) }}</h1>
{% for product in search.items %}<a href="{{ href("/products/" ~ product.slug) }}">{{ product.title }}</a>{% endfor %}{% endblock %}"#;
const HOME: &str = r#"{% extends "_layout.html" %}{% block main %}{% for section in sections %}<h2>{{ section.title }}</h2>
{% for product in section.products %}<a href="{{ href("/products/" ~ product.slug) }}">{{ product.title }}</a>{% endfor %}{% endfor %}{% endblock %}"#;
const PAGE: &str = r#"{% extends "_layout.html" %}{% block main %}<h1>{{ page.title }}</h1>{{ page.html|safe }}{% endblock %}"#;
const PLAIN: &str = r#"{% extends "_layout.html" %}"#;

/// Writes it into a folder, in English and German.
pub fn write_tiny_web(folder: &Path) -> io::Result<()> {
    let write = |name: String, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)
    };
    for locale in ["en", "de"] {
        let mut messages = vec![format!(
            "\"search.for\":\"{}\"",
            if locale == "de" { "Suche nach {query}" } else { "Results for {query}" }
        )];
        for kind in KINDS {
            write(format!("{locale}/{kind}.html"), &TEMPLATE.replace("LOCALE", locale))?;
            messages.push(format!("\"head.{kind}.title\":\"{kind} {{name}}{{query}} · {{shop}}\""));
            messages.push(format!("\"head.{kind}.description\":\"About {kind} {{name}}\""));
        }
        write(format!("server/messages/{locale}.json"), &format!("{{{}}}", messages.join(",")))?;
        let page = r#"{"title":"About us","description":"Who we are","html":"<p>Since 1999.</p>"}"#;
        write(format!("server/pages/{locale}/about.json"), page)?;
    }
    for kind in KINDS {
        let body = match kind {
            "product" => PRODUCT,
            "products" | "category" | "collection" => LIST,
            "search" => SEARCH,
            "home" => HOME,
            "page" => PAGE,
            _ => PLAIN,
        };
        write(format!("server/{kind}.html"), body)?;
    }
    write("server/_layout.html".to_owned(), LAYOUT)?;
    write(
        "server/home.json".to_owned(),
        r#"[{"kind":"newest","title":"New"},{"kind":"collection","slug":"gone","title":"Gone"}]"#,
    )?;
    write("_next/static/app.js".to_owned(), "console.log(1)")?;
    write("favicon.svg".to_owned(), "<svg/>")
}
