//! The addresses of the shop's pages: which kind of page stands where, and in which language.

/// Kinds of pages. Each has a template in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Home,
    Products,
    Category,
    Collection,
    Product,
    Search,
    Cart,
    Checkout,
    Confirmation,
    Track,
    Order,
    Account,
    Login,
    Register,
    Forgot,
    Reset,
    Verify,
    Page,
    NotFound,
    Error,
    Offline,
}

impl Kind {
    pub(super) const ALL: [Kind; 21] = [
        Kind::Home,
        Kind::Products,
        Kind::Category,
        Kind::Collection,
        Kind::Product,
        Kind::Search,
        Kind::Cart,
        Kind::Checkout,
        Kind::Confirmation,
        Kind::Track,
        Kind::Order,
        Kind::Account,
        Kind::Login,
        Kind::Register,
        Kind::Forgot,
        Kind::Reset,
        Kind::Verify,
        Kind::Page,
        Kind::NotFound,
        Kind::Error,
        Kind::Offline,
    ];

    /// As its files and its texts are named.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Kind::Home => "home",
            Kind::Products => "products",
            Kind::Category => "category",
            Kind::Collection => "collection",
            Kind::Product => "product",
            Kind::Search => "search",
            Kind::Cart => "cart",
            Kind::Checkout => "checkout",
            Kind::Confirmation => "confirmation",
            Kind::Track => "track",
            Kind::Order => "order",
            Kind::Account => "account",
            Kind::Login => "login",
            Kind::Register => "register",
            Kind::Forgot => "forgot",
            Kind::Reset => "reset",
            Kind::Verify => "verify",
            Kind::Page => "page",
            Kind::NotFound => "not-found",
            Kind::Error => "error",
            Kind::Offline => "offline",
        }
    }

    /// About somebody, not about the catalog: never kept by caches, never found by search engines.
    pub(super) const fn is_private(self) -> bool {
        matches!(
            self,
            Kind::Cart
                | Kind::Checkout
                | Kind::Confirmation
                | Kind::Track
                | Kind::Order
                | Kind::Account
                | Kind::Login
                | Kind::Register
                | Kind::Forgot
                | Kind::Reset
                | Kind::Verify
        )
    }

    /// Parameters of the address that change what stands on the page. All others are the browser's own affair.
    pub(super) const fn parameters(self) -> &'static [&'static str] {
        match self {
            Kind::Products | Kind::Category | Kind::Search => &[
                "q",
                "brand",
                "category",
                "attribute",
                "price_min",
                "price_max",
                "sort",
                "cursor",
                "currency",
            ],
            Kind::Collection => &["brand", "price_min", "price_max", "sort", "cursor", "currency"],
            Kind::Home | Kind::Product => &["currency"],
            _ => &[],
        }
    }
}

/// What stands at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A page of this kind, about what is named: a slug, a category's path, an order's number.
    Page {
        locale: usize,
        kind: Kind,
        name: String,
    },
    /// It is there.
    Moved(String),
    Nowhere {
        locale: usize,
    },
}

/// Longer addresses belong to nobody.
const PATH_BYTES_MAX: usize = 1_200;
const ACCOUNT: [&str; 5] = ["", "orders", "addresses", "security", "wishlist"];

