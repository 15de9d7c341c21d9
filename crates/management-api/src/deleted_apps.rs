//! `/deleted-apps`: what can be brought back.

use serde::Serialize;
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::apps::AppView;
use crate::caller::Caller;
use crate::lists::{Page, Paging};
use crate::schemas::{self, moment};

/// An app that was deleted and can be restored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeletedApp)]
pub(crate) struct DeletedAppView {
    app: AppView,
    #[schema(format = DateTime)]
    deleted_at: Option<String>,
    /// Until when it can be restored.
    #[schema(schema_with = schemas::date_time)]
    restorable_until: String,
}

/// The deleted apps that the caller can restore now, the last deleted one first.
#[utoipa::path(get, path = "/api/v1/deleted-apps", tag = "Apps", params(Paging), responses((status = 200, body = Page<DeletedAppView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let paging: Paging = caller.query()?;
    let found = caller.state.registry.restorable_apps(&caller.authority).await;
    let found = found.map_err(|error| caller.refused(error))?;
    let page = paging.of(
        found,
        |(app, _)| app.id.to_string(),
        |(app, until)| DeletedAppView {
            app: AppView::of(&caller, &app),
            deleted_at: app.deleted_at.map(moment),
            restorable_until: moment(until),
        },
    )?;
    Ok(caller.ok(&page))
}
