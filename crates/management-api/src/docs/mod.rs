//! The `OpenAPI` document as it is served, and as a page.

mod page;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use oauth_endpoints::pages::assets::{self, Asset};
use oauth_endpoints::sessions::Visitor;

use crate::openapi;
use page::ApiPage;

/// Where the document is.
pub(crate) const DOCUMENT: &str = "/api/v1/openapi.json";
/// Where it is a page.
pub(crate) const PAGE: &str = "/docs/api";

/// What the page has beyond the stylesheet of every page.
pub(crate) static STYLESHEET: Asset =
    Asset::new("api", "css", "text/css; charset=utf-8", include_bytes!("../../assets/api.css"));

pub(crate) async fn document() -> HttpResponse {
    let json = openapi::DOCUMENT.to_json().expect("the document has string keys only");
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(json)
}

pub(crate) async fn page(visitor: Visitor) -> HttpResponse {
    let page = ApiPage::of(visitor.frame(), &openapi::DOCUMENT);
    let response = visitor.show(&page, StatusCode::OK);
    visitor.answer(Ok(response))
}
