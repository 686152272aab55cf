//! Takes in up to 500 products of an import file in one commit. A row that breaks a rule is named and left out;
//! a product that is already as the file says is left alone.

mod plan;
mod row;

use souk_app::Rules;
use souk_contract::product::{ImportProducts, ImportReport, RejectedRow};
use souk_rpc::{Context, Error};

use crate::Deps;
use crate::error::ProductError;
use plan::Plan;
use row::ReadRow;

const ROWS_MAX: usize = 500;
/// How often all rows together are tried again after somebody else changed the catalog meanwhile.
const TRIES: usize = 3;

pub(crate) async fn import_products(
    cx: &Context,
    deps: &Deps,
    request: ImportProducts,
) -> Result<ImportReport, ProductError> {
    let mut rules = Rules::new();
    rules.entries("rows", request.rows.len(), 0..=ROWS_MAX);
    rules.check()?;
    let (rows, rejected) = row::read_all(request.rows);
    let mut report = import_rows(cx, deps, &rows).await?;
    report.rejected.extend(rejected);
    report.rejected.sort_by_key(|row| row.line);
    Ok(report)
}

/// All rows in one commit; if the database refuses that, each by itself, so that only the guilty one stays out.
async fn import_rows(cx: &Context, deps: &Deps, rows: &[ReadRow]) -> Result<ImportReport, ProductError> {
    for _ in 0..TRIES {
        match commit(cx, deps, rows).await {
            Err(Attempt::Refused(_)) => {}
            Err(Attempt::Failed(error)) => return Err(error),
            Ok(report) => return Ok(report),
        }
    }
    let mut report = ImportReport::default();
    for row in rows {
        match commit(cx, deps, std::slice::from_ref(row)).await {
            Ok(one) => add(&mut report, one),
            Err(Attempt::Refused(error)) => report.rejected.push(refused(row, error)),
            Err(Attempt::Failed(error)) => return Err(error),
        }
    }
    Ok(report)
}

/// Why a commit did not happen: the rows' fault or a race, or the database's.
enum Attempt {
    Refused(souk_db::DbError),
    Failed(ProductError),
}

impl From<souk_db::DbError> for Attempt {
    fn from(error: souk_db::DbError) -> Attempt {
        Attempt::Failed(error.into())
    }
}

async fn commit(cx: &Context, deps: &Deps, rows: &[ReadRow]) -> Result<ImportReport, Attempt> {
    let plan = Plan::make(cx, deps, rows).await?;
    match deps.db.commit(cx, plan.batch).await {
        Ok(_) => {}
        Err(error @ (souk_db::DbError::Constraint { .. } | souk_db::DbError::Guard { .. })) => {
            return Err(Attempt::Refused(error));
        }
        Err(error) => return Err(error.into()),
    }
    deps.pages.forget(&plan.changed).await;
    Ok(plan.report)
}

fn refused(row: &ReadRow, error: souk_db::DbError) -> RejectedRow {
    use souk_db::{ConstraintKind, DbError};
    let (field, rule, detail) = match &error {
        DbError::Constraint { statement, kind: ConstraintKind::Check, .. }
            if *statement == crate::store::stock::BACKORDER =>
        {
            (
                "variants",
                "backorder",
                "units are promised that are not there; backorder has to stay on".to_owned(),
            )
        }
        DbError::Constraint { kind: ConstraintKind::Unique, .. } => ("key", "unique", error.to_string()),
        DbError::Guard { .. } => {
            ("key", "lost_race", "it was changed by somebody else at the same moment".to_owned())
        }
        _ => ("key", "refused", error.to_string()),
    };
    RejectedRow { line: row.line, field: field.to_owned(), rule: rule.to_owned(), detail }
}

fn add(report: &mut ImportReport, one: ImportReport) {
    report.created += one.created;
    report.updated += one.updated;
    report.unchanged += one.unchanged;
    report.rejected.extend(one.rejected);
}

/// A broken rule of a row, as the report names it.
fn rejected(line: u64, error: Error) -> Vec<RejectedRow> {
    let row = |field: String, rule: String, detail: String| RejectedRow { line, field, rule, detail };
    if error.errors.is_empty() {
        return vec![row(String::new(), error.code.into_owned(), error.detail)];
    }
    error.errors.into_iter().map(|broken| row(broken.field, broken.rule, broken.detail)).collect()
}
