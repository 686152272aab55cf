//! Lines as clients name them: by the variant's id, or by its SKU.

use serde::{Deserialize, Serialize};
use souk_app::Rules;
use souk_rpc::Error;
use souk_types::VariantId;
use utoipa::ToSchema;

use super::requests::check_version;
use crate::domain::cart::QUANTITY_MAX;
use crate::flows::find_variants::{WantedLine, Which};

const SKU_LENGTH_MAX: usize = 100;
/// In serde's words, which a refusal is made from: it names the field.
const NAMELESS: &str = "missing field `variant_id`: name the variant by it or by its `sku`";
const NAMED_TWICE: &str = "unknown field `sku`: the variant is named by its `variant_id` already";

/// A variant and how many of it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "AnyLine", untagged)]
pub(crate) enum LineRequest {
    ById(LineById),
    BySku(LineBySku),
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineById {
    variant_id: VariantId,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineBySku {
    #[schema(
        min_length = 1,
        max_length = 100,
        example = "TEE-M",
        pattern = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*[^\\s\\x00-\\x1F\\x7F-\\x9F][^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*$"
    )]
    sku: String,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

/// What is read before it is known how the variant is named, so that a refusal can say what is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyLine {
    #[serde(default)]
    variant_id: Option<VariantId>,
    #[serde(default)]
    sku: Option<String>,
    quantity: u32,
}

impl TryFrom<AnyLine> for LineRequest {
    type Error = &'static str;

    fn try_from(line: AnyLine) -> Result<LineRequest, &'static str> {
        let quantity = line.quantity;
        match (line.variant_id, line.sku) {
            (Some(variant_id), None) => Ok(LineRequest::ById(LineById { variant_id, quantity })),
            (None, Some(sku)) => Ok(LineRequest::BySku(LineBySku { sku, quantity })),
            (None, None) => Err(NAMELESS),
            (Some(_), Some(_)) => Err(NAMED_TWICE),
        }
    }
}

impl LineRequest {
    pub(super) fn check(&self, at: &str, rules: &mut Rules) {
        let (LineRequest::ById(LineById { quantity, .. }) | LineRequest::BySku(LineBySku { quantity, .. })) =
            self;
        rules.range(&format!("{at}quantity"), *quantity, 1..=QUANTITY_MAX);
        if let LineRequest::BySku(LineBySku { sku, .. }) = self {
            rules.text(&format!("{at}sku"), sku, 1..=SKU_LENGTH_MAX);
        }
    }

    /// `position` is where it stands in a list of lines, if it came in one.
    pub(super) fn wanted(self, position: Option<usize>) -> WantedLine {
        match self {
            LineRequest::ById(LineById { variant_id, quantity }) => {
                WantedLine { position, which: Which::Id(variant_id), quantity }
            }
            LineRequest::BySku(LineBySku { sku, quantity }) => {
                WantedLine { position, which: Which::Sku(sku), quantity }
            }
        }
    }
}

/// A line to be added, and which version of the cart the buyer has seen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "AnyAddLine", untagged)]
pub(crate) enum AddLine {
    ById(AddLineById),
    BySku(AddLineBySku),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddLineById {
    variant_id: VariantId,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
    /// The version that the buyer has seen; refused when the cart has moved on. Without it, the newest cart is edited.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddLineBySku {
    #[schema(
        min_length = 1,
        max_length = 100,
        example = "TEE-M",
        pattern = "^[^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*[^\\s\\x00-\\x1F\\x7F-\\x9F][^\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F]*$"
    )]
    sku: String,
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
    /// The version that the buyer has seen; refused when the cart has moved on. Without it, the newest cart is edited.
    #[schema(minimum = 1)]
    version: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyAddLine {
    #[serde(default)]
    variant_id: Option<VariantId>,
    #[serde(default)]
    sku: Option<String>,
    quantity: u32,
    #[serde(default)]
    version: Option<i64>,
}

impl TryFrom<AnyAddLine> for AddLine {
    type Error = &'static str;

    fn try_from(line: AnyAddLine) -> Result<AddLine, &'static str> {
        let AnyAddLine { variant_id, sku, quantity, version } = line;
        match (variant_id, sku) {
            (Some(variant_id), None) => Ok(AddLine::ById(AddLineById { variant_id, quantity, version })),
            (None, Some(sku)) => Ok(AddLine::BySku(AddLineBySku { sku, quantity, version })),
            (None, None) => Err(NAMELESS),
            (Some(_), Some(_)) => Err(NAMED_TWICE),
        }
    }
}

impl AddLine {
    pub(super) fn check(self) -> Result<(WantedLine, Option<i64>), Error> {
        let (line, version) = match self {
            AddLine::ById(AddLineById { variant_id, quantity, version }) => {
                (LineRequest::ById(LineById { variant_id, quantity }), version)
            }
            AddLine::BySku(AddLineBySku { sku, quantity, version }) => {
                (LineRequest::BySku(LineBySku { sku, quantity }), version)
            }
        };
        let mut rules = Rules::new();
        line.check("", &mut rules);
        check_version(&mut rules, version);
        rules.check()?;
        Ok((line.wanted(None), version))
    }
}
