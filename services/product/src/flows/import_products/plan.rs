//! What a commit of rows will do: read what is there, decide row by row, collect one batch.

use std::collections::{HashMap, HashSet};

use souk_contract::product::{ImportReport, RejectedRow};
use souk_db::{Batch, DbError};
use souk_rpc::Context;
use souk_types::{CategoryId, CollectionId, LocationId, MovementId, ProductId, Timestamp, VariantId};

use super::row::ReadRow;
use crate::Deps;
use crate::domain::category::Category;
use crate::domain::product::{Product, Status, Variant};
use crate::domain::slug;
use crate::domain::stock::Change;
use crate::flows::saved;
use crate::store::collections::Collection;
use crate::store::movements::{Movement, MovementKind};
use crate::store::{categories, collections, imports, locations, movements, products, stock};

/// One batch for many rows, and what to tell about it.
pub(super) struct Plan {
    pub(super) batch: Batch,
    pub(super) report: ImportReport,
    /// Products whose pages are old after the commit.
    pub(super) changed: Vec<Product>,
}

/// What the database knows about the rows.
struct Known {
    hashes: HashMap<String, Option<String>>,
    products: HashMap<String, Product>,
    sku_owners: HashMap<String, ProductId>,
    slugs: HashSet<String>,
    locations: HashMap<String, LocationId>,
    categories: HashMap<String, CategoryId>,
    collections: HashMap<String, CollectionId>,
}

impl Plan {
    pub(super) async fn make(cx: &Context, deps: &Deps, rows: &[ReadRow]) -> Result<Plan, DbError> {
        let mut known = Known::read(deps, rows).await?;
        let now = deps.clock.now();
        let mut plan = Plan { batch: Batch::new(), report: ImportReport::default(), changed: Vec::new() };
        for row in rows {
            if known.hashes.get(&row.stated.key).is_some_and(|hash| hash.as_ref() == Some(&row.hash)) {
                plan.report.unchanged += 1;
                continue;
            }
            let broken = known.broken(row);
            if !broken.is_empty() {
                plan.report.rejected.extend(broken);
                continue;
            }
            plan.add(cx, deps, &mut known, row, now);
        }
        Ok(plan)
    }

    fn add(&mut self, cx: &Context, deps: &Deps, known: &mut Known, row: &ReadRow, now: Timestamp) {
        let before = known.products.get(&row.stated.key).cloned();
        let mut content = row.row.content.clone();
        content.category = self.category(deps, known, &row.row.category, now);
        if before.is_none() {
            content.slug = Some(known.free_slug(row));
        }
        let status = if row.stated.published { Status::Published } else { Status::Draft };
        let new_id = || VariantId::new(&deps.chance, now);
        let (mut product, gone) = match &before {
            None => {
                let id = ProductId::new(&deps.chance, now);
                (Product::create(id, content, status, now, new_id), Vec::new())
            }
            Some(before) => {
                let mut product = before.clone();
                let gone = product.revise(content, now, new_id);
                product.status = status;
                (product, gone)
            }
        };
        product.import_key = Some(row.stated.key.clone());
        product.content_hash = Some(row.hash.clone());
        match &before {
            None => self.batch.extend(products::insert(&product)),
            Some(before) => self.batch.extend(products::update(&product, before, &gone)),
        }
        self.stock(cx, deps, known, row, &product, before.as_ref(), now);
        self.collections(deps, known, &row.row.collections, product.id, before.is_some(), now);
        self.batch.push(saved(cx, deps, &product));
        if before.is_some() {
            self.report.updated += 1;
        } else {
            self.report.created += 1;
        }
        self.changed.extend(before);
        self.changed.push(product);
    }

    /// The category of a path; those that are missing are made on the way.
    fn category(
        &mut self,
        deps: &Deps,
        known: &mut Known,
        steps: &[(String, String)],
        now: Timestamp,
    ) -> Option<CategoryId> {
        let (mut path, mut parent) = (String::new(), None);
        for (slug, title) in steps {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(slug);
            let id = *known.categories.entry(path.clone()).or_insert_with(|| {
                let id = CategoryId::new(&deps.chance, now);
                self.batch.push(categories::insert(&Category {
                    id,
                    parent,
                    slug: slug.clone(),
                    title: title.clone(),
                    path: path.clone(),
                    position: 0,
                    version: 1,
                }));
                id
            });
            parent = Some(id);
        }
        parent
    }

    fn collections(
        &mut self,
        deps: &Deps,
        known: &mut Known,
        named: &[(String, String)],
        product: ProductId,
        existed: bool,
        now: Timestamp,
    ) {
        let mut stays = Vec::with_capacity(named.len());
        for (slug, title) in named {
            let id = *known.collections.entry(slug.clone()).or_insert_with(|| {
                let id = CollectionId::new(&deps.chance, now);
                let (slug, title) = (slug.clone(), title.clone());
                let collection = Collection { id, slug, title, description: String::new(), version: 1 };
                self.batch.push(collections::insert(&collection));
                id
            });
            stays.push(id);
        }
        // A row that names no collection leaves alone what staff have put together by hand.
        if existed && !stays.is_empty() {
            self.batch.push(collections::leave_others(product, &stays));
        }
        for id in stays {
            self.batch.push(collections::append(id, product));
        }
    }

