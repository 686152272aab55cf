//! Fields that several requests have, with the bounds that the API description states. The flows check them.

use serde::Deserialize;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::{EMAIL_PATTERN, MAX_CHARACTERS, MIN_CHARACTERS};

/// One line of text with something in it.
const NAME_PATTERN: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";
/// A language and what narrows it down.
const LOCALE_PATTERN: &str = "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$";

macro_rules! fields {
    ($($(#[doc = $doc:literal])+ $name:ident, $lengths:expr, $pattern:expr, $example:literal;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Deserialize)]
        #[serde(transparent)]
        pub(crate) struct $name(pub String);

        impl ToSchema for $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let lengths: std::ops::RangeInclusive<usize> = $lengths;
                let pattern: Option<&str> = $pattern;
                let password = pattern.is_none().then(|| SchemaFormat::Custom("password".to_owned()));
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .min_length(Some(*lengths.start()))
                    .max_length(Some(*lengths.end()))
                    .pattern(pattern)
                    .format(password)
                    .examples([$example])
                    .into()
            }
        }
    )*};
}

fields! {
    /// An e-mail address. Upper and lower case make no difference.
    EmailAddress, 3..=254, Some(EMAIL_PATTERN), "ada@example.com";
    /// A password to be; one that is easy to guess is refused as `weak_password`.
    NewPassword, MIN_CHARACTERS..=MAX_CHARACTERS, None, "lantern orchid tugboat";
    /// A password as it is.
    KnownPassword, 1..=MAX_CHARACTERS, None, "lantern orchid tugboat";
    /// What somebody is called.
    PersonName, 1..=200, Some(NAME_PATTERN), "Ada Lovelace";
    /// What an API key is for.
    KeyName, 1..=100, Some(NAME_PATTERN), "warehouse scanner";
    /// The language of mails, by BCP 47.
    Locale, 2..=35, Some(LOCALE_PATTERN), "en";
}

impl Default for Locale {
    fn default() -> Locale {
        Locale("en".to_owned())
    }
}
