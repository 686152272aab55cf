//! One description of the whole API: the services' parts, the gateway's own, and what all of them share.

use utoipa::ToSchema;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder, LicenseBuilder, OpenApi, Tag};

use souk_rpc::{FieldError, Problem};

use crate::access::COOKIE;

const DESCRIPTION: &str = "Everything a shop does, over HTTP and JSON. \
    Money is `{amount, currency}` in minor units; times are RFC 3339; lists go on with `cursor`. \
    Errors are problem documents (RFC 9457): decide by their `code`, which has a page under `/docs/errors`. \
    Send an `Idempotency-Key` with every change: sent twice, it takes effect once. \
    `RateLimit` says how much is left, `Retry-After` when to go on.";

/// The words under each tag, in the order of the reference.
const TAGS: &[(&str, &str)] = &[
    ("catalog", "What is on sale, and finding it."),
    ("carts", "Filling a cart."),
    ("checkout", "Turning a cart into an order."),
    ("orders", "Orders of a customer or a guest."),
    ("users", "Signing up, in and out."),
    ("me", "What belongs to whoever has signed in."),
    ("payments", "What payment providers call."),
    ("catalog-admin", "Staff: products, categories, collections."),
    ("stock", "Staff: warehouses and what lies in them."),
    ("admin orders", "Staff: shipping, canceling, refunding."),
    ("admin", "Staff: money, people, mails."),
    ("operation", "Watching the shop and putting things right."),
    ("dev", "There in development mode only."),
];

pub(crate) fn whole(services: OpenApi, own: OpenApi) -> OpenApi {
    let mut api = services;
    api.merge(own);
    api.info = InfoBuilder::new()
        .title("souk")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .build();
    let components = api.components.get_or_insert_with(Components::new);
    for (name, schema) in [
        (Problem::name(), <Problem as utoipa::PartialSchema>::schema()),
        (FieldError::name(), <FieldError as utoipa::PartialSchema>::schema()),
    ] {
        components.schemas.entry(name.into_owned()).or_insert(schema);
    }
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A session's token or an API key."))
        .build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description(
        COOKIE,
        "Set at sign-in. Changes must come from a page of the shop. Over plain HTTP on a developer's machine it is `souk_session`.",
    );
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    api.tags = Some(tags(&api));
    api
}

/// The tags that operations carry: the known ones first and with their words, then the others by name.
fn tags(api: &OpenApi) -> Vec<Tag> {
    let given = api.tags.clone().unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for item in api.paths.paths.values() {
        let operations = [&item.get, &item.put, &item.post, &item.delete, &item.patch];
        names.extend(
            operations.into_iter().flatten().flat_map(|operation| operation.tags.clone().unwrap_or_default()),
        );
    }
    names.sort_by_key(|name| {
        (TAGS.iter().position(|(known, _)| known == name).unwrap_or(usize::MAX), name.clone())
    });
    names.dedup();
    let described = |name: String| {
        if let Some(tag) = given.iter().find(|tag| tag.name == name && tag.description.is_some()) {
            return tag.clone();
        }
        let words = TAGS.iter().find(|(known, _)| *known == name).map(|(_, words)| *words);
        TagBuilder::new().name(name).description(words).build()
    };
    names.into_iter().map(described).collect()
}