    /// Opening stock, for variants that are new only: afterwards stock changes by movements.
    #[expect(clippy::too_many_arguments, reason = "one row and everything it is decided by")]
    fn stock(
        &mut self,
        cx: &Context,
        deps: &Deps,
        known: &Known,
        row: &ReadRow,
        product: &Product,
        before: Option<&Product>,
        now: Timestamp,
    ) {
        let is_new =
            |variant: &Variant| before.is_none_or(|old| old.variants.iter().all(|v| v.id != variant.id));
        for (stated, variant) in row.stated.variants.iter().zip(&product.variants).filter(|(_, v)| is_new(v))
        {
            for (code, &units) in &stated.stock {
                let Some(&location) = known.locations.get(code).filter(|_| units > 0) else { continue };
                if location != locations::MAIN {
                    self.batch.push(stock::open(variant.id, location, variant.backorder));
                }
                self.batch.push(stock::change(variant.id, location, Change::adjust(units)));
                self.batch.push(movements::insert(Movement {
                    id: MovementId::new(&deps.chance, now),
                    variant: variant.id,
                    location,
                    kind: MovementKind::Received,
                    quantity: units,
                    change: units,
                    reason: "first import".to_owned(),
                    order: None,
                    actor: cx.actor(),
                    at: now,
                }));
            }
        }
    }
}

impl Known {
    async fn read(deps: &Deps, rows: &[ReadRow]) -> Result<Known, DbError> {
        let db = &deps.db;
        let hashes = imports::hashes(db, rows.iter().map(|row| row.stated.key.clone()).collect()).await?;
        let differs =
            |row: &&ReadRow| hashes.get(&row.stated.key).is_none_or(|hash| hash.as_ref() != Some(&row.hash));
        let changed: Vec<&ReadRow> = rows.iter().filter(differs).collect();
        let keys = changed.iter().map(|row| row.stated.key.clone()).filter(|key| hashes.contains_key(key));
        let skus = changed.iter().flat_map(|row| &row.stated.variants).map(|variant| variant.sku.clone());
        let slugs = changed.iter().filter_map(|row| base_slug(row));
        let paths: HashSet<String> = changed.iter().flat_map(|row| paths(&row.row.category)).collect();
        let named: HashSet<String> =
            changed.iter().flat_map(|row| &row.row.collections).map(|(slug, _)| slug.clone()).collect();
        let found_categories = categories::get_many_by_path(db, paths.into_iter().collect()).await?;
        let found_collections = collections::get_many_by_slug(db, named.into_iter().collect()).await?;
        Ok(Known {
            products: products::get_by_keys(db, keys.collect()).await?,
            sku_owners: imports::owners_of_skus(db, skus.collect()).await?,
            slugs: imports::taken_slugs(db, slugs.collect()).await?,
            locations: locations::all(db).await?.into_iter().map(|at| (at.code, at.id)).collect(),
            categories: found_categories.into_iter().map(|found| (found.path, found.id)).collect(),
            collections: found_collections.into_iter().map(|found| (found.slug, found.id)).collect(),
            hashes,
        })
    }

    /// The rules that only the database can check.
    fn broken(&self, row: &ReadRow) -> Vec<RejectedRow> {
        let mut broken = Vec::new();
        let mut reject = |field: String, rule: &str, detail: String| {
            broken.push(RejectedRow { line: row.line, field, rule: rule.to_owned(), detail });
        };
        let own = self.products.get(&row.stated.key);
        for (i, variant) in row.stated.variants.iter().enumerate() {
            if self.sku_owners.get(&variant.sku).is_some_and(|owner| own.is_none_or(|own| own.id != *owner)) {
                reject(
                    format!("variants[{i}].sku"),
                    "unique",
                    "the SKU belongs to another product".to_owned(),
                );
            }
            for code in variant.stock.keys().filter(|code| !self.locations.contains_key(*code)) {
                reject(
                    format!("variants[{i}].stock.{code}"),
                    "exists",
                    format!("no location has the code `{code}`"),
                );
            }
        }
        if let Some(slug) = &row.stated.slug
            && self.slugs.contains(slug)
            && own.is_none_or(|own| own.slug != *slug)
        {
            reject("slug".to_owned(), "unique", "the slug belongs to another product".to_owned());
        }
        broken
    }

    /// A slug for a new product: as stated, from the title, or with digits that stay the same for the same key.
    fn free_slug(&mut self, row: &ReadRow) -> String {
        let base = base_slug(row).unwrap_or_else(|| "product".to_owned());
        let slug = if self.slugs.contains(&base) { slug::with_suffix(&base, &row.hash[..10]) } else { base };
        self.slugs.insert(slug.clone());
        slug
    }
}

fn base_slug(row: &ReadRow) -> Option<String> {
    row.stated.slug.clone().or_else(|| slug::from_title(&row.stated.title))
}

/// The paths of a category and of all it stands below.
fn paths(steps: &[(String, String)]) -> Vec<String> {
    let mut path = String::new();
    let step = |(slug, _): &(String, String)| {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(slug);
        path.clone()
    };
    steps.iter().map(step).collect()
}
