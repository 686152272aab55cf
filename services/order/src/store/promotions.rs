//! Promotions, and the guarded counters of their uses.

use souk_db::{Batch, Db, DbError, Row, Statement, args, batch};
use souk_types::{OrderId, PromotionId, Timestamp};

use super::carts::json;
use crate::domain::pricing::{PROMOTIONS_MAX, Promotion, Rule, normalize};

pub(crate) const INSERT: &str = "promotions.insert";
pub(crate) const UPDATE: &str = "promotions.update";
pub(crate) const DELETE: &str = "promotions.delete";
/// The guards of a checkout: somebody else took the last use.
pub(crate) const TAKE: &str = "promotions.take";
pub(crate) const TAKE_BY_CUSTOMER: &str = "promotion_customers.take";

/// A promotion as staff see it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) promotion: Promotion,
    pub(crate) uses: i64,
    pub(crate) version: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select id, rule, uses, version, created_at, updated_at from promotions ", $rest)
    };
}

pub(crate) async fn get(db: &Db, id: PromotionId) -> Result<Option<Stored>, DbError> {
    db.read_one(select!("where id = $1"), args![id], stored).await
}

/// Newest first.
pub(crate) async fn page(db: &Db, after: Option<PromotionId>, limit: usize) -> Result<Vec<Stored>, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match after {
        Some(after) => {
            db.read(select!("where id < $1 order by id desc limit $2"), args![after, limit], stored).await
        }
        None => db.read(select!("order by id desc limit $1"), args![limit], stored).await,
    }
}

fn stored(row: &Row) -> Result<Stored, DbError> {
    Ok(Stored {
        promotion: Promotion { id: row.get(0)?, rule: row.json(1)? },
        uses: row.get(2)?,
        version: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

/// The version of the rules, and all of them. Read in this order, they are at least as new as the version says.
pub(crate) async fn all(db: &Db) -> Result<(i64, Vec<Promotion>), DbError> {
    let version =
        db.read_one("select version from pricing_rules where id = 1", args![], |row| row.get(0)).await?;
    let most = i64::try_from(PROMOTIONS_MAX).unwrap_or(i64::MAX);
    let promotions = db
        .read("select id, rule from promotions order by id limit $1", args![most], |row| {
            Ok(Promotion { id: row.get(0)?, rule: row.json(1)? })
        })
        .await?;
    Ok((version.unwrap_or(0), promotions))
}

pub(crate) fn insert(promotion: &Promotion, now: Timestamp) -> Batch {
    let rule = &promotion.rule;
    let most = i64::try_from(PROMOTIONS_MAX).unwrap_or(i64::MAX);
    let insert = Statement::new(
        INSERT,
        "insert into promotions (id, code, rule, uses_max, version, created_at, updated_at)
         select $1, $2, $3, $4, 1, $5, $5 where (select count(*) from promotions) < $6",
        args![promotion.id, key_of(rule), json(rule), rule.uses_max.map(i64::from), now, most],
    )
    .expect_rows(1);
    batch![insert, rules_changed()]
}

/// As the next version; whoever read an older one loses the race.
pub(crate) fn update(promotion: &Promotion, version: i64, now: Timestamp) -> Batch {
    let rule = &promotion.rule;
    let update = Statement::new(
        UPDATE,
        "update promotions set code = $1, rule = $2, uses_max = $3, version = version + 1, updated_at = $4
         where id = $5 and version = $6",
        args![key_of(rule), json(rule), rule.uses_max.map(i64::from), now, promotion.id, version],
    )
    .expect_rows(1);
    batch![update, rules_changed()]
}

pub(crate) fn delete(id: PromotionId, version: i64) -> Batch {
    let delete =
        Statement::new(DELETE, "delete from promotions where id = $1 and version = $2", args![id, version]);
    batch![delete.expect_rows(1), rules_changed()]
}

fn key_of(rule: &Rule) -> Option<String> {
    rule.code.as_deref().map(normalize)
}

fn rules_changed() -> Statement {
    Statement::new(
        "pricing_rules.grow",
        "update pricing_rules set version = version + 1 where id = 1",
        args![],
    )
}

/// How often limited promotions are used: by all, and by this customer.
pub(crate) async fn uses(
    db: &Db,
    promotions: Vec<PromotionId>,
    customer: &str,
) -> Result<Vec<(PromotionId, i64, i64)>, DbError> {
    db.read(
        "select p.id, p.uses, coalesce(c.uses, 0)
         from promotions p left join promotion_customers c on c.promotion_id = p.id and c.customer = $2
         where p.id = any($1)",
        args![promotions, customer],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
    .await
}

/// A use that an order takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) promotion: PromotionId,
    /// `user:<id>`, or `email:<address>` of a guest.
    pub(crate) customer: String,
    pub(crate) per_customer_max: Option<u32>,
}

/// Takes the uses, each guarded by its limits. Rows are always taken in the order of ids, so that two checkouts
/// never wait for each other in a circle.
pub(crate) fn take(uses: &[Use]) -> Vec<Statement> {
    let mut uses: Vec<&Use> = uses.iter().collect();
    uses.sort_by_key(|taken| taken.promotion);
    uses.into_iter().flat_map(take_one).collect()
}

fn take_one(Use { promotion, customer, per_customer_max }: &Use) -> Vec<Statement> {
    let by_all = Statement::new(
        TAKE,
        "update promotions set uses = uses + 1 where id = $1 and (uses_max is null or uses < uses_max)",
        args![*promotion],
    );
    // Without a limit the counter runs on, for a limit that may be set later.
    let most = per_customer_max.map_or(i64::MAX, i64::from);
    let by_customer = Statement::new(
        TAKE_BY_CUSTOMER,
        "insert into promotion_customers (promotion_id, customer, uses) values ($1, $2, 1)
         on conflict (promotion_id, customer) do update set uses = promotion_customers.uses + 1
         where promotion_customers.uses < $3",
        args![*promotion, customer, most],
    );
    vec![by_all.expect_rows(1), by_customer.expect_rows(1)]
}

/// Notes which order took them: after the order itself has been inserted.
pub(crate) fn note(order: OrderId, uses: &[Use]) -> Vec<Statement> {
    let note = |taken: &Use| {
        Statement::new(
            "promotion_uses.insert",
            "insert into promotion_uses (order_id, promotion_id, customer) values ($1, $2, $3)",
            args![order, taken.promotion, &taken.customer],
        )
    };
    uses.iter().map(note).collect()
}

/// Gives back what a canceled order took, once: what was given back is not noted any more.
pub(crate) fn give_back(order: OrderId, promotions: impl IntoIterator<Item = PromotionId>) -> Vec<Statement> {
    let mut promotions: Vec<PromotionId> = promotions.into_iter().collect();
    promotions.sort_unstable();
    let each = |id: PromotionId| {
        let by_all = Statement::new(
            "promotions.give_back",
            "update promotions set uses = uses - 1 where id = $1 and uses > 0
                and exists (select 1 from promotion_uses where order_id = $2 and promotion_id = $1)",
            args![id, order],
        );
        let by_customer = Statement::new(
            "promotion_customers.give_back",
            "update promotion_customers set uses = uses - 1 where promotion_id = $1 and uses > 0
                and customer = (select customer from promotion_uses where order_id = $2 and promotion_id = $1)",
            args![id, order],
        );
        let forget = Statement::new(
            "promotion_uses.delete",
            "delete from promotion_uses where order_id = $1 and promotion_id = $2",
            args![order, id],
        );
        [by_all, by_customer, forget]
    };
    promotions.into_iter().flat_map(each).collect()
}
