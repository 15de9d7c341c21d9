//! Reads of the request path, one statement each. Every statement starts from the log's head, so that the position is
//! of the same snapshot as the value, and is there even when the value is not.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Api, ApiCredential, ApiId, ApiSecret, ClientId, Connection, ConnectionId, CustomerId, EnvironmentName, MutualTls,
    Position, Purpose, RegisteredCertificate, TrustAnchor, UserId, Workspace, WorkspaceAccess,
};
use storage::{ApiRecord, AsOf, ClientRecord, EnvironmentRecord, StoreError};

use super::Conn;
use super::log::no_head;
use crate::failure::failed;
use crate::rows::{
    AnchorRow, ApiRow, AppRow, CertificateRow, ConnectionRow, CredentialRow, CustomerRow, EnvironmentRow, KeyRow,
    MembershipRow, SecretRow, UserRow, WorkspaceRow, word,
};
use crate::schema::{
    api_credentials, api_keys, api_secrets, apis, apps, connections, customers, environments, memberships,
    record_parts, registered_certificates, revocation_head, trust_anchors, users, workspaces,
};

/// The lists of a client's record, as `record_parts` numbers them.
const SECRETS: i32 = 0;
const CERTIFICATES: i32 = 1;
const ANCHORS: i32 = 2;

pub(crate) async fn client(conn: &mut Conn, id: ClientId) -> Result<AsOf<Option<ClientRecord>>, StoreError> {
    type Row = (i64, Option<KeyRow>, Option<AppRow>, Option<SecretRow>, Option<CertificateRow>, Option<AnchorRow>);
    let usable = api_secrets::key_id.eq(api_keys::id).and(api_secrets::state.ne("revoked"));
    let on = apps::mutual_tls.ne(word(MutualTls::Off));
    let only = registered_certificates::key_id;
    let counting = registered_certificates::app_id.eq(apps::id).and(only.is_null().or(only.eq(id.to_string())));
    let rows: Vec<Row> = revocation_head::table
        .inner_join(record_parts::table.on(record_parts::part.le(ANCHORS)))
        .left_join(api_keys::table.on(api_keys::id.eq(id.to_string())))
        .left_join(apps::table.on(apps::id.eq(api_keys::app_id)))
        .left_join(api_secrets::table.on(record_parts::part.eq(SECRETS).and(usable)))
        .left_join(registered_certificates::table.on(record_parts::part.eq(CERTIFICATES).and(on.clone()).and(counting)))
        .left_join(
            trust_anchors::table.on(record_parts::part.eq(ANCHORS).and(on).and(trust_anchors::app_id.eq(apps::id))),
        )
        .order((
            (api_secrets::created_at.desc(), api_secrets::id.desc()),
            (registered_certificates::added_at, registered_certificates::id),
            (trust_anchors::added_at, trust_anchors::id),
        ))
        .select((
            revocation_head::position,
            Option::<KeyRow>::as_select(),
            Option::<AppRow>::as_select(),
            Option::<SecretRow>::as_select(),
            Option::<CertificateRow>::as_select(),
            Option::<AnchorRow>::as_select(),
        ))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut first = None;
    let (mut secrets, mut certificates, mut anchors) = (Vec::new(), Vec::new(), Vec::new());
    for (position, key, app, secret, certificate, anchor) in rows {
        secrets.extend(secret.map(ApiSecret::try_from).transpose()?);
        certificates.extend(certificate.map(RegisteredCertificate::try_from).transpose()?);
        anchors.extend(anchor.map(TrustAnchor::try_from).transpose()?);
        first.get_or_insert((Position(position), key.zip(app)));
    }
    let (position, found) = first.ok_or_else(no_head)?;
    let value = match found {
        Some((key, app)) => {
            Some(ClientRecord { app: app.try_into()?, key: key.try_into()?, secrets, certificates, anchors })
        }
        None => None,
    };
    Ok(AsOf { value, position })
}

