//! Opening the database, with its schema brought up to date where the configuration says so.

use std::sync::Arc;

use storage::Observer;
use storage_diesel::{DieselStore, migrate, pending_migrations};

use super::StartFault;
use crate::config::{Config, DatabaseUrl};
use crate::registry::database;

/// Opens it, bringing the schema up to date first where the configuration says so. `observer` is told of what it does.
///
/// # Errors
/// [`StartFault::Store`] or [`StartFault::NotMigrated`].
pub(super) async fn open_database(
    config: &Config,
    observer: Arc<dyn Observer>,
) -> Result<Arc<DieselStore>, StartFault> {
    let (url, mut options) = database(&config.database);
    options.observer = Some(observer);
    if let DatabaseUrl::Sqlite(path) = &config.database.url
        && let Some(folder) = path.parent()
    {
        std::fs::create_dir_all(folder).map_err(|cause| StartFault::File(folder.into(), cause))?;
        if !path.exists() {
            // Somebody who mistyped the path of a database that exists would wonder where everything went.
            tracing::info!(path = %path.display(), "there was no database; an empty one is made");
        }
    }
    let missing = pending_migrations(&url, &options).await?;
    match missing.first() {
        None => {}
        Some(_) if config.database.migrate_at_start => migrate(&url, &options).await?,
        Some(first) => return Err(StartFault::NotMigrated(format!("{} of them, first {first}", missing.len()))),
    }
    Ok(DieselStore::connect(&url, options).await?)
}
