//! Ends a connection, or takes one workspace out of it. Both are log entries, so older tokens die within a second.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use client_registry::RegistryError;
use domain::{Connection, EndedBy, WorkspaceId};

use super::cards::named;
use super::{is_of, signed_in};
use crate::pages::{ConfirmEndPage, Ending, Moment, Notice};
use crate::sessions::{PageBody, PageError, PageResult, Session, Visitor};

pub(super) async fn ask(visitor: Visitor) -> HttpResponse {
    let result = question(&visitor).await;
    visitor.answer(result)
}

pub(super) async fn end(visitor: Visitor, body: PageBody) -> HttpResponse {
    let result = act(&visitor, &body).await;
    visitor.answer(result)
}

/// What the path names: a connection of this person, and perhaps one of its workspaces.
struct Target {
    connection: Connection,
    workspace: Option<WorkspaceId>,
}

impl Target {
    async fn read(visitor: &Visitor, session: &Session) -> Result<Self, PageError> {
        let not_found = || PageError::notice(Notice::NotFound);
        let path = visitor.request.match_info();
        let id = path.query("connection").parse().map_err(|_| not_found())?;
        let workspace = match path.get("workspace") {
            Some(text) => Some(text.parse().map_err(|_| not_found())?),
            None => None,
        };
        let found = visitor.state.protocol.connections.find(id).await?.value;
        // Somebody else's connection looks like none.
        let connection = found.filter(|found| is_of(found, session, visitor)).ok_or_else(not_found)?;
        Ok(Self { connection, workspace })
    }
}

async fn question(visitor: &Visitor) -> PageResult {
    let session = match signed_in(visitor) {
        Ok(session) => session,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere)),
    };
    let target = Target::read(visitor, session).await?;
    if target.connection.ended.is_some() {
        return Ok(back(visitor, &target));
    }
    let named = named(visitor, &target.connection).await?;
    let ending = match target.workspace {
        None => Ending::Connection { workspaces: named.workspaces.len() },
        Some(id) => {
            let workspace = named.workspaces.iter().find(|(reached, _)| *reached == id);
            let (_, name) = workspace.ok_or_else(|| PageError::notice(Notice::NotFound))?;
            Ending::Workspace { name: name.clone() }
        }
    };
    let page = ConfirmEndPage {
        frame: visitor.frame(),
        app_name: named.app,
        customer: named.customer,
        authorized_on: Moment::at_unix_seconds(target.connection.created_at.seconds()),
        ending,
        form: visitor.account_form(session, own_path(visitor)),
        back_url: visitor.path("/ui/connected-apps"),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}

async fn act(visitor: &Visitor, body: &PageBody) -> PageResult {
    let session = match signed_in(visitor) {
        Ok(session) => session,
        Err(elsewhere) => return Ok(visitor.go(&elsewhere)),
    };
    visitor.check_account_form(&body.form()?)?;
    let target = Target::read(visitor, session).await?;
    let (registry, by) = (&visitor.state.registry, visitor.initiator(&session.user));
    let id = target.connection.id;
    let ended = match target.workspace {
        None => registry.end_connection(&by, id, EndedBy::User).await,
        Some(workspace) => registry.remove_connection_workspace(&by, id, workspace, EndedBy::User).await,
    };
    match ended {
        Ok(_) => Ok(back(visitor, &target)),
        Err(RegistryError::Store(error)) => Err(error.into()),
        // It went between the question and the answer.
        Err(_) => Ok(visitor.go("/ui/connected-apps")),
    }
}

fn back(visitor: &Visitor, target: &Target) -> HttpResponse {
    visitor.go(&format!("/ui/connected-apps?done={}", target.connection.id))
}

/// The path of this request, without the environment.
fn own_path(visitor: &Visitor) -> &str {
    let path = visitor.request.path();
    path.strip_prefix(visitor.at.name.prefix().as_str()).unwrap_or(path)
}
