//! Migrations: numbered SQL texts that are applied once, in order, and never change afterwards.

use crate::{DbError, Dialect};

/// One step of a schema. Versions below 101 are the kit's own; a service starts at 101.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub version: i64,
    pub name: &'static str,
    /// Portable DDL. Lines between `-- only postgres` (or `-- only sqlite`) and `-- end` are for that database.
    pub sql: &'static str,
}

/// The kit's own tables, in every service's database.
pub(crate) const KIT: &[Migration] = &[
    Migration { version: 1, name: "events", sql: include_str!("../migrations/0001_events.sql") },
    Migration { version: 2, name: "idempotency", sql: include_str!("../migrations/0002_idempotency.sql") },
];

pub(crate) const CREATE_TABLE: &str = "create table if not exists schema_migrations (
    version bigint primary key, name text not null, checksum text not null, applied_at bigint not null)";
pub(crate) const APPLIED: &str = "select version, checksum from schema_migrations order by version";
pub(crate) const RECORD: &str =
    "insert into schema_migrations (version, name, checksum, applied_at) values ($1, $2, $3, $4)";

impl Migration {
    /// FNV-1a of the text: it tells of accidents, not of attacks.
    pub(crate) fn checksum(&self) -> String {
        let hash = self.sql.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{hash:016x}")
    }

    /// The text without the parts that are for the other database.
    pub(crate) fn sql_for(&self, dialect: Dialect) -> String {
        let mut kept = String::with_capacity(self.sql.len());
        let mut skipping = false;
        for line in self.sql.lines() {
            match line.trim() {
                "-- only postgres" => skipping = dialect != Dialect::Postgres,
                "-- only sqlite" => skipping = dialect != Dialect::Sqlite,
                "-- end" => skipping = false,
                _ if skipping => {}
                _ => {
                    kept.push_str(line);
                    kept.push('\n');
                }
            }
        }
        kept
    }
}

/// The migrations still to apply. Refuses a history that differs from the one that was applied.
pub(crate) fn pending(
    service: &'static [Migration],
    applied: &[(i64, String)],
) -> Result<Vec<Migration>, DbError> {
    let all: Vec<Migration> = KIT.iter().chain(service).copied().collect();
    if let Some(pair) = all.windows(2).find(|pair| pair[0].version >= pair[1].version) {
        return refused(&pair[1], "is out of order; a service's versions start at 101 and grow");
    }
    if let Some(deferring) = all.iter().find(|migration| migration.sql.to_lowercase().contains("deferrable"))
    {
        return refused(deferring, "defers a constraint; batches that share a commit must fail one by one");
    }
    let checksum_of = |version| applied.iter().find(|(applied, _)| *applied == version).map(|(_, sum)| sum);
    if let Some(changed) = all.iter().find(|m| checksum_of(m.version).is_some_and(|sum| *sum != m.checksum()))
    {
        return refused(changed, "was changed after it was applied; write a new one instead");
    }
    if let Some((version, _)) = applied.iter().find(|(version, _)| all.iter().all(|m| m.version != *version))
    {
        return Err(DbError::Other(format!(
            "the database has migration {version}, which this souk does not know: it was written by a newer one"
        )));
    }
    Ok(all.into_iter().filter(|migration| checksum_of(migration.version).is_none()).collect())
}

fn refused<T>(migration: &Migration, why: &str) -> Result<T, DbError> {
    Err(DbError::Other(format!("migration {} `{}` {why}", migration.version, migration.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Migration = Migration { version: 101, name: "init", sql: "create table a (b bigint);\n" };

    #[test]
    fn what_was_applied_is_not_applied_again() {
        let pending_now = pending(&[FIRST], &[]).expect("a fresh database takes all");
        assert_eq!(pending_now.len(), KIT.len() + 1);
        let applied: Vec<_> = pending_now.iter().map(|m| (m.version, m.checksum())).collect();
        assert!(pending(&[FIRST], &applied).expect("nothing changed").is_empty());
    }

    #[test]
    fn a_changed_migration_is_refused() {
        let applied = [(101, "0000000000000000".to_owned())];
        let error = pending(&[FIRST], &applied).expect_err("changed").to_string();
        assert!(error.contains("was changed after it was applied"), "{error}");
    }

    #[test]
    fn a_database_of_a_newer_souk_is_refused() {
        let error = pending(&[FIRST], &[(102, FIRST.checksum())]).expect_err("unknown").to_string();
        assert!(error.contains("newer"), "{error}");
    }

    #[test]
    fn lines_for_one_database_stay_out_of_the_other() {
        let sql =
            "create table a (b bigint);\n-- only postgres\nalter table a set (fillfactor = 70);\n-- end\n";
        let migration = Migration { sql, ..FIRST };
        assert_eq!(migration.sql_for(Dialect::Sqlite), FIRST.sql);
        assert!(migration.sql_for(Dialect::Postgres).contains("fillfactor"));
    }
}
