//! The schema's migrations, compiled in, one set per dialect.

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use storage::StoreError;

/// SQLite's.
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// PostgreSQL's.
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The names of those that were not applied yet, in order.
///
/// # Errors
/// When one was applied that this build does not know: somebody ran a newer version.
pub(crate) fn pending<DB: Backend>(known: &EmbeddedMigrations, applied: &[String]) -> Result<Vec<String>, StoreError> {
    let known = MigrationSource::<DB>::migrations(known).map_err(StoreError::database)?;
    let versions: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    if let Some(newer) = applied.iter().find(|version| !versions.contains(version)) {
        return Err(StoreError::database(format_args!(
            "its schema has migration {newer}, which this version does not know; \
             run the version of countersign that made it, or a newer one"
        )));
    }
    let pending = known.iter().zip(&versions).filter(|(_, version)| !applied.contains(version));
    Ok(pending.map(|(migration, _)| migration.name().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_a_newer_version_made_is_refused() {
        let all = pending::<diesel::sqlite::Sqlite>(&SQLITE, &[]).expect("an empty database");
        assert!(!all.is_empty());
        let refused = pending::<diesel::sqlite::Sqlite>(&SQLITE, &["29991231235959".into()]).expect_err("newer");
        assert!(refused.to_string().contains("29991231235959"), "{refused}");
    }

    #[test]
    fn both_dialects_have_the_same_migrations() {
        let sqlite = pending::<diesel::sqlite::Sqlite>(&SQLITE, &[]).expect("an empty database");
        assert_eq!(pending::<diesel::pg::Pg>(&POSTGRES, &[]).expect("an empty database"), sqlite);
    }
}
