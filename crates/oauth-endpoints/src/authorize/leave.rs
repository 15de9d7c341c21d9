//! Back to the callback URL.
//!
//! A form of ours that is answered by a redirect would be cancelled by `form-action 'self'`, so an answer to a POST is a
//! page that goes on by itself; an answer to a GET is a plain redirect. `form_post` always takes a page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use protocol::authorize::{CallbackAnswer, ResponseMode};

use super::case::return_target;
use crate::pages::headers::PageKind;
use crate::pages::{Hidden, PostBackPage, ReturnOutcome, ReturningPage};
use crate::sessions::{Visitor, redirect};

/// Answers a POST.
pub(super) fn from_form(
    visitor: &Visitor,
    app_name: &str,
    answer: &CallbackAnswer,
    outcome: ReturnOutcome,
) -> HttpResponse {
    if let Some(page) = post_back(visitor, app_name, answer, outcome) {
        return page;
    }
    let page = ReturningPage {
        frame: visitor.frame(),
        app_name: app_name.to_owned(),
        returns_to: return_target(&answer.callback),
        url: answer.url(),
        outcome,
    };
    let response = visitor.page(&page, StatusCode::OK, PageKind::Interstitial);
    response.expect("the policy of an interstitial is a constant")
}

/// Answers a GET that shows no page: the request was wrong, or forbids pages.
pub(super) fn at_once(visitor: &Visitor, app_name: &str, answer: &CallbackAnswer) -> HttpResponse {
    let page = post_back(visitor, app_name, answer, ReturnOutcome::Failed);
    page.unwrap_or_else(|| redirect(&answer.url()))
}

/// The page that posts the answer, where it is to be posted.
fn post_back(
    visitor: &Visitor,
    app_name: &str,
    answer: &CallbackAnswer,
    outcome: ReturnOutcome,
) -> Option<HttpResponse> {
    if answer.mode != ResponseMode::FormPost {
        return None;
    }
    let hidden = |(name, value): &(&str, String)| Hidden { name: (*name).to_owned(), value: value.clone() };
    let page = PostBackPage {
        frame: visitor.frame(),
        app_name: app_name.to_owned(),
        returns_to: return_target(&answer.callback),
        callback: answer.callback.as_str().to_owned(),
        fields: answer.parameters.iter().map(hidden).collect(),
        outcome,
    };
    visitor.page(&page, StatusCode::OK, PageKind::FormPost { callback_origin: origin(answer.callback.as_str()) })
}

/// Scheme, host and port.
fn origin(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let (head, rest) = url.split_at(after);
    let host = rest.find(['/', '?']).unwrap_or(rest.len());
    url.get(..head.len() + host).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        assert_eq!(origin("https://app.example:8443/cb?x=1"), "https://app.example:8443");
        assert_eq!(origin("https://app.example?x=1"), "https://app.example");
        assert_eq!(origin("https://app.example"), "https://app.example");
        assert_eq!(origin("http://[::1]:9/cb"), "http://[::1]:9");
    }
}
