//! The address book: read whole, written by what changed, guarded by its version on the user's row.

use souk_db::{Db, DbError, Statement, args};
use souk_types::{AddressId, UserId};

use crate::domain::{AddressBook, Entry};

/// Two reads that must tell of one moment: the version is read first, so a change between the two is noticed by
/// the guard of the commit.
pub(crate) async fn book(db: &Db, user: UserId) -> Result<Option<AddressBook>, DbError> {
    let version =
        db.read_one("select book_version from users where id = $1", args![user], |row| row.get(0)).await?;
    let Some(version) = version else { return Ok(None) };
    let sql = "select id, address, is_default, created_at from addresses where user_id = $1 order by id";
    let entries = db
        .read(sql, args![user], |row| {
            Ok(Entry {
                id: row.get(0)?,
                address: row.json(1)?,
                is_default: row.get(2)?,
                created_at: row.get(3)?,
            })
        })
        .await?;
    Ok(Some(AddressBook { version, entries }))
}

/// Writes the book after a change: `touched` was added or changed, `removed` is gone.
pub(crate) fn save(
    user: UserId,
    book: &AddressBook,
    touched: Option<&Entry>,
    removed: Option<AddressId>,
) -> Vec<Statement> {
    let guard = "update users set book_version = book_version + 1 where id = $1 and book_version = $2";
    let mut statements = vec![
        Statement::new("address_book.guard", guard, args![user, book.version]).expect_rows(1),
        // There is never a second default, not even between two statements.
        Statement::new(
            "address_book.clear_default",
            "update addresses set is_default = false where user_id = $1 and is_default",
            args![user],
        ),
    ];
    statements.extend(removed.map(|id| {
        let sql = "delete from addresses where id = $1 and user_id = $2";
        Statement::new("address.remove", sql, args![id, user]).expect_rows(1)
    }));
    statements.extend(touched.map(|entry| upsert(user, entry)));
    statements.extend(book.default_id().map(|id| {
        let sql = "update addresses set is_default = true where id = $1 and user_id = $2";
        Statement::new("address_book.set_default", sql, args![id, user]).expect_rows(1)
    }));
    statements
}

fn upsert(user: UserId, entry: &Entry) -> Statement {
    let sql = "insert into addresses (id, user_id, address, is_default, created_at)
               values ($1, $2, $3, false, $4) on conflict (id) do update set address = excluded.address";
    let address = serde_json::to_value(&entry.address).unwrap_or_default();
    Statement::new("address.save", sql, args![entry.id, user, address, entry.created_at]).expect_rows(1)
}
