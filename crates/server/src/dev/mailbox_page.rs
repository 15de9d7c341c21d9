//! `GET /mailbox/{token}`.

use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use oauth_endpoints::pages::headers::{EVERY_PAGE, PageKind, content_security_policy};
use oauth_endpoints::pages::{Frame, MailboxMessage, MailboxPage, Moment, Theme, render};
use oauth_endpoints::{Call, Failure, State};

use super::Mailbox;

/// The mailbox and what opens it.
#[derive(Clone)]
pub struct MailboxDoor {
    /// The mails.
    pub mailbox: Arc<Mailbox>,
    /// What the path must end with.
    pub token: String,
}

/// The page, or nothing for whoever does not know the token.
pub async fn page(
    door: web::Data<MailboxDoor>,
    state: web::Data<State>,
    token: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    if *token != door.token {
        return Failure::NotFound(Call::of(&request).id).into_response();
    }
    let theme = Theme::from_cookie(request.cookie("theme").as_ref().map(actix_web::cookie::Cookie::value));
    let frame = Frame { operator: state.operator.clone(), environment: None, theme, signed_in: None };
    let message = |mail: super::mailbox::Caught| MailboxMessage {
        to: mail.to,
        subject: mail.subject,
        at: Moment::at_unix_seconds(mail.at.seconds()),
        text: mail.text,
    };
    let messages = door.mailbox.mails().into_iter().map(message).collect();
    let mut response = HttpResponse::Ok();
    for (name, value) in EVERY_PAGE {
        response.insert_header((name, value));
    }
    if let Some(policy) = content_security_policy(PageKind::Page) {
        response.insert_header(("Content-Security-Policy", policy.as_ref()));
    }
    response.insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(render(&MailboxPage { frame, messages }))
}
