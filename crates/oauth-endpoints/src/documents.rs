//! Files and pages that belong to no request of anybody: assets, the error catalogue.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::Reason;

use crate::pages::headers::{EVERY_PAGE, PageKind, content_security_policy};
use crate::pages::{ErrorCataloguePage, Frame, Theme, assets, render};
use crate::request::Call;
use crate::respond::Failure;
use crate::state::State;

pub(crate) async fn asset(request: HttpRequest) -> HttpResponse {
    match assets::find(request.path()) {
        Some(asset) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, asset.content_type))
            .insert_header((CACHE_CONTROL, assets::CACHE_CONTROL))
            .insert_header(("X-Content-Type-Options", "nosniff"))
            .body(asset.bytes),
        None => Failure::NotFound(Call::of(&request).id).into_response(),
    }
}

pub(crate) async fn error_catalogue(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let theme = Theme::from_cookie(request.cookie("theme").as_ref().map(actix_web::cookie::Cookie::value));
    let frame = Frame { operator: state.operator.clone(), environment: None, theme, signed_in: None };
    let mut response = HttpResponse::Ok();
    for (name, value) in EVERY_PAGE {
        response.insert_header((name, value));
    }
    if let Some(policy) = content_security_policy(PageKind::Page) {
        response.insert_header(("Content-Security-Policy", policy.as_ref()));
    }
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(render(&ErrorCataloguePage { frame, reasons: Reason::ALL }))
}

pub(crate) async fn only_get(request: HttpRequest) -> HttpResponse {
    Failure::WrongMethod(Call::of(&request).id, "GET").into_response()
}

pub(crate) async fn only_post(request: HttpRequest) -> HttpResponse {
    Failure::WrongMethod(Call::of(&request).id, "POST").into_response()
}

pub(crate) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    Failure::NotFound(Call::of(&request).id).into_response()
}
