//! *Workspaces to be given access*: the page that gives consent, and its answer.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Query;
use domain::{CustomerId, Reason, WorkspaceId};
use protocol::authorize::{AuthorizationRequest, CallbackAnswer, Consent, NotGiven};
use protocol::{Refusal, Trail};
use serde::Deserialize;

use super::choices::{self, Again};
use super::noting::{mark, note};
use super::review::{TRANSACTION, knows};
use super::{Asked, Case, Transaction, leave};
use crate::pages::{ChooseProblem, Notice, ReturnOutcome, field};
use crate::sessions::{PageBody, PageError, PageForm, PageResult, Session, Visitor, redirect};
use crate::sign_in::ReturnTo;
use crate::unattended;

const PATH: &str = "/ui/oauth/pre_authorized";
/// What an answer without a workspace leaves for the page that says so: whom the app was to act as.
const UNTICKED: &str = "answer-without-workspace";
/// How long it is left: a redirect follows at once.
const UNTICKED_LIFE: Duration = Duration::from_secs(60);
/// The largest form: ten thousand ticked workspaces.
const LARGEST_FORM: usize = 512 * 1024;

#[derive(Deserialize)]
pub(super) struct Named {
    transaction: Option<String>,
}

pub(super) async fn page(visitor: Visitor, named: Option<Query<Named>>) -> HttpResponse {
    let named = named.and_then(|named| named.into_inner().transaction);
    let result = show(&visitor, named).await;
    visitor.answer(result)
}

pub(super) async fn answer(visitor: Visitor, body: PageBody<LARGEST_FORM>) -> HttpResponse {
    let result = take(&visitor, &body).await;
    visitor.answer(result)
}

/// Deny or Cancel on any page of a transaction.
pub(crate) async fn deny(visitor: &Visitor, mut transaction: Transaction) -> PageResult {
    let case = transaction.case(visitor).await?;
    transaction.decide(visitor, &case).await?;
    visitor.state.metrics.consent("denied");
    match &transaction.asked {
        Asked::Attended(request) => {
            let answer = request.refuse(&visitor.state.protocol.settings, Reason::DeniedByUser.into());
            Ok(go_back(visitor, &case, &answer, &trail_of(&case), ReturnOutcome::Denied))
        }
        Asked::Unattended(_) => Err(PageError::notice(Notice::Declined { app_name: case.app.name })),
    }
}