/// Finds the page. The first locale has no prefix.
pub(super) fn find(locales: &[String], path: &str) -> Place {
    if path.len() > PATH_BYTES_MAX || !path.starts_with('/') || path.contains("//") {
        return Place::Nowhere { locale: 0 };
    }
    if path.len() > 1
        && let Some(trimmed) = path.strip_suffix('/')
    {
        return Place::Moved(trimmed.to_owned());
    }
    let (first, rest) =
        path[1..].split_once('/').map_or((&path[1..], "/"), |(first, _)| (first, &path[1 + first.len()..]));
    let (locale, inner) = match locales.iter().position(|locale| locale == first) {
        Some(0) => return Place::Moved(rest.to_owned()),
        Some(locale) => (locale, rest),
        None => (0, path),
    };
    let words: Vec<&str> = inner[1..].split('/').collect();
    let page = |kind, name: &str| Place::Page { locale, kind, name: name.to_owned() };
    match words[..] {
        [""] => page(Kind::Home, ""),
        ["products"] => page(Kind::Products, ""),
        ["products", slug] => named(path, locale, Kind::Product, slug),
        ["categories", first, ..] if !first.is_empty() => {
            named(path, locale, Kind::Category, &inner["/categories/".len()..])
        }
        ["collections", slug] => named(path, locale, Kind::Collection, slug),
        ["search"] => page(Kind::Search, ""),
        ["cart"] => page(Kind::Cart, ""),
        ["checkout"] => page(Kind::Checkout, ""),
        ["checkout", "confirmation"] => page(Kind::Confirmation, ""),
        ["orders"] => page(Kind::Track, ""),
        ["orders", number] if is_number(number) => page(Kind::Order, number),
        ["account"] => page(Kind::Account, ""),
        ["account", section] if ACCOUNT.contains(&section) => page(Kind::Account, section),
        ["login"] => page(Kind::Login, ""),
        ["register"] => page(Kind::Register, ""),
        ["forgot-password"] => page(Kind::Forgot, ""),
        ["reset-password"] => page(Kind::Reset, ""),
        ["verify"] => page(Kind::Verify, ""),
        ["pages", slug] => named(path, locale, Kind::Page, slug),
        ["offline"] => page(Kind::Offline, ""),
        _ => Place::Nowhere { locale },
    }
}

/// Slugs are lower-case words joined by hyphens; written in capitals they are found all the same.
fn named(path: &str, locale: usize, kind: Kind, name: &str) -> Place {
    let is_slug =
        |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || (byte == b'/' && kind == Kind::Category);
    if name.is_empty() || !name.bytes().all(is_slug) {
        return Place::Nowhere { locale };
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Place::Moved(path.to_ascii_lowercase());
    }
    Place::Page { locale, kind, name: name.to_owned() }
}

fn is_number(number: &str) -> bool {
    (1..=40).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The address of an unprefixed path in a language.
pub(super) fn address(locales: &[String], locale: usize, path: &str) -> String {
    match (locale, path) {
        (0, path) => path.to_owned(),
        (locale, "/") => format!("/{}", locales[locale]),
        (locale, path) => format!("/{}{path}", locales[locale]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locales() -> Vec<String> {
        ["en", "de", "ja"].map(str::to_owned).to_vec()
    }

    fn at(path: &str) -> Place {
        find(&locales(), path)
    }

    fn page(locale: usize, kind: Kind, name: &str) -> Place {
        Place::Page { locale, kind, name: name.to_owned() }
    }

    #[test]
    fn each_page_has_one_address_in_each_language() {
        assert_eq!(at("/"), page(0, Kind::Home, ""));
        assert_eq!(at("/de"), page(1, Kind::Home, ""));
        assert_eq!(at("/ja/products/everyday-tee"), page(2, Kind::Product, "everyday-tee"));
        assert_eq!(at("/categories/clothing/shirts"), page(0, Kind::Category, "clothing/shirts"));
        assert_eq!(at("/de/orders/AB12-34CD"), page(1, Kind::Order, "AB12-34CD"));
        assert_eq!(at("/checkout/confirmation"), page(0, Kind::Confirmation, ""));
        assert_eq!(address(&locales(), 1, "/"), "/de");
        assert_eq!(address(&locales(), 2, "/cart"), "/ja/cart");
    }

    #[test]
    fn other_ways_to_write_an_address_lead_to_it() {
        assert_eq!(at("/en/cart"), Place::Moved("/cart".to_owned()));
        assert_eq!(at("/en"), Place::Moved("/".to_owned()));
        assert_eq!(at("/products/"), Place::Moved("/products".to_owned()));
        assert_eq!(at("/de/products/Everyday-Tee"), Place::Moved("/de/products/everyday-tee".to_owned()));
    }

    #[test]
    fn what_is_nobodys_address_leads_nowhere_and_never_to_another_site() {
        for path in [
            "//evil.example/",
            "/\\evil.example",
            "/products/a%2Fb",
            "/products/<b>",
            "/account/x",
            "/orders/a b",
            "/fr/cart",
        ] {
            assert!(matches!(at(path), Place::Nowhere { .. }), "{path}: {:?}", at(path));
        }
        assert_eq!(at("/ja/nothing"), Place::Nowhere { locale: 2 });
    }
}
