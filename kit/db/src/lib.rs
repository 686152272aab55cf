//! One SQL, two databases, and no interactive transactions.
//!
//! A flow reads (no transaction), decides in its domain, and commits one guarded [`Batch`]: all of its
//! statements happen, each as its [`Expect`] says, or none. Every waiting batch joins one durable commit, and
//! fails alone all the same. Events ride along: [`outbox`] rows are part of the batch that they tell of, and a
//! batch whose cause is an event marks its [`inbox`] row by itself.
//!
//! Architecture invariant: no transaction is open while anything but the database is waited for. There is no
//! way to begin one from outside this crate.

mod batch;
mod config;
mod db;
mod error;
mod hub;
pub mod idempotency;
pub mod inbox;
mod migrate;
pub mod outbox;
pub mod postgres;
mod row;
pub mod rush;
pub mod sqlite;
mod statement;
mod trace;
mod value;

pub use batch::{Batch, Committed};
pub use config::{DbConfig, PostgresConfig, SqliteConfig};
pub use db::{Db, Dialect};
pub use error::{ConstraintKind, DbError};
pub use hub::DbStats;
pub use migrate::Migration;
pub use row::{Cell, FromValue, Row};
pub use statement::{Expect, Statement};
pub use value::Value;
