//! The search indexes of the replicas, and what each of them has yet to look at.

use souk_db::{Batch, Db, DbError, Statement, args, batch};
use souk_types::{ProductId, Timestamp};
use uuid::Uuid;

pub(crate) const SEEN: &str = "index_replica.seen";

/// A replica whose index is empty, or will be.
pub(crate) fn register(replica: Uuid, now: Timestamp) -> Statement {
    Statement::new(
        "index_replica.register",
        "insert into index_replica (id, seen_at) values ($1, $2)
         on conflict (id) do update set seen_at = excluded.seen_at",
        args![replica, now],
    )
}

/// The replica is alive. It fails when nobody knows the replica: then it was told nothing for a while.
pub(crate) fn seen(replica: Uuid, now: Timestamp) -> Statement {
    Statement::new(SEEN, "update index_replica set seen_at = $1 where id = $2", args![now, replica])
        .expect_rows(1)
}

/// Strikes out the replicas that were last seen before then, and what was meant for them.
pub(crate) fn forget(before: Timestamp) -> Batch {
    batch![
        Statement::new("index_replica.forget", "delete from index_replica where seen_at < $1", args![before]),
        Statement::new(
            "index_todo.forget",
            "delete from index_todo where replica not in (select id from index_replica)",
            args![],
        ),
    ]
}

/// Asks every replica but `me` to look at these products. In a fixed order, so that two who ask do not deadlock.
pub(crate) fn ask_others(me: Uuid, products: &[ProductId]) -> Statement {
    Statement::new(
        "index_todo.ask",
        "insert into index_todo (replica, product, asked)
         select index_replica.id, product.id, 1 from index_replica join product on product.id = any($1)
         where index_replica.id <> $2
         order by index_replica.id, product.id
         on conflict (replica, product) do update set asked = index_todo.asked + 1",
        args![products, me],
    )
}

/// A product to look at, and how often that was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Todo {
    pub(crate) product: ProductId,
    asked: i64,
}

pub(crate) async fn next(db: &Db, replica: Uuid, limit: u32) -> Result<Vec<Todo>, DbError> {
    let sql = "select product, asked from index_todo where replica = $1 order by product limit $2";
    db.read(sql, args![replica, limit], |row| Ok(Todo { product: row.get(0)?, asked: row.get(1)? })).await
}

/// The replica has looked. What was asked for once more meanwhile stays.
pub(crate) fn done(replica: Uuid, todos: &[Todo]) -> Vec<Statement> {
    let one = |todo: &Todo| {
        Statement::new(
            "index_todo.done",
            "delete from index_todo where replica = $1 and product = $2 and asked = $3",
            args![replica, todo.product, todo.asked],
        )
    };
    todos.iter().map(one).collect()
}
