//! Pages that belong to no visit: the error catalogue, and what a browser is shown where nothing is.

use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use domain::{EnvironmentName, ErrorCode, Reason, RequestId};
use protocol::PublicRefusal;

use crate::authorize::malformed_page;
use crate::pages::headers::PageKind;
use crate::pages::{ErrorCataloguePage, Frame, Notice, NoticePage, Theme};
use crate::request::Call;
use crate::respond::Failure;
use crate::sessions::{PageError, write_page};
use crate::sign_in::ReturnTo;
use crate::state::State;

pub(crate) async fn error_catalogue(state: web::Data<State>, request: HttpRequest) -> HttpResponse {
    let page = ErrorCataloguePage { frame: frame(&state, &request), reasons: Reason::ALL };
    show(&state, &page, StatusCode::OK)
}

/// The page of a request that never reached its endpoint, so that nobody knows whose it is.
pub(crate) fn failure(
    state: &State,
    request: &HttpRequest,
    (id, public): (RequestId, &PublicRefusal),
    status: StatusCode,
) -> HttpResponse {
    let frame = frame(state, request);
    let notice = match public.reason {
        // What is only posted to has no page.
        Reason::NotFound | Reason::MethodWrong => Notice::NotFound,
        reason if reason.error() == ErrorCode::InvalidRequest => {
            let docs_url = state.protocol.settings.error_uri(public.reason);
            return show(state, &malformed_page(frame, public, (id.to_string(), docs_url)), status);
        }
        _ => PageError::notice_of(public),
    };
    let reference = (!matches!(notice, Notice::NotFound)).then(|| id.to_string());
    let connected_apps_url = ReturnTo::connected_apps(&EnvironmentName::default_environment()).as_str().to_owned();
    show(state, &NoticePage { frame, notice, reference, connected_apps_url }, status)
}

fn frame(state: &State, request: &HttpRequest) -> Frame {
    let theme = Theme::from_cookie(request.cookie(Theme::COOKIE).as_ref().map(Cookie::value));
    Frame { operator: state.operator.clone(), environment: None, theme, signed_in: None }
}

fn show(state: &State, page: &impl Template, status: StatusCode) -> HttpResponse {
    write_page(page, status, PageKind::Page, state.pages.secure).expect("the policy of an ordinary page is a constant")
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
