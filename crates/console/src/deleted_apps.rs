//! `/ui/apps/deleted`: apps that can be restored, and restoring one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use domain::Permission;
use oauth_endpoints::sessions::{PageBody, PageResult, Visitor};

use crate::app::Named;
use crate::developer::{Developer, answer, refused};
use crate::pages::{DeletedApp, DeletedAppsPage, moment};
use crate::place::Place;

pub(super) async fn list(visitor: Visitor) -> HttpResponse {
    let result = show(&visitor).await;
    answer(visitor, result)
}

pub(super) async fn restore(visitor: Visitor, named: Path<Named>, body: PageBody) -> HttpResponse {
    let result = bring_back(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn show(visitor: &Visitor) -> PageResult {
    let developer = Developer::at(visitor, &Place::DeletedApps).await?;
    let found = visitor.state.registry.restorable_apps(&developer.authority).await.map_err(refused)?;
    let of_app = |(app, until): &(domain::App, domain::Timestamp)| DeletedApp {
        id: app.id.to_string(),
        name: app.name.clone(),
        team: developer.team_of(app),
        deleted_at: moment(app.deleted_at.unwrap_or(*until)),
        until: moment(*until),
        form: developer.post_to(&format!("{}/restore", Place::app(app.id).path())),
    };
    let page = DeletedAppsPage {
        frame: visitor.frame(),
        apps_url: visitor.path(&Place::all_apps().path()),
        apps: found.iter().map(of_app).collect(),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn bring_back(visitor: &Visitor, named: &Named, body: &PageBody) -> PageResult {
    let developer = Developer::at(visitor, &Place::DeletedApps).await?;
    let app = developer.deleted_app_for(named.id(), Permission::Delete).await?;
    developer.form(body)?;
    let app = visitor.state.registry.restore_app(app.by(), app.id).await.map_err(refused)?;
    Ok(visitor.go(&Place::app(app.id).path()))
}