async fn show(visitor: &Visitor, named: Option<String>) -> PageResult {
    let transaction = match named {
        Some(id) => Transaction::find(visitor, &id).await?,
        None => Transaction::latest(visitor).await?,
    };
    let case = transaction.case(visitor).await?;
    transaction.require_open(&case)?;
    match ready(visitor, &transaction, &case).await? {
        Ok(session) => {
            if let Asked::Attended(request) = &transaction.asked
                && let Err(refusal) = visitor.state.protocol.check_room(&case.app, case.key, session.user.id).await
            {
                return full(visitor, &case, request, refusal);
            }
            let acts_as: Option<String> = visitor.notes.read(UNTICKED, transaction.id()).await?;
            let mut again = None;
            if let Some(acts_as) = &acts_as {
                visitor.notes.remove(UNTICKED, transaction.id()).await?;
                again = Some(Again { problem: ChooseProblem::NothingChosen, workspaces: Vec::new(), acts_as });
            }
            choose_page(visitor, &transaction, (&case, session), again, StatusCode::OK).await
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn take(visitor: &Visitor, body: &PageBody<LARGEST_FORM>) -> PageResult {
    let form = body.form()?;
    let transaction = Transaction::find(visitor, form.one(TRANSACTION)).await?;
    visitor.check_form(&form, &transaction.purpose())?;
    if form.is_denial() {
        return deny(visitor, transaction).await;
    }
    let case = transaction.case(visitor).await?;
    transaction.require_open(&case)?;
    let session = match ready(visitor, &transaction, &case).await? {
        Ok(session) => session,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let ticked = match ticked(visitor, &case, session, &form).await? {
        Ok(ticked) => ticked,
        Err(ChooseProblem::NothingChosen) => return unticked(visitor, &transaction, &form).await,
        Err(problem) => return again(visitor, &transaction, &case, session, (&form, problem)).await,
    };
    let outcome = match transaction.asked.clone() {
        Asked::Attended(request) => consent(visitor, transaction.clone(), &case, &request, ticked.of(session)).await?,
        Asked::Unattended(id) => unattended::answer(visitor, transaction.clone(), &case, id, (&form, ticked)).await?,
    };
    match outcome {
        Ok(response) => Ok(response),
        Err(problem) => again(visitor, &transaction, &case, session, (&form, problem)).await,
    }
}

/// The person who may choose now, or the page that comes before.
async fn ready<'a>(
    visitor: &'a Visitor,
    transaction: &Transaction,
    case: &Case,
) -> Result<Result<&'a Session, HttpResponse>, PageError> {
    let Some(session) = visitor.session.as_ref().filter(|_| transaction.is_signed_in(visitor)) else {
        let back = ReturnTo::workspaces(&visitor.at.name, transaction.id());
        return Ok(Err(visitor.go(&back.sign_in_path())));
    };
    if transaction.reviewed || knows(visitor, transaction, case).await? {
        return Ok(Ok(session));
    }
    Ok(Err(visitor.go(&format!("/ui/oauth/authorize?transaction={}", transaction.id()))))
}

/// Workspaces of one customer.
pub(crate) struct Ticked {
    pub(crate) customer: CustomerId,
    pub(crate) workspaces: Vec<WorkspaceId>,
}

impl Ticked {
    fn of(self, session: &Session) -> Consent {
        Consent { user: session.user.id, customer: self.customer, workspaces: self.workspaces }
    }
}

/// What was ticked, if it is workspaces of one customer that are open to this person.
async fn ticked(
    visitor: &Visitor,
    case: &Case,
    session: &Session,
    form: &PageForm,
) -> Result<Result<Ticked, ChooseProblem>, PageError> {
    let Ok(mut workspaces) = form.workspaces().map(str::parse).collect::<Result<Vec<WorkspaceId>, _>>() else {
        return Ok(Err(ChooseProblem::NoLongerOpen));
    };
    workspaces.sort_unstable();
    workspaces.dedup();
    if workspaces.is_empty() {
        return Ok(Err(ChooseProblem::NothingChosen));
    }
    let access = choices::access(visitor, case, session).await?;
    let counts = access.iter().map(|part| (part.customer.id, part.reachable(&workspaces).len()));
    let mut touched = counts.filter(|(_, count)| *count > 0);
    Ok(match (touched.next(), touched.next()) {
        (Some(_), Some(_)) => Err(ChooseProblem::SeveralCustomers),
        (Some((customer, count)), None) if count == workspaces.len() => Ok(Ticked { customer, workspaces }),
        _ => Err(ChooseProblem::NoLongerOpen),
    })
}

/// From consent to code: everything is checked once more, then this answer is made the one that counts, then the code
/// is made.
async fn consent(
    visitor: &Visitor,
    mut transaction: Transaction,
    case: &Case,
    request: &AuthorizationRequest,
    consent: Consent,
) -> Result<Result<HttpResponse, ChooseProblem>, PageError> {
    let protocol = &visitor.state.protocol;
    let mut trail = Trail::default();
    let given = match protocol.consent(request, visitor.at.record(), consent, &mut trail).await {
        Ok(given) => given,
        Err(NotGiven::NoLongerOpen) => return Ok(Err(ChooseProblem::NoLongerOpen)),
        Err(NotGiven::Stop(stop)) => {
            note(visitor, &trail, Some(&stop.refusal));
            return Err((*stop).into());
        }
        Err(NotGiven::Refused(refusal)) => {
            transaction.decide(visitor, case).await?;
            let outcome = outcome_of(&refusal);
            let answer = request.refuse(&protocol.settings, refusal);
            return Ok(Ok(go_back(visitor, case, &answer, &trail, outcome)));
        }
    };
    transaction.decide(visitor, case).await?;
    visitor.state.metrics.consent("given");
    let (answer, outcome) = match protocol.answer_with_code(request, given).await {
        Ok(answer) => (answer, ReturnOutcome::Allowed),
        // The decision stands, so the app is told to start again.
        Err(refusal) => (request.refuse(&protocol.settings, refusal), ReturnOutcome::Failed),
    };
    Ok(Ok(go_back(visitor, case, &answer, &trail, outcome)))
}

fn go_back(
    visitor: &Visitor,
    case: &Case,
    answer: &CallbackAnswer,
    trail: &Trail,
    outcome: ReturnOutcome,
) -> HttpResponse {
    let refusal: Option<&Refusal> = answer.refusal.as_ref();
    note(visitor, trail, refusal);
    mark(leave::from_form(visitor, &case.app.name, answer, outcome), trail, refusal)
}

/// Says before anything is chosen that the app may have no further user. The request stays open: somebody may end a
/// connection meanwhile.
fn full(visitor: &Visitor, case: &Case, request: &AuthorizationRequest, refusal: Refusal) -> PageResult {
    if PageError::is_ours(&refusal) {
        return Err(refusal.into());
    }
    let outcome = outcome_of(&refusal);
    let answer = request.refuse(&visitor.state.protocol.settings, refusal);
    Ok(go_back(visitor, case, &answer, &trail_of(case), outcome))
}

fn outcome_of(refusal: &Refusal) -> ReturnOutcome {
    if refusal.reason() == Reason::TooManyUsers { ReturnOutcome::Full } else { ReturnOutcome::Failed }
}

fn trail_of(case: &Case) -> Trail {
    Trail { key: Some(case.key), app: Some(case.app.id), ..Trail::default() }
}

/// To the page, which can be reloaded without answering again.
async fn unticked(visitor: &Visitor, transaction: &Transaction, form: &PageForm) -> PageResult {
    let acts_as = form.one(field::ACTS_AS);
    visitor.notes.write(UNTICKED, transaction.id(), &acts_as, UNTICKED_LIFE).await?;
    Ok(redirect(ReturnTo::workspaces(&visitor.at.name, transaction.id()).as_str()))
}

async fn again(
    visitor: &Visitor,
    transaction: &Transaction,
    case: &Case,
    session: &Session,
    (form, problem): (&PageForm, ChooseProblem),
) -> PageResult {
    let again = Again { problem, workspaces: form.workspaces().collect(), acts_as: form.one(field::ACTS_AS) };
    choose_page(visitor, transaction, (case, session), Some(again), StatusCode::BAD_REQUEST).await
}

async fn choose_page(
    visitor: &Visitor,
    transaction: &Transaction,
    (case, session): (&Case, &Session),
    again: Option<Again<'_>>,
    status: StatusCode,
) -> PageResult {
    let mut page = choices::page(visitor, case, session, again).await?;
    page.form = visitor.form(PATH, &transaction.purpose()).with(TRANSACTION, transaction.id());
    Ok(visitor.show(&page, status))
}
