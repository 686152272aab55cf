//! A promotion as the staff see it.

use serde::Serialize;
use souk_types::{PromotionId, Timestamp};
use utoipa::ToSchema;

use crate::domain::pricing::{Promotion, Rule};
use crate::store::promotions::Stored;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromotionView {
    pub(crate) id: PromotionId,
    /// Grows with each change; state it to change or remove the promotion.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    pub(crate) rule: Rule,
    /// Orders that use it now; counted while it has a limit.
    #[schema(minimum = 0)]
    pub(crate) uses: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// A page of promotions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromotionList {
    pub(crate) items: Vec<PromotionView>,
    /// Hand it back as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

impl From<Stored> for PromotionView {
    fn from(stored: Stored) -> PromotionView {
        let Stored { promotion: Promotion { id, rule }, uses, version, created_at, updated_at } = stored;
        PromotionView { id, version, rule, uses, created_at, updated_at }
    }
}
