//! The category tree.

use souk_db::{Db, DbError, Row, Statement, args};
use souk_types::CategoryId;

use crate::domain::category::{Category, subtree};

pub(crate) const INSERT: &str = "category.insert";
pub(crate) const UPDATE: &str = "category.update";
pub(crate) const MOVE_SUBTREE: &str = "category.move_subtree";
pub(crate) const DELETE: &str = "category.delete";

macro_rules! select {
    ($where:literal) => {
        concat!("select id, parent, slug, title, path, position, version from category where ", $where)
    };
}

pub(crate) async fn get(db: &Db, id: CategoryId) -> Result<Option<Category>, DbError> {
    db.read_one(select!("id = $1"), args![id], read).await
}

pub(crate) async fn get_many_by_path(db: &Db, paths: Vec<String>) -> Result<Vec<Category>, DbError> {
    db.read(select!("path = any($1) order by path"), args![paths], read).await
}

/// Categories with one of these titles, wherever they stand; a thousand at most.
pub(crate) async fn by_titles(db: &Db, titles: Vec<String>) -> Result<Vec<Category>, DbError> {
    db.read(select!("title = any($1) order by path limit 1000"), args![titles], read).await
}

/// The category with all that it stands below, from the root.
pub(crate) async fn with_ancestors(db: &Db, id: CategoryId) -> Result<Vec<Category>, DbError> {
    let Some(category) = get(db, id).await? else { return Ok(Vec::new()) };
    if category.parent.is_none() {
        return Ok(vec![category]);
    }
    let ends = category.path.match_indices('/').map(|(at, _)| at).chain([category.path.len()]);
    let paths = ends.map(|end| category.path[..end].to_owned()).collect();
    get_many_by_path(db, paths).await
}

/// All categories by path; `after` is the last path of the page before.
pub(crate) async fn page(db: &Db, after: &str, limit: u32) -> Result<Vec<Category>, DbError> {
    db.read(select!("path > $1 order by path limit $2"), args![after, limit], read).await
}

/// The children of a category, or the roots.
pub(crate) async fn children(
    db: &Db,
    parent: Option<CategoryId>,
    after: &str,
    limit: u32,
) -> Result<Vec<Category>, DbError> {
    match parent {
        Some(parent) => {
            let sql = select!("parent = $1 and path > $2 order by path limit $3");
            db.read(sql, args![parent, after, limit], read).await
        }
        None => {
            db.read(select!("parent is null and path > $1 order by path limit $2"), args![after, limit], read)
                .await
        }
    }
}

/// The path below `path` with the most levels, or `path` itself.
pub(crate) async fn deepest_below(db: &Db, path: &str) -> Result<String, DbError> {
    let (from, to) = subtree(path);
    let deepest = db
        .read_one(
            "select path from category where path >= $1 and path < $2
             order by length(path) - length(replace(path, '/', '')) desc, length(path) desc limit 1",
            args![from, to],
            |row| row.get(0),
        )
        .await?;
    Ok(deepest.unwrap_or_else(|| path.to_owned()))
}

pub(crate) async fn has_children(db: &Db, id: CategoryId) -> Result<bool, DbError> {
    let found = db
        .read_one("select 1 from category where parent = $1 limit 1", args![id], |row| row.get::<i64>(0))
        .await?;
    Ok(found.is_some())
}

pub(crate) async fn has_products(db: &Db, id: CategoryId) -> Result<bool, DbError> {
    let found = db
        .read_one(
            "select 1 from product where category = $1 and status <> 'removed' limit 1",
            args![id],
            |row| row.get::<i64>(0),
        )
        .await?;
    Ok(found.is_some())
}

pub(crate) fn insert(category: &Category) -> Statement {
    let Category { id, parent, slug, title, path, position, version } = category;
    Statement::new(
        INSERT,
        "insert into category (id, parent, slug, title, path, position, version)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![*id, *parent, slug, title, path, *position, *version],
    )
}

pub(crate) fn update(category: &Category) -> Statement {
    let Category { id, parent, slug, title, path, position, version } = category;
    Statement::new(
        UPDATE,
        "update category set parent = $2, slug = $3, title = $4, path = $5, position = $6, version = $7
         where id = $1 and version = $7 - 1",
        args![*id, *parent, slug, title, path, *position, *version],
    )
    .expect_rows(1)
}

/// Gives all paths below `old` the new beginning. Their versions grow, so that a change decided on the old tree loses.
pub(crate) fn move_subtree(old: &str, new: &str) -> Statement {
    let (from, to) = subtree(old);
    let rest_at = i64::try_from(old.chars().count()).unwrap_or(i64::MAX - 1) + 1;
    Statement::new(
        MOVE_SUBTREE,
        "update category set path = $3 || substr(path, cast($4 as integer)), version = version + 1
         where path >= $1 and path < $2",
        args![from, to, new, rest_at],
    )
}

/// Guards a change that puts something below `parent`: the parent is still what was read.
pub(crate) fn unchanged(parent: &Category) -> Statement {
    Statement::new(
        "category.unchanged",
        "update category set version = version where id = $1 and version = $2 and path = $3",
        args![parent.id, parent.version, &parent.path],
    )
    .expect_rows(1)
}

pub(crate) fn delete(category: &Category) -> Statement {
    Statement::new(
        DELETE,
        "delete from category where id = $1 and version = $2",
        args![category.id, category.version],
    )
    .expect_rows(1)
}

/// Products that were removed from the catalog do not keep a category alive.
pub(crate) fn forget_by_removed_products(id: CategoryId) -> Statement {
    Statement::new(
        "category.forget",
        "update product set category = null where category = $1 and status = 'removed'",
        args![id],
    )
}

fn read(row: &Row) -> Result<Category, DbError> {
    Ok(Category {
        id: row.get(0)?,
        parent: row.get(1)?,
        slug: row.get(2)?,
        title: row.get(3)?,
        path: row.get(4)?,
        position: row.get(5)?,
        version: row.get(6)?,
    })
}
