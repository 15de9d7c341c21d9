//! The error page: a request that is not answered at its callback. It never redirects.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use client_registry::callback_url::{ClosestDifference, Component, Difference};
use domain::{ErrorCode, Reason};
use protocol::authorize::Stop;
use protocol::{PublicRefusal, Trail};

use super::noting::mark;
use crate::pages::{CallbackDifference, DeveloperDetail, Frame, RequestErrorPage, RequestProblem, UrlPart};
use crate::sessions::Visitor;

/// The page for `stop`.
pub(crate) fn stop_page(visitor: &Visitor, stop: &Stop) -> HttpResponse {
    let public = stop.refusal.public();
    let reason = stop.refusal.reason();
    let app = stop.app.as_ref();
    let page = RequestErrorPage {
        frame: visitor.frame(),
        problem: problem(reason, &public.description),
        app_name: app.map(|app| app.name.clone()),
        support_email: app.and_then(|app| app.support_email.clone()),
        reference: visitor.call.id.to_string(),
        developer: DeveloperDetail {
            code: reason.code().to_owned(),
            sentence: words(reason, &public.description),
            callback: stop.callback.as_deref().map(|(received, closest)| difference(received, closest)),
            received: Vec::new(),
            docs_url: Some(visitor.state.protocol.settings.error_uri(reason)),
        },
    };
    let trail = Trail { app: app.map(|app| app.id), ..Trail::default() };
    mark(visitor.show(&page, StatusCode::BAD_REQUEST), &trail, Some(&stop.refusal))
}

/// The page for a request that was refused before anything of it was looked up.
pub(crate) fn malformed_page(
    frame: Frame,
    public: &PublicRefusal,
    (reference, docs_url): (String, String),
) -> RequestErrorPage {
    RequestErrorPage {
        frame,
        problem: problem(public.reason, &public.description),
        app_name: None,
        support_email: None,
        reference,
        developer: DeveloperDetail {
            code: public.reason.code().to_owned(),
            sentence: sentence(&public.description),
            callback: None,
            received: Vec::new(),
            docs_url: Some(docs_url),
        },
    }
}

fn problem(reason: Reason, description: &str) -> RequestProblem {
    match reason {
        Reason::ClientUnknown => RequestProblem::UnknownKey,
        Reason::CallbackMismatch => RequestProblem::UnknownCallback,
        Reason::CallbackMissing => RequestProblem::MissingCallback,
        Reason::EnvironmentNotAllowed | Reason::WrongEnvironment => RequestProblem::WrongEnvironment,
        Reason::ParameterMissing | Reason::ParameterRepeated => RequestProblem::Malformed(format!(
            "The link that brought you here is not complete: {}",
            sentence(description)
        )),
        Reason::ParameterMalformed | Reason::BodyTooLarge | Reason::ContentTypeWrong | Reason::JsonBody => {
            RequestProblem::Malformed("The app asked us in a way that we cannot read.".to_owned())
        }
        _ => RequestProblem::AppStopped,
    }
}

/// What the app's developer is told. Nobody authenticates here, so the words that cover up failures of that are out of
/// place: the reason's code is shown as well.
fn words(reason: Reason, description: &str) -> String {
    match reason {
        Reason::ClientUnknown => {
            "no API key has this client_id; check that it was copied whole, and that it was made at this server."
                .to_owned()
        }
        reason if reason.error() == ErrorCode::InvalidClient => reason.sentence().to_owned(),
        _ => sentence(description),
    }
}

/// What stands after the reason's code.
fn sentence(description: &str) -> String {
    description.split_once(": ").map_or(description, |(_, sentence)| sentence).to_owned()
}

fn difference(received: &str, closest: &ClosestDifference) -> CallbackDifference {
    let (registered_count, found) = match closest {
        ClosestDifference::Differs { registered, differences, .. } => (*registered, differences.as_slice()),
        ClosestDifference::NothingRegistered | ClosestDifference::Same => (0, [].as_slice()),
    };
    let components_that_differ: Vec<_> = found.iter().map(|found| component_of(*found)).collect();
    let part = |(of, text): (Option<Component>, &str)| UrlPart {
        text: text.to_owned(),
        differs: of.is_some_and(|of| components_that_differ.contains(&of)),
    };
    CallbackDifference {
        received: components(received).into_iter().map(part).collect(),
        registered_count,
        differs_in: found.iter().map(Difference::to_string).collect(),
    }
}

fn component_of(difference: Difference) -> Component {
    match difference {
        Difference::Component(component)
        | Difference::LetterCase(component)
        | Difference::PercentEncoding(component) => component,
        Difference::TrailingSlash => Component::Path,
    }
}

/// The received text cut at its delimiters; put together, the pieces are the text again.
fn components(text: &str) -> Vec<(Option<Component>, &str)> {
    let (rest, fragment) = text.split_at(text.find('#').unwrap_or(text.len()));
    let (rest, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    let scheme_end = rest.find(':').filter(|end| !rest.get(..*end).unwrap_or_default().contains('/'));
    let (scheme, rest) = rest.split_at(scheme_end.unwrap_or(0));
    let slashes = match (rest.starts_with("://"), rest.starts_with("//"), rest.starts_with(':')) {
        (true, ..) => 3,
        (_, true, _) => 2,
        (.., true) => 1,
        _ => 0,
    };
    let (delimiter, rest) = rest.split_at(slashes);
    let authority_end = if slashes >= 2 { rest.find('/').unwrap_or(rest.len()) } else { 0 };
    let (authority, path) = rest.split_at(authority_end);
    let is_port =
        |at: &usize| authority.get(at + 1..).is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let (host, port) = authority.split_at(authority.rfind(':').filter(is_port).unwrap_or(authority.len()));
    [
        (Some(Component::Scheme), scheme),
        (None, delimiter),
        (Some(Component::Host), host),
        (Some(Component::Port), port),
        (Some(Component::Path), path),
        (Some(Component::Query), query),
        (Some(Component::Fragment), fragment),
    ]
    .into_iter()
    .filter(|(_, piece)| !piece.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_url_is_cut_where_it_is_read() {
        let cut = components("https://app.example:8443/cb?x=1#f");
        let pieces: Vec<_> = cut.iter().map(|(_, piece)| *piece).collect();
        assert_eq!(pieces, ["https", "://", "app.example", ":8443", "/cb", "?x=1", "#f"]);
        let private: Vec<_> = components("com.example.app:/cb").iter().map(|(_, piece)| *piece).collect();
        assert_eq!(private, ["com.example.app", ":", "/cb"]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "\\PC{0,60}|https?://[a-z.:/?#%0-9]{0,40}") {
            let whole: String = components(&text).into_iter().map(|(_, piece)| piece).collect();
            prop_assert_eq!(whole, text);
        }
    }
}
