//! `/teams/{team}/invitations`: who is invited into a team. Only a person invites: the mail says who.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use client_registry::{InvitationDraft, NewInvitation};
use domain::{Invitation, InvitationId, Permission, Permissions, Reason, Timestamp, UserId};
use oauth_endpoints::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answers::Answer;
use crate::caller::{Caller, absent, parsed};
use crate::idempotency::{self, Made};
use crate::lists::{Page, Paging};
use crate::me::permissions;
use crate::schemas::{self, moment};

/// How long to wait where too many were mailed, in seconds.
const HOUR: u32 = 3600;

/// An invitation that was neither taken nor withdrawn.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationView {
    #[schema(value_type = String)]
    id: InvitationId,
    email: String,
    /// What the member will be able to do.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
    #[schema(value_type = String)]
    invited_by: UserId,
    /// Whether it can be taken now; one that is too old can be mailed again.
    is_open: bool,
    #[schema(schema_with = schemas::date_time)]
    created_at: String,
    #[schema(schema_with = schemas::date_time)]
    expires_at: String,
}

/// Somebody to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewGuest {
    #[schema(format = Email, max_length = 254)]
    email: String,
    /// `view` is in every set.
    #[schema(schema_with = permissions)]
    permissions: Vec<Permission>,
}

/// An invitation that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailedInvitation {
    invitation: InvitationView,
    /// Whether its e-mail was taken by the mail server; if not, send it again in a few minutes.
    mailed: bool,
}

impl InvitationView {
    fn of(invitation: &Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id,
            email: invitation.email.clone(),
            permissions: invitation.permissions.iter().collect(),
            invited_by: invitation.invited_by,
            is_open: invitation.is_open(now),
            created_at: moment(invitation.created_at),
            expires_at: moment(invitation.expires_at),
        }
    }
}

/// The invitations of a team, by address.
#[utoipa::path(get, path = "/api/v1/teams/{team}/invitations", tag = "Teams", params(("team" = String, Path), Paging), responses((status = 200, body = Page<InvitationView>)))]
pub(crate) async fn list(caller: Caller) -> Answer {
    let team = caller.team(Permission::ManageMembers).await?;
    let paging: Paging = caller.query()?;
    let listed = caller.state.registry.invitations_of(&team).await.map_err(|error| caller.refused(error))?;
    let now = caller.now();
    let page = paging.of(listed, |one| one.id.to_string(), |one| InvitationView::of(&one, now))?;
    Ok(caller.ok(&page))
}

/// An invitation.
#[utoipa::path(get, path = "/api/v1/teams/{team}/invitations/{invitation}", tag = "Teams", params(("team" = String, Path), ("invitation" = String, Path)), responses((status = 200, body = InvitationView)))]
pub(crate) async fn show(caller: Caller) -> Answer {
    let team = caller.team(Permission::ManageMembers).await?;
    let id: InvitationId = caller.named("invitation")?;
    let listed = caller.state.registry.invitations_of(&team).await.map_err(|error| caller.refused(error))?;
    let found = listed.iter().find(|one| one.id == id).ok_or_else(|| absent("invitation of this team", id))?;
    Ok(caller.ok(&InvitationView::of(found, caller.now())))
}

/// Invite the owner of an e-mail address into a team. Nobody gives what it does not have itself.
#[utoipa::path(post, path = "/api/v1/teams/{team}/invitations", tag = "Teams", request_body = NewGuest, params(("team" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "Mails it once, however often the request is repeated within a day.")), responses((status = 201, body = MailedInvitation, headers(("Location" = String)))))]
pub(crate) async fn invite(mut caller: Caller) -> Answer {
    caller.person()?;
    let body = caller.read().await?;
    idempotency::once(caller, body, make).await
}

async fn make(caller: &Caller, body: &Bytes) -> Result<Made, Problem> {
    let team = caller.team(Permission::ManageMembers).await?;
    caller.confirmed_person()?;
    let NewGuest { email, permissions } = parsed(body)?;
    let permissions: Permissions = permissions.into_iter().collect();
    may_mail(caller, &email).await?;
    let draft = InvitationDraft { team: team.id, email, permissions };
    let made = caller.state.registry.invite(&caller.authority, draft).await;
    let mailed = mailed(caller, &made.map_err(|error| caller.refused(error))?).await?;
    let location = format!("/api/v1/teams/{}/invitations/{}", team.id, mailed.invitation.id);
    Ok(Made::new(&mailed, location))
}

/// Mail an invitation again: with a new link and its whole life before it. The earlier link opens nothing any more.
#[utoipa::path(post, path = "/api/v1/teams/{team}/invitations/{invitation}/resend", tag = "Teams", params(("team" = String, Path), ("invitation" = String, Path)), responses((status = 200, body = MailedInvitation)))]
pub(crate) async fn resend(caller: Caller) -> Answer {
    caller.person()?;
    let team = caller.team(Permission::ManageMembers).await?;
    let id: InvitationId = caller.named("invitation")?;
    let registry = &caller.state.registry;
    let listed = registry.invitations_of(&team).await.map_err(|error| caller.refused(error))?;
    let found = listed.iter().find(|one| one.id == id).ok_or_else(|| absent("invitation of this team", id))?;
    caller.confirmed_person()?;
    may_mail(&caller, &found.email).await?;
    let made = registry.invite_again(&caller.authority, team.id, id).await.map_err(|error| caller.refused(error))?;
    let mailed = mailed(&caller, &made).await?;
    Ok(caller.answer(StatusCode::OK, &mailed))
}

/// Withdraw an invitation: its link opens nothing any more.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/invitations/{invitation}", tag = "Teams", params(("team" = String, Path), ("invitation" = String, Path)), responses((status = 204, description = "It opens nothing any more.")))]
pub(crate) async fn withdraw(caller: Caller) -> Result<HttpResponse, Problem> {
    let team = caller.team(Permission::ManageMembers).await?;
    let id = caller.named("invitation")?;
    let withdrawn = caller.state.registry.withdraw_invitation(&caller.authority, team.id, id).await;
    withdrawn.map_err(|error| caller.refused(error))?;
    Ok(caller.nothing())
}

async fn may_mail(caller: &Caller, email: &str) -> Result<(), Problem> {
    let (visitor, session) = caller.person()?;
    if visitor.may_mail_invitation(session, email).await? {
        return Ok(());
    }
    let words = "too many invitations were sent; wait before you send another one";
    Err(Problem::new(Reason::RateLimited).detail(words).retry_after(HOUR))
}

async fn mailed(caller: &Caller, new: &NewInvitation) -> Result<MailedInvitation, Problem> {
    let ((visitor, session), confirmed) = (caller.person()?, caller.confirmed_person()?);
    let mailed = visitor.mail_invitation(session, &confirmed, new).await;
    Ok(MailedInvitation { invitation: InvitationView::of(&new.invitation, caller.now()), mailed })
}
