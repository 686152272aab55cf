//! Promotions: staff write them down, change them and take them away. Every pricing hears of it.

use souk_db::{Batch, DbError};
use souk_rpc::Context;
use souk_types::PromotionId;

use crate::Deps;
use crate::domain::pricing::{Promotion, Rule};
use crate::error::OrderError;
use crate::store::promotions::{self, Stored};

pub(crate) async fn create_promotion(cx: &Context, deps: &Deps, rule: Rule) -> Result<Stored, OrderError> {
    let now = deps.clock.now();
    let promotion = Promotion { id: PromotionId::new(&deps.chance, now), rule };
    commit(cx, deps, promotions::insert(&promotion, now), &promotion.rule).await?;
    Ok(Stored { promotion, uses: 0, version: 1, created_at: now, updated_at: now })
}

/// What it costs carts changes at once; orders keep what they were promised. Its uses stay counted.
pub(crate) async fn replace_promotion(
    cx: &Context,
    deps: &Deps,
    id: PromotionId,
    version: i64,
    rule: Rule,
) -> Result<Stored, OrderError> {
    let before = get_promotion(deps, id).await?;
    let now = deps.clock.now();
    let promotion = Promotion { id, rule };
    must_be_at(&before, version)?;
    match commit(cx, deps, promotions::update(&promotion, version, now), &promotion.rule).await {
        Err(OrderError::Db(error)) if error.is_guard(promotions::UPDATE) => {
            Err(OrderError::PromotionStale(get_promotion(deps, id).await?.version))
        }
        outcome => {
            outcome?;
            Ok(Stored { promotion, version: version + 1, updated_at: now, ..before })
        }
    }
}

pub(crate) async fn remove_promotion(
    cx: &Context,
    deps: &Deps,
    id: PromotionId,
    version: i64,
) -> Result<(), OrderError> {
    let before = get_promotion(deps, id).await?;
    must_be_at(&before, version)?;
    match commit(cx, deps, promotions::delete(id, version), &before.promotion.rule).await {
        Err(OrderError::Db(error)) if error.is_guard(promotions::DELETE) => {
            Err(OrderError::PromotionStale(get_promotion(deps, id).await?.version))
        }
        outcome => outcome,
    }
}

pub(crate) async fn get_promotion(deps: &Deps, id: PromotionId) -> Result<Stored, OrderError> {
    promotions::get(&deps.db, id).await?.ok_or(OrderError::NotFound("promotion"))
}

fn must_be_at(stored: &Stored, version: i64) -> Result<(), OrderError> {
    if stored.version == version { Ok(()) } else { Err(OrderError::PromotionStale(stored.version)) }
}

/// Told after the commit and before the answer: whoever is answered sees the new rules at this replica.
async fn commit(cx: &Context, deps: &Deps, batch: Batch, rule: &Rule) -> Result<(), OrderError> {
    let outcome = deps.db.commit(cx, batch).await;
    deps.promotions.forget().await;
    outcome.map(drop).map_err(|error| explain(error, rule))
}

fn explain(error: DbError, rule: &Rule) -> OrderError {
    if error.is_unique(promotions::INSERT) || error.is_unique(promotions::UPDATE) {
        return OrderError::CodeTaken(rule.code.clone().unwrap_or_default());
    }
    if error.is_guard(promotions::INSERT) {
        return OrderError::TooManyPromotions;
    }
    error.into()
}
