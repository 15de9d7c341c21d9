//! Invitations into developer teams, for people.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{Invitation, TeamId};
use storage::StoreError;

use super::{Conn, read_all};
use crate::failure::failed;
use crate::rows::InvitationRow;
use crate::schema::team_invitations::dsl::{email, team_id, team_invitations, token_hash};

pub(crate) async fn of_team(conn: &mut Conn, team: TeamId) -> Result<Vec<Invitation>, StoreError> {
    let rows: Vec<InvitationRow> = team_invitations
        .filter(team_id.eq(team.to_string()))
        .order(email)
        .select(InvitationRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn by_token(conn: &mut Conn, hash: [u8; 32]) -> Result<Option<Invitation>, StoreError> {
    let row: Option<InvitationRow> = team_invitations
        .filter(token_hash.eq(hash.to_vec()))
        .select(InvitationRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(Invitation::try_from).transpose()
}
