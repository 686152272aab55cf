//! Products on which something shows that was changed elsewhere. They are saved anew one after the other, so that
//! renaming a category of ten thousand products is one short commit.

use souk_db::{Db, DbError, Statement, args};
use souk_types::ProductId;

use crate::domain::category::subtree;

/// Notes every product in the category of this path or below.
pub(crate) fn touch_category(path: &str) -> Statement {
    let (from, to) = subtree(path);
    Statement::new(
        "touch.category",
        "insert into product_touch (product)
         select product.id from product join category on category.id = product.category
         where product.status <> 'removed' and (category.path = $1 or (category.path >= $2 and category.path < $3))
         on conflict (product) do nothing",
        args![path, from, to],
    )
}

pub(crate) async fn next(db: &Db, limit: u32) -> Result<Vec<ProductId>, DbError> {
    db.read("select product from product_touch order by product limit $1", args![limit], |row| row.get(0))
        .await
}

pub(crate) fn done(product: ProductId) -> Statement {
    Statement::new("touch.done", "delete from product_touch where product = $1", args![product])
}
