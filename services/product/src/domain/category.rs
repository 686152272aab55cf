//! The category tree: where a category may stand, and what its path is.

use serde::{Deserialize, Serialize};
use souk_types::CategoryId;

/// Levels of the tree at most.
pub const DEPTH_MAX: usize = 8;
/// Characters of a path at most.
pub const PATH_LENGTH_MAX: usize = 1_000;

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Category {
    pub id: CategoryId,
    /// Absent at the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<CategoryId>,
    pub slug: String,
    pub title: String,
    /// The slugs from the root, joined by `/`: what filters take.
    #[schema(example = "office/toner")]
    pub path: String,
    pub position: i64,
    pub version: i64,
}

/// Why a category cannot stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    #[error("a category cannot be moved below itself")]
    Cycle,
    #[error("the tree would become deeper than 8 levels, or a path longer than 1000 characters")]
    TooDeep,
}

/// The path below `parent`, or at the root.
pub fn path_below(parent: Option<&Category>, slug: &str) -> String {
    parent.map_or_else(|| slug.to_owned(), |parent| format!("{}/{slug}", parent.path))
}

/// Whether `path` is `ancestor` or lies below it.
pub fn is_within(path: &str, ancestor: &str) -> bool {
    path.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The first and the one after the last path below `path`: '0' follows '/' in ASCII.
pub fn subtree(path: &str) -> (String, String) {
    (format!("{path}/"), format!("{path}0"))
}

/// The path of `category` if it stood below `parent`. `longest_below` is the longest path of its subtree.
pub fn moved(
    category: &Category,
    parent: Option<&Category>,
    slug: &str,
    deepest_below: &str,
) -> Result<String, Misplaced> {
    if parent.is_some_and(|parent| is_within(&parent.path, &category.path)) {
        return Err(Misplaced::Cycle);
    }
    let path = path_below(parent, slug);
    let below = deepest_below.strip_prefix(category.path.as_str()).unwrap_or_default();
    check_depth(&format!("{path}{below}"))?;
    Ok(path)
}

/// Refuses a path that is too deep or too long.
pub fn check_depth(path: &str) -> Result<(), Misplaced> {
    let fits = path.split('/').count() <= DEPTH_MAX && path.len() <= PATH_LENGTH_MAX;
    if fits { Ok(()) } else { Err(Misplaced::TooDeep) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn category(id: u128, path: &str) -> Category {
        let slug = path.rsplit('/').next().unwrap_or_default().to_owned();
        let id = CategoryId(Uuid::from_u128(id));
        Category {
            id,
            parent: None,
            title: slug.clone(),
            slug,
            path: path.to_owned(),
            position: 0,
            version: 1,
        }
    }

    #[test]
    fn a_category_cannot_be_moved_below_itself() {
        let office = category(1, "office");
        let toner = category(2, "office/toner");
        let moved_to = |parent| moved(&office, Some(parent), "office", "office/toner");
        assert_eq!(moved_to(&toner), Err(Misplaced::Cycle));
        assert_eq!(moved_to(&office), Err(Misplaced::Cycle));
        assert_eq!(moved_to(&category(3, "office-2")), Ok("office-2/office".to_owned()));
    }

    #[test]
    fn the_tree_has_eight_levels_at_most() {
        let deep = category(1, "a/b/c/d/e/f/g");
        let leaf = category(2, "x");
        assert!(moved(&leaf, Some(&deep), "x", "x").is_ok());
        assert_eq!(moved(&leaf, Some(&deep), "x", "x/y"), Err(Misplaced::TooDeep));
    }

    #[test]
    fn a_subtree_is_a_range_of_paths() {
        let (from, to) = subtree("office");
        for (path, inside) in
            [("office/toner", true), ("office", false), ("office-2/a", false), ("officer", false)]
        {
            assert_eq!((from.as_str()..to.as_str()).contains(&path), inside, "{path}");
        }
    }
}
