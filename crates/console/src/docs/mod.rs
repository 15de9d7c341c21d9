//! `/docs`: how to get a first token, to serve many customers, to turn on mutual TLS, and to move here. Everybody may read it; for members
//! of a developer team it has an API key of theirs in it. The catalogue of errors beside it is in `oauth-endpoints`,
//! whose `error_uri` leads there when no store answers either.

mod reader;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::Reason;
use oauth_endpoints::sessions::{PageResult, Visitor};
use serde::Deserialize;

use crate::developer::answer;
use crate::pages::{ManyCustomersPage, MovingPage, MutualTlsGuidePage, QuickstartPage};
use crate::place::Place;
use reader::Reader;

/// What stands for an address that this server has not got.
const MTLS_ADDRESS: &str = "https://MTLS_ADDRESS.example";

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// Whose values to fill in.
    app: Option<String>,
}

pub(super) async fn quickstart(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let result = show_quickstart(&visitor, asked.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

pub(super) async fn many_customers(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let result = show_many_customers(&visitor, asked.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

pub(super) async fn mutual_tls(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let result = show_mutual_tls(&visitor, asked.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

pub(super) async fn moving(visitor: Visitor, asked: Option<Query<Asked>>) -> HttpResponse {
    let result = show_moving(&visitor, asked.map(Query::into_inner).unwrap_or_default()).await;
    answer(visitor, result)
}

async fn show_quickstart(visitor: &Visitor, asked: Asked) -> PageResult {
    let reader = Reader::of(visitor, asked.app.and_then(|app| app.parse().ok())).await?;
    let page = QuickstartPage {
        frame: visitor.frame(),
        apps_url: visitor.path(&Place::all_apps().path()),
        issuer: reader.issuer(),
        examples: reader.examples(),
        needs_secret: reader.needs_secret(),
        filled: reader.filled(),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn show_many_customers(visitor: &Visitor, asked: Asked) -> PageResult {
    let reader = Reader::of(visitor, asked.app.and_then(|app| app.parse().ok())).await?;
    let page = ManyCustomersPage { frame: visitor.frame(), issuer: reader.issuer(), key: reader.key() };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn show_mutual_tls(visitor: &Visitor, asked: Asked) -> PageResult {
    let reader = Reader::of(visitor, asked.app.and_then(|app| app.parse().ok())).await?;
    let mtls_issuer = reader.mtls_issuer();
    let is_about_it = |reason: &&Reason| reason.code().contains("certificate") || **reason == Reason::TokenUnbound;
    let page = MutualTlsGuidePage {
        frame: visitor.frame(),
        filled: reader.filled(),
        certificates_url: reader.certificates_url(visitor),
        key: reader.key(),
        issuer: reader.issuer(),
        address: mtls_issuer.clone().unwrap_or_else(|| MTLS_ADDRESS.to_owned()),
        mtls_issuer,
        credentials: reader.credentials(),
        refusals: Reason::ALL.iter().filter(is_about_it).map(|reason| (reason.code(), reason.sentence())).collect(),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn show_moving(visitor: &Visitor, asked: Asked) -> PageResult {
    let reader = Reader::of(visitor, asked.app.and_then(|app| app.parse().ok())).await?;
    let page = MovingPage { frame: visitor.frame(), issuer: reader.issuer(), key: reader.key() };
    Ok(visitor.show(&page, StatusCode::OK))
}
