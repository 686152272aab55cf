//! Shapes that the API's description tells apart and the code keeps as maps and sets.

use souk_types::Currency;
use utoipa::PartialSchema;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder, RefOr, Schema, Type};

use super::super::TOTAL_MAX;
use super::rule::{ENTRIES_MAX, Effect};

/// Minor units by currency, nothing or more.
pub(super) fn amounts() -> Object {
    by_currency(0)
}

/// Minor units by currency: something, in one currency at least.
pub(super) fn amounts_off() -> Object {
    let mut amounts = by_currency(1);
    amounts.min_properties = Some(1);
    amounts
}

fn by_currency(least: i64) -> Object {
    let mut codes = Currency::schema();
    if let RefOr::T(Schema::Object(code)) = &mut codes {
        // A description of a name belongs nowhere.
        code.description = None;
    }
    let RefOr::T(codes) = codes else { return Object::new() };
    let amount =
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(TOTAL_MAX));
    ObjectBuilder::new()
        .description(Some("ISO 4217 code → minor units."))
        .property_names(Some(codes))
        .additional_properties(Some(AdditionalProperties::RefOr(amount.build().into())))
        .build()
}

pub(super) fn countries() -> Array {
    let country = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Z]{2}$")).examples(["DE"]);
    ArrayBuilder::new()
        .description(Some("Where the goods go (ISO 3166-1 alpha-2); anywhere when empty."))
        .items(country)
        .max_items(Some(ENTRIES_MAX))
        .unique_items(true)
        .build()
}

/// Each effect with the fields of its type and no others, which the derived schema does not say.
pub(super) fn effect() -> RefOr<Schema> {
    let mut effect = Effect::schema();
    if let RefOr::T(Schema::OneOf(types)) = &mut effect {
        for one in &mut types.items {
            if let RefOr::T(Schema::Object(fields)) = one {
                fields.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
    effect
}

pub(super) fn stacking() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Whether others apply beside it."))
        .enum_values(Some(["combines", "exclusive"]))
        .default(Some("combines".into()))
        .build()
}
