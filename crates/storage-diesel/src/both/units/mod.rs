//! Units of work. One file per noun says what each change of it does; this one keeps the order: the log first, then
//! the changes, then the records that make them accountable.

mod apps;
mod certificates;
mod connections;
mod environments;
mod people;
mod signing_keys;
mod teams;

use std::time::Duration;

use diesel_async::RunQueryDsl;
use domain::NewLogEntry;
use storage::{Change, Committed, StoreError, Unit};

use super::{Conn, begin, finish, log};
use crate::failure::failed;
use crate::hold::{Begin, Hold};
use crate::rows::NewAudit;
use crate::schema::audit;

pub(crate) async fn commit(conn: &mut Conn, unit: &Unit, statement: Duration) -> Result<Committed, StoreError> {
    let hold = hold(unit);
    begin(conn, Begin { hold, statement }).await?;
    let done = carry_out(conn, unit, hold).await;
    finish(conn, done).await
}

/// Whoever appends to the log has it alone. Whoever adds a connection keeps it still, as `Connections::open` does.
fn hold(unit: &Unit) -> Hold {
    let appends = |change: &Change| matches!(change, Change::EndConnections { entry_until: Some(_), .. });
    // Of a name and an anchor that are added at once, one must see the other.
    let names = |change: &Change| matches!(change, Change::AddCertificate(_) | Change::AddAnchor(_));
    // Of two members who take each other away at once, one must see the other.
    let members = |change: &Change| matches!(change, Change::SetTeamMember(_) | Change::RemoveTeamMember(..));
    let alone = |change: &Change| appends(change) || names(change) || members(change);
    if !unit.entries.is_empty() || unit.changes.iter().any(alone) {
        Hold::Log
    } else if unit.changes.iter().any(|change| matches!(change, Change::AddConnection(_))) {
        Hold::LogStill
    } else {
        Hold::Rows
    }
}

async fn carry_out(conn: &mut Conn, unit: &Unit, hold: Hold) -> Result<Committed, StoreError> {
    let mut position = match hold {
        Hold::Log => log::append(conn, &unit.entries).await?,
        Hold::LogStill | Hold::Rows => log::head(conn).await?,
    };
    let mut outcome = Outcome::default();
    for change in &unit.changes {
        apply(conn, change, &mut outcome).await?;
    }
    if !outcome.entries.is_empty() {
        position = log::append(conn, &outcome.entries).await?;
    }
    for record in &unit.audit {
        diesel::insert_into(audit::table).values(NewAudit::from(record)).execute(conn).await.map_err(failed)?;
    }
    Ok(Committed { position, ended: outcome.ended })
}

/// What the changes of a unit left to be done and counted.
#[derive(Default)]
struct Outcome {
    /// Entries of connections that ended, one each.
    entries: Vec<NewLogEntry>,
    /// How many connections ended.
    ended: u64,
}

async fn apply(conn: &mut Conn, change: &Change, outcome: &mut Outcome) -> Result<(), StoreError> {
    match change {
        Change::AddEnvironment(environment) => environments::add(conn, environment).await,
        Change::AddApi(api) => environments::add_api(conn, api).await,
        Change::ReplaceApi(api) => environments::replace_api(conn, api).await,
        Change::AddApiCredential(credential) => environments::add_credential(conn, credential).await,
        Change::SetApiCredentialState(id, api, state) => {
            environments::set_credential_state(conn, *id, *api, *state).await
        }
        Change::AddTeam(team) => teams::add(conn, team).await,
        Change::RenameTeam(team, name) => teams::rename(conn, *team, name).await,
        Change::SetTeamMember(member) => teams::set_member(conn, member).await,
        Change::RemoveTeamMember(user, team) => teams::remove_member(conn, *user, *team).await,
        Change::AddInvitation(invitation) => teams::invite(conn, invitation).await,
        Change::RemoveInvitation(id, team) => teams::remove_invitation(conn, *id, *team).await,
        Change::AddApp(app) => apps::add(conn, app).await,
        Change::ReplaceApp(app) => apps::replace(conn, app).await,
        Change::AddKey(key) => apps::add_key(conn, key).await,
        Change::SetKeyState(key, state) => apps::set_key_state(conn, *key, *state).await,
        Change::AddSecret(secret) => apps::add_secret(conn, secret).await,
        Change::SetSecretState(id, key, state) => apps::set_secret_state(conn, *id, *key, *state).await,
        Change::AddCertificate(certificate) => certificates::add(conn, certificate).await,
        Change::RemoveCertificate(id, app) => certificates::remove(conn, *id, *app).await,
        Change::AddAnchor(anchor) => certificates::add_anchor(conn, anchor).await,
        Change::RemoveAnchor(id, app) => certificates::remove_anchor(conn, *id, *app).await,
        Change::AddCustomer(customer) => people::add_customer(conn, customer).await,
        Change::AddWorkspace(workspace) => people::add_workspace(conn, workspace).await,
        Change::RemoveWorkspace(id, customer) => people::remove_workspace(conn, *id, *customer).await,
        Change::AddUser(user) => people::add_user(conn, user).await,
        Change::SetPassword(user, hash) => people::set_password(conn, *user, hash).await,
        Change::SetUserEnabled(user, enabled) => people::set_enabled(conn, *user, *enabled).await,
        Change::SetMembership(membership) => people::set_membership(conn, membership).await,
        Change::RemoveMembership(user, customer) => people::remove_membership(conn, *user, *customer).await,
        Change::AddConnection(connection) => connections::add(conn, connection).await,
        Change::EndConnections { which, by, at, entry_until } => {
            let ended = connections::end(conn, which, *by, *at).await?;
            outcome.ended += u64::try_from(ended.len()).map_err(StoreError::database)?;
            if let Some(until) = entry_until {
                outcome.entries.extend(super::connections::ends(&ended, *until)?);
            }
            Ok(())
        }
        Change::RemoveConnectionWorkspace(id, workspace) => connections::remove_workspace(conn, *id, *workspace).await,
        Change::ShortenConnection(id, end) => connections::shorten(conn, *id, *end).await,
        Change::AddConnectionRequest(request) => connections::add_request(conn, request).await,
        Change::AnswerConnectionRequest(id, connection) => connections::answer_request(conn, *id, *connection).await,
        Change::RemoveConnectionRequest(id) => connections::remove_request(conn, *id).await,
        Change::AddSigningKey(key) => signing_keys::add(conn, key).await,
        Change::MoveSigningKey { kid, from, to, at } => signing_keys::advance(conn, kid, (*from, *to), *at).await,
    }
}
