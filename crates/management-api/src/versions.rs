//! `If-Match`: who changes an app says which version of it it has read, so that nobody's change is lost.

use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use client_registry::RegistryError;
use domain::{App, Reason};
use oauth_endpoints::Problem;

use crate::answers::tag;
use crate::caller::Caller;

impl Caller {
    /// The version of `app`, which the caller has read.
    pub(crate) fn seen(&self, app: &App) -> Result<i64, Problem> {
        let mut headers = self.headers().get_all(IF_MATCH).peekable();
        if headers.peek().is_none() {
            return Err(Problem::new(Reason::VersionMissing));
        }
        let current = tag(app);
        // RFC 9110 §13.1.1: any of a list; `*` is whatever is there, and a weak tag matches nothing.
        let tags = headers.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim);
        let matches = |tag: &str| tag == "*" || tag.as_bytes() == current.as_bytes();
        if tags.into_iter().any(matches) { Ok(app.version) } else { Err(stale(app.version)) }
    }

    /// As [`Self::refused`], where a version was sent: what came between two requests is told like what came before.
    pub(crate) fn refused_at(&self, error: RegistryError) -> Problem {
        let problem = self.refused(error);
        match problem.reason() {
            Reason::VersionStale => problem.status(StatusCode::PRECONDITION_FAILED),
            _ => problem,
        }
    }
}

fn stale(version: i64) -> Problem {
    Problem::new(Reason::VersionStale).detail(format!("it is at version {version} now"))
}
