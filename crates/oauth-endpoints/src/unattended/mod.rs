//! `/ui/oauth/unattended/{request}`: a customer's side lets a key act on its own, by the link that its developer sent.
//! The same pages as for an app that gets a code, limited to the customer that is asked.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{ServiceConfig, get, resource};
use client_registry::{Answer, RegistryError};
use domain::{Connection, RequestId, UserId};

use crate::authorize::{Asked, Case, Ticked, Transaction, next, stopped};
use crate::pages::{ChooseProblem, Notice, UnattendedDonePage, field};
use crate::sessions::{PageError, PageForm, PageResult, Session, Visitor};

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    config.service(resource(format!("{prefix}/ui/oauth/unattended/{{request}}")).route(get().to(start)));
}

async fn start(visitor: Visitor) -> HttpResponse {
    let result = begin(&visitor).await;
    visitor.answer(result)
}

async fn begin(visitor: &Visitor) -> PageResult {
    let not_found = || PageError::notice(Notice::NotFound);
    let id: RequestId = visitor.request.match_info().query("request").parse().map_err(|_| not_found())?;
    let request = visitor.state.protocol.directory.connection_request(id).await?;
    let request = request.filter(|request| request.environment == visitor.at.name).ok_or_else(not_found)?;
    let case = Case::unattended(visitor, &request).await?;
    if request.answered_by.is_some() {
        return Err(answered(&case));
    }
    if request.expires_at <= visitor.now() {
        return Err(PageError::notice(Notice::Expired { app_name: Some(case.app.name) }));
    }
    let transaction = Transaction::begin(visitor, Asked::Unattended(id)).await?;
    next(visitor, transaction).await
}

/// Makes the connection that was allowed.
pub(crate) async fn answer(
    visitor: &Visitor,
    mut transaction: Transaction,
    case: &Case,
    request: RequestId,
    (form, ticked): (&PageForm, Ticked),
) -> Result<Result<HttpResponse, ChooseProblem>, PageError> {
    let Some(session) = &visitor.session else { return Err(PageError::notice(Notice::NoTransaction)) };
    let Some(user) = acts_as(session, form.one(field::ACTS_AS)) else { return Ok(Err(ChooseProblem::NobodyToActAs)) };
    let answer = Answer { user, granted_by: session.user.id, workspaces: ticked.workspaces };
    let initiator = visitor.initiator(&session.user);
    // The registry answers a request once, whoever asks; the transaction is marked when it has.
    match visitor.state.registry.answer_connection_request(&initiator, request, answer).await {
        Ok(connection) => {
            // Access was given, whatever becomes of the mark.
            if let Err(error) = transaction.decide(visitor, case).await {
                tracing::warn!(request_id = %visitor.call.id, ?error, "an answered transaction was not marked");
            }
            Ok(Ok(done(visitor, case, session, &connection).await?))
        }
        Err(RegistryError::WorkspaceOutOfReach(_) | RegistryError::NoWorkspace) => Ok(Err(ChooseProblem::NoLongerOpen)),
        Err(RegistryError::MayNotAnswer(_)) => Ok(Err(ChooseProblem::NobodyToActAs)),
        Err(RegistryError::RequestAnswered | RegistryError::Stale { .. }) => Err(answered(case)),
        Err(RegistryError::RequestExpired) => {
            Err(PageError::notice(Notice::Expired { app_name: Some(case.app.name.clone()) }))
        }
        Err(RegistryError::Store(error)) => Err(error.into()),
        Err(_) => Err(stopped(&case.app).into()),
    }
}

/// The person who is signed in, or a service user, which the registry judges.
fn acts_as(session: &Session, chosen: &str) -> Option<UserId> {
    match chosen {
        "" => None,
        field::ME => Some(session.user.id),
        id => id.parse().ok(),
    }
}

fn answered(case: &Case) -> PageError {
    PageError::notice(Notice::AlreadyAnswered { app_name: case.app.name.clone(), app_url: None })
}

async fn done(visitor: &Visitor, case: &Case, session: &Session, connection: &Connection) -> PageResult {
    let directory = &visitor.state.protocol.directory;
    let customer = directory.customer(connection.customer).await?;
    let workspaces = directory.workspaces(connection.customer).await?;
    let acts_as = if connection.user == session.user.id {
        session.user.email.clone()
    } else {
        directory.user(connection.user).await?.map(|user| user.name).unwrap_or_default()
    };
    let page = UnattendedDonePage {
        frame: visitor.frame(),
        app_name: case.app.name.clone(),
        customer: customer.map(|customer| customer.name).unwrap_or_default(),
        workspaces: workspaces
            .into_iter()
            .filter(|workspace| connection.workspaces.contains(&workspace.id))
            .map(|workspace| workspace.name)
            .collect(),
        acts_as,
        connected_apps_url: visitor.path("/ui/connected-apps"),
    };
    Ok(visitor.show(&page, StatusCode::OK))
}
