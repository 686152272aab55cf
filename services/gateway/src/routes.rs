//! Who answers what: the table of contents of the shop's public face.

use http::Method;

/// Who answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The gateway itself.
    Own,
    User,
    Product,
    Order,
    Payment,
    Notification,
}

impl Target {
    pub(crate) const ALL: [Target; 6] =
        [Target::Own, Target::User, Target::Product, Target::Order, Target::Payment, Target::Notification];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Target::Own => "gateway",
            Target::User => "user",
            Target::Product => "product",
            Target::Order => "order",
            Target::Payment => "payment",
            Target::Notification => "notification",
        }
    }
}

/// Path prefix → service. The first that fits wins, so a longer prefix stands before a shorter one.
/// What is not listed is the gateway's own, or nobody's.
const PREFIXES: &[(&str, Target)] = &[
    // The store.
    ("/v1/products", Target::Product),
    ("/v1/search", Target::Product),
    ("/v1/categories", Target::Product),
    ("/v1/collections", Target::Product),
    ("/v1/carts", Target::Order),
    ("/v1/orders", Target::Order),
    ("/v1/me/cart", Target::Order),
    ("/v1/me/orders", Target::Order),
    ("/v1/me", Target::User),
    ("/v1/users", Target::User),
    ("/v1/sessions", Target::User),
    ("/v1/password-resets", Target::User),
    ("/v1/payments", Target::Payment),
    // The staff.
    ("/v1/admin/products", Target::Product),
    ("/v1/admin/categories", Target::Product),
    ("/v1/admin/collections", Target::Product),
    ("/v1/admin/locations", Target::Product),
    ("/v1/admin/stock", Target::Product),
    ("/v1/admin/orders", Target::Order),
    ("/v1/admin/promotions", Target::Order),
    ("/v1/admin/payments", Target::Payment),
    ("/v1/admin/ledger", Target::Payment),
    ("/v1/admin/staff", Target::User),
    ("/v1/admin/api-keys", Target::User),
    ("/v1/admin/customers", Target::User),
    ("/v1/admin/mails", Target::Notification),
];

/// Mounted by `souk up --dev` only.
const DEV_PREFIXES: &[(&str, Target)] =
    &[("/dev/mailbox", Target::Notification), ("/dev/sandbox", Target::Payment)];

/// For staff and API keys only; the services check the exact permission.
const STAFF_PREFIX: &str = "/v1/admin";

/// Called by payment providers, who sign their requests in their own ways.
const WEBHOOKS_PREFIX: &str = "/v1/payments/webhooks";

/// How the paths end under which carts become orders.
const CHECKOUT_END: &str = "/checkout";

/// Where guessing pays: passwords, tokens, order numbers. Limited per address, and tightly.
const GUESSED: &[&str] = &[
    "/v1/sessions",
    "/v1/users",
    "/v1/users/verification",
    "/v1/users/verification-requests",
    "/v1/password-resets",
    "/v1/password-resets/confirm",
    "/v1/me/password",
    "/v1/orders/lookup",
];

/// Asked all the time by those who watch the shop.
const UNLIMITED: &[&str] = &["/healthz", "/readyz", "/metrics"];

/// Files of the storefront: a page has a dozen of them, and they cost less than counting them.
const FILES_PREFIX: &str = "/_next/static";

/// Which bucket a request takes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Unlimited,
    Reads,
    Writes,
    Guesses,
    Webhooks,
}

/// What the path and the method say about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) target: Target,
    /// Of the path, as it stands in the table; empty for the gateway's own.
    pub(crate) prefix: &'static str,
    pub(crate) class: Class,
    pub(crate) staff_only: bool,
    pub(crate) mutation: bool,
    /// Somebody pays, or a provider says that somebody has: let in when others are turned away.
    pub(crate) vital: bool,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str, dev: bool) -> Route {
        let mutation = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let found = look_up(PREFIXES, path).or_else(|| look_up(DEV_PREFIXES, path).filter(|_| dev));
        let (prefix, target) = found.unwrap_or(("", Target::Own));
        let class = class(path, mutation);
        Route {
            target,
            prefix,
            class,
            staff_only: is_under(STAFF_PREFIX, path),
            mutation,
            vital: class == Class::Webhooks || (mutation && path.ends_with(CHECKOUT_END)),
        }
    }

    /// A client's `Authorization` header there is none of our business.
    pub(crate) fn is_webhook(&self) -> bool {
        self.class == Class::Webhooks
    }
}

fn class(path: &str, mutation: bool) -> Class {
    if mutation {
        if is_under(WEBHOOKS_PREFIX, path) {
            return Class::Webhooks;
        }
        return if GUESSED.contains(&path) { Class::Guesses } else { Class::Writes };
    }
    if UNLIMITED.contains(&path) || is_under(FILES_PREFIX, path) { Class::Unlimited } else { Class::Reads }
}

fn look_up(table: &[(&'static str, Target)], path: &str) -> Option<(&'static str, Target)> {
    table.iter().find(|(prefix, _)| is_under(prefix, path)).copied()
}

/// The prefix itself or something below it: `/v1/me` is not above `/v1/menu`. A dot counts as below, for
/// `/dev/mailbox.json`.
fn is_under(prefix: &str, path: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str) -> Target {
        Route::of(&Method::GET, path, false).target
    }

    #[test]
    fn the_longest_prefix_decides() {
        assert_eq!(target("/v1/me"), Target::User);
        assert_eq!(target("/v1/me/addresses"), Target::User);
        assert_eq!(target("/v1/me/cart"), Target::Order);
        assert_eq!(target("/v1/menu"), Target::Own);
        assert_eq!(target("/v1/admin/orders/1"), Target::Order);
        assert_eq!(target("/rpc/product/ping"), Target::Own, "internal routes are nobody's from outside");
    }

    #[test]
    fn no_prefix_hides_a_longer_one() {
        for (at, (prefix, _)) in PREFIXES.iter().enumerate() {
            let hidden = PREFIXES[at + 1..].iter().find(|(later, _)| is_under(prefix, later));
            assert_eq!(hidden, None, "{prefix} stands before it");
        }
    }

    #[test]
    fn the_mailbox_is_there_in_development_only() {
        assert_eq!(Route::of(&Method::GET, "/dev/mailbox.json", true).target, Target::Notification);
        assert_eq!(target("/dev/mailbox.json"), Target::Own);
    }

    #[test]
    fn guessing_is_limited_where_it_pays() {
        assert_eq!(Route::of(&Method::POST, "/v1/sessions", false).class, Class::Guesses);
        assert_eq!(Route::of(&Method::GET, "/v1/sessions", false).class, Class::Reads);
        assert_eq!(Route::of(&Method::POST, "/v1/payments/webhooks/stripe", false).class, Class::Webhooks);
        assert_eq!(Route::of(&Method::POST, "/v1/carts", false).class, Class::Writes);
        assert_eq!(Route::of(&Method::GET, "/healthz", false).class, Class::Unlimited);
    }
}
