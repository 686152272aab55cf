//! Shapes that the API's description tells apart and the code keeps as plain texts and sums.
#![expect(dead_code, reason = "they describe; the rules are checked in `content`")]

use souk_types::Currency;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Array, ArrayBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::attribute::Attribute;
use super::content::ATTRIBUTES_MAX;

/// Attributes, each with the fields of its type and no others, which the derived schema does not say.
pub(super) fn attributes() -> Array {
    let mut attribute = Attribute::schema();
    if let RefOr::T(Schema::OneOf(types)) = &mut attribute {
        for one in &mut types.items {
            if let RefOr::T(Schema::Object(fields)) = one {
                fields.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
    ArrayBuilder::new().items(attribute).max_items(Some(ATTRIBUTES_MAX)).build()
}

/// What variants differ in, such as `Size`.
#[derive(ToSchema)]
#[schema(
    min_length = 1,
    max_length = 80,
    pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
)]
pub(super) struct OptionName(String);

/// One of an option's values, such as `M`.
#[derive(ToSchema)]
#[schema(
    min_length = 1,
    max_length = 80,
    pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
)]
pub(super) struct OptionValue(String);

/// EAN, UPC or ISBN.
#[derive(ToSchema)]
#[schema(
    min_length = 1,
    max_length = 40,
    pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\x00-\x1f\x7f-\x9f\s][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
)]
pub(super) struct Barcode(String);

/// What a unit costs in one currency.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    /// Minor units, such as cents.
    #[schema(minimum = 0, maximum = 1000000000000i64)]
    amount: i64,
    currency: Currency,
}