pub(crate) async fn environment(
    conn: &mut Conn,
    name: &EnvironmentName,
) -> Result<AsOf<Option<EnvironmentRecord>>, StoreError> {
    let rows: Vec<(i64, Option<EnvironmentRow>, Option<ApiRow>)> = revocation_head::table
        .left_join(environments::table.on(environments::name.eq(name.to_string())))
        .left_join(apis::table.on(apis::environment.eq(environments::name)))
        .order((apis::is_default.desc(), apis::name, apis::id))
        .select((revocation_head::position, Option::<EnvironmentRow>::as_select(), Option::<ApiRow>::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut first = None;
    let mut apis = Vec::new();
    for (position, environment, api) in rows {
        apis.extend(api.map(Api::try_from).transpose()?.map(Arc::new));
        first.get_or_insert((Position(position), environment));
    }
    let (position, environment) = first.ok_or_else(no_head)?;
    let value = match environment {
        Some(environment) => Some(EnvironmentRecord { environment: environment.try_into()?, apis }),
        None => None,
    };
    Ok(AsOf { value, position })
}

pub(crate) async fn api(conn: &mut Conn, id: ApiId) -> Result<AsOf<Option<ApiRecord>>, StoreError> {
    let usable = api_credentials::api_id.eq(apis::id).and(api_credentials::state.ne("revoked"));
    let rows: Vec<(i64, Option<ApiRow>, Option<CredentialRow>)> = revocation_head::table
        .left_join(apis::table.on(apis::id.eq(id.to_string())))
        .left_join(api_credentials::table.on(usable))
        .order((api_credentials::created_at.desc(), api_credentials::id.desc()))
        .select((revocation_head::position, Option::<ApiRow>::as_select(), Option::<CredentialRow>::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut first = None;
    let mut credentials = Vec::new();
    for (position, api, credential) in rows {
        credentials.extend(credential.map(ApiCredential::try_from).transpose()?);
        first.get_or_insert((Position(position), api));
    }
    let (position, api) = first.ok_or_else(no_head)?;
    let value = match api {
        Some(api) => Some(ApiRecord { api: api.try_into()?, credentials }),
        None => None,
    };
    Ok(AsOf { value, position })
}

pub(crate) async fn access(
    conn: &mut Conn,
    user: UserId,
    customer: CustomerId,
) -> Result<AsOf<Option<WorkspaceAccess>>, StoreError> {
    type Row = (i64, Option<UserRow>, Option<CustomerRow>, Option<MembershipRow>, Option<WorkspaceRow>);
    let part = memberships::user_id.eq(users::id).and(memberships::customer_id.eq(customers::id));
    let rows: Vec<Row> = revocation_head::table
        .left_join(users::table.on(users::id.eq(user.to_string())))
        .left_join(customers::table.on(customers::id.eq(customer.to_string())))
        .left_join(memberships::table.on(part))
        .left_join(workspaces::table.on(workspaces::customer_id.eq(customers::id)))
        .order((workspaces::name, workspaces::id))
        .select((
            revocation_head::position,
            Option::<UserRow>::as_select(),
            Option::<CustomerRow>::as_select(),
            Option::<MembershipRow>::as_select(),
            Option::<WorkspaceRow>::as_select(),
        ))
        .load(conn)
        .await
        .map_err(failed)?;
    let mut first = None;
    let mut workspaces = Vec::new();
    for (position, user, customer, membership, workspace) in rows {
        workspaces.extend(workspace.map(Workspace::try_from).transpose()?);
        first.get_or_insert((Position(position), user.zip(customer), membership));
    }
    let (position, found, membership) = first.ok_or_else(no_head)?;
    let value = match found {
        Some((user, customer)) => Some(WorkspaceAccess {
            customer: customer.try_into()?,
            user: user.try_into()?,
            membership: membership.map(TryInto::try_into).transpose()?,
            workspaces,
        }),
        None => None,
    };
    Ok(AsOf { value, position })
}

pub(crate) async fn unattended(conn: &mut Conn, key: ClientId) -> Result<AsOf<Vec<Connection>>, StoreError> {
    let live = connections::key_id
        .eq(key.to_string())
        .and(connections::purpose.eq(word(Purpose::Unattended)))
        .and(connections::ended_at.is_null());
    let rows: Vec<(i64, Option<ConnectionRow>)> = revocation_head::table
        .left_join(connections::table.on(live))
        .order((connections::created_at, connections::id))
        .select((revocation_head::position, Option::<ConnectionRow>::as_select()))
        .load(conn)
        .await
        .map_err(failed)?;
    let position = rows.as_slice().first().map(|(position, _)| Position(*position)).ok_or_else(no_head)?;
    let value = rows.into_iter().filter_map(|(_, row)| row).map(Connection::try_from).collect::<Result<_, _>>()?;
    Ok(AsOf { value, position })
}

pub(crate) async fn connection(conn: &mut Conn, id: ConnectionId) -> Result<AsOf<Option<Connection>>, StoreError> {
    let (position, row): (i64, Option<ConnectionRow>) = revocation_head::table
        .left_join(connections::table.on(connections::id.eq(id.to_string())))
        .select((revocation_head::position, Option::<ConnectionRow>::as_select()))
        .first(conn)
        .await
        .map_err(failed)?;
    Ok(AsOf { value: row.map(Connection::try_from).transpose()?, position: Position(position) })
}
