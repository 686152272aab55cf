//! Grows, renames, moves and cuts the category tree. What shows on products is saved anew by a worker afterwards.

use souk_db::{ConstraintKind, DbError, batch};
use souk_rpc::{Context, Error};
use souk_types::CategoryId;

use super::racing;
use crate::Deps;
use crate::domain::category::{Category, check_depth, moved, path_below};
use crate::domain::slug;
use crate::error::ProductError;
use crate::store::{categories, touches};

/// What staff state about a category.
#[derive(Debug, Clone)]
pub(crate) struct CategoryContent {
    pub title: String,
    /// Made from the title when absent.
    pub slug: Option<String>,
    pub parent: Option<CategoryId>,
    pub position: i64,
}

pub(crate) async fn create_category(
    cx: &Context,
    deps: &Deps,
    content: CategoryContent,
) -> Result<Category, ProductError> {
    racing(|| create(cx, deps, &content)).await
}

async fn create(cx: &Context, deps: &Deps, content: &CategoryContent) -> Result<Category, ProductError> {
    let parent = parent(deps, content.parent).await?;
    let slug = slug_of(content)?;
    let path = path_below(parent.as_ref(), &slug);
    check_depth(&path)?;
    let category = Category {
        id: CategoryId::new(&deps.chance, deps.clock.now()),
        parent: content.parent,
        slug,
        title: content.title.clone(),
        path,
        position: content.position,
        version: 1,
    };
    let batch = batch![parent.as_ref().map(categories::unchanged), categories::insert(&category)];
    deps.db.commit(cx, batch).await.map_err(|error| explain(error, &category))?;
    Ok(category)
}

pub(crate) async fn revise_category(
    cx: &Context,
    deps: &Deps,
    id: CategoryId,
    version: i64,
    content: CategoryContent,
) -> Result<Category, ProductError> {
    racing(|| revise(cx, deps, id, version, &content)).await
}

async fn revise(
    cx: &Context,
    deps: &Deps,
    id: CategoryId,
    version: i64,
    content: &CategoryContent,
) -> Result<Category, ProductError> {
    let before = get(deps, id).await?;
    must_be_at(&before, version)?;
    let parent = parent(deps, content.parent).await?;
    let slug = content.slug.clone().unwrap_or_else(|| before.slug.clone());
    let deepest = categories::deepest_below(&deps.db, &before.path).await?;
    let path = moved(&before, parent.as_ref(), &slug, &deepest)?;
    let category = Category {
        parent: content.parent,
        slug,
        title: content.title.clone(),
        path,
        position: content.position,
        version: before.version + 1,
        ..before.clone()
    };
    let moves = before.path != category.path;
    let shows = moves || before.title != category.title;
    let batch = batch![
        parent.as_ref().map(categories::unchanged),
        categories::update(&category),
        moves.then(|| categories::move_subtree(&before.path, &category.path)),
        shows.then(|| touches::touch_category(&category.path)),
    ];
    deps.db.commit(cx, batch).await.map_err(|error| explain(error, &category))?;
    if shows {
        deps.pages.forget_all().await;
        deps.hits.forget_all().await;
    }
    Ok(category)
}

/// Only an empty category can go: nothing is lost by accident.
pub(crate) async fn remove_category(
    cx: &Context,
    deps: &Deps,
    id: CategoryId,
    version: Option<i64>,
) -> Result<(), ProductError> {
    racing(async || {
        let category = get(deps, id).await?;
        if let Some(version) = version {
            must_be_at(&category, version)?;
        }
        if categories::has_children(&deps.db, id).await? {
            return Err(ProductError::CategoryInUse("categories below it"));
        }
        if categories::has_products(&deps.db, id).await? {
            return Err(ProductError::CategoryInUse("products"));
        }
        let batch = batch![categories::forget_by_removed_products(id), categories::delete(&category)];
        match deps.db.commit(cx, batch).await {
            Err(DbError::Constraint { kind: ConstraintKind::ForeignKey, .. }) => {
                Err(ProductError::CategoryInUse("products or categories below it"))
            }
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    })
    .await
}

async fn get(deps: &Deps, id: CategoryId) -> Result<Category, ProductError> {
    categories::get(&deps.db, id).await?.ok_or(ProductError::NotFound("category"))
}

async fn parent(deps: &Deps, parent: Option<CategoryId>) -> Result<Option<Category>, ProductError> {
    let Some(id) = parent else { return Ok(None) };
    let found = categories::get(&deps.db, id).await?;
    found.map(Some).ok_or_else(|| {
        let detail = "no category has this id";
        Error::unprocessable("unknown_category", detail).with_field("parent", "exists", detail).into()
    })
}

fn slug_of(content: &CategoryContent) -> Result<String, ProductError> {
    content.slug.clone().or_else(|| slug::from_title(&content.title)).ok_or_else(|| {
        let detail = "no letter or digit of the title can stand in a URL; give a slug";
        Error::unprocessable("slug_missing", detail).with_field("slug", "required", detail).into()
    })
}

fn must_be_at(category: &Category, version: i64) -> Result<(), ProductError> {
    if category.version == version {
        return Ok(());
    }
    Err(ProductError::Stale { what: "the category", current: category.version })
}

fn explain(error: DbError, category: &Category) -> ProductError {
    let taken = [categories::INSERT, categories::UPDATE, categories::MOVE_SUBTREE];
    if taken.iter().any(|statement| error.is_unique(statement)) {
        return ProductError::SlugTaken(category.path.clone());
    }
    error.into()
}
