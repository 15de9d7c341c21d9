//! Developer teams, their members and their apps, for people.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{App, MANAGEMENT_TEAM, Team, TeamId, TeamMember, User, UserId};
use storage::{AppPage, AppPlace, StoreError};

use super::{Backend, Conn, containing, escaped, read_all};
use crate::failure::failed;
use crate::rows::{AppRow, TeamMemberRow, TeamRow, UserRow, folded, total};
use crate::schema::{api_keys, apps, team_members, teams, users};

pub(crate) async fn teams(conn: &mut Conn, search: &str, offset: u32, limit: u32) -> Result<Vec<Team>, StoreError> {
    let rows: Vec<TeamRow> = teams::table
        .filter(teams::name_folded.like(containing(search)).escape('\\'))
        .order((teams::name_folded, teams::id))
        .offset(offset.into())
        .limit(limit.into())
        .select(TeamRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn team(conn: &mut Conn, id: TeamId) -> Result<Option<Team>, StoreError> {
    let row: Option<TeamRow> = teams::table
        .filter(teams::id.eq(id.to_string()))
        .select(TeamRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(Team::try_from).transpose()
}

pub(crate) async fn of_user(conn: &mut Conn, user: UserId) -> Result<Vec<(Team, TeamMember)>, StoreError> {
    let rows: Vec<(TeamRow, TeamMemberRow)> = team_members::table
        .inner_join(teams::table.on(teams::id.eq(team_members::team_id)))
        .filter(team_members::user_id.eq(user.to_string()))
        .order((teams::name_folded, teams::id))
        .select((TeamRow::as_select(), TeamMemberRow::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    rows.into_iter().map(|(team, member)| Ok((team.try_into()?, member.try_into()?))).collect()
}

pub(crate) async fn members(conn: &mut Conn, team: TeamId) -> Result<Vec<(User, TeamMember)>, StoreError> {
    let rows: Vec<(UserRow, TeamMemberRow)> = team_members::table
        .inner_join(users::table.on(users::id.eq(team_members::user_id)))
        .filter(team_members::team_id.eq(team.to_string()))
        .order(users::email)
        .select((UserRow::as_select(), TeamMemberRow::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    rows.into_iter().map(|(user, member)| Ok((user.try_into()?, member.try_into()?))).collect()
}

pub(crate) async fn apps(
    conn: &mut Conn,
    of: &[TeamId],
    search: &str,
    offset: u32,
    limit: u32,
) -> Result<AppPage, StoreError> {
    let wanted = || found(search).filter(apps::team_id.eq_any(printed(of)));
    let all: i64 = wanted().count().get_result(conn).await.map_err(failed)?;
    let rows: Vec<AppRow> = wanted()
        .order((apps::name_folded, apps::id))
        .offset(offset.into())
        .limit(limit.into())
        .select(AppRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    Ok(AppPage { apps: read_all(rows)?, total: total(all)? })
}

pub(crate) async fn apps_after(
    conn: &mut Conn,
    of: Option<&[TeamId]>,
    search: &str,
    after: Option<&AppPlace>,
    limit: u32,
) -> Result<Vec<App>, StoreError> {
    let mut wanted = match of {
        Some(teams) => found(search).filter(apps::team_id.eq_any(printed(teams))),
        None => found(search).filter(apps::team_id.ne(MANAGEMENT_TEAM.to_string())),
    };
    if let Some(AppPlace { name, id }) = after {
        let (name, id) = (folded(name), id.to_string());
        let same = apps::name_folded.eq(name.clone()).and(apps::id.gt(id));
        wanted = wanted.filter(apps::name_folded.gt(name).or(same));
    }
    let rows: Vec<AppRow> = wanted
        .order((apps::name_folded, apps::id))
        .limit(limit.into())
        .select(AppRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

fn printed(teams: &[TeamId]) -> Vec<String> {
    teams.iter().map(TeamId::to_string).collect()
}

/// Apps that were not deleted and that `search` finds.
fn found(search: &str) -> apps::BoxedQuery<'static, Backend> {
    let living = apps::table.filter(apps::deleted_at.is_null());
    // Without a search the index alone answers.
    if search.is_empty() {
        return living.into_boxed();
    }
    let (as_written, host) = (escaped(search), escaped(&folded(search)));
    // The column is JSON: a URL begins after a quotation mark, its host after `://`, a label of the host after a dot.
    // Hosts and schemes are in lower case, because the registry takes no others.
    let url = |beginning: String| apps::callback_urls.like(format!("%{beginning}%")).escape('\\');
    let by_key = api_keys::table.filter(api_keys::id.eq(search.trim().to_owned())).select(api_keys::app_id);
    let found = apps::name_folded
        .like(containing(search))
        .escape('\\')
        .or(apps::id.eq_any(by_key))
        .or(url(format!("\"{as_written}")))
        .or(url(format!("\"{host}")))
        .or(url(format!("://{host}")))
        .or(url(format!(".{host}")));
    living.filter(found).into_boxed()
}
