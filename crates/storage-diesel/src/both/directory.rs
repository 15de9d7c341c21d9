//! Environments, APIs, apps and keys for people: lists and single things.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    Api, ApiId, ApiKey, ApiSecret, App, AppId, ClientId, ConnectionRequest, Environment, EnvironmentName, RequestId,
};
use storage::StoreError;

use super::{Conn, containing, read_all};
use crate::failure::failed;
use crate::rows::{ApiRow, AppRow, EnvironmentRow, KeyRow, RequestRow, SecretRow};
use crate::schema::{api_keys, api_secrets, apis, apps, connection_requests, environments};

pub(crate) async fn environments(conn: &mut Conn) -> Result<Vec<Environment>, StoreError> {
    let default = EnvironmentName::default_environment();
    let rows: Vec<EnvironmentRow> = environments::table
        .order((environments::name.eq(default.to_string()).desc(), environments::name))
        .select(EnvironmentRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn apis(conn: &mut Conn, environment: &EnvironmentName) -> Result<Vec<Api>, StoreError> {
    let rows: Vec<ApiRow> = apis::table
        .filter(apis::environment.eq(environment.to_string()))
        .order((apis::is_default.desc(), apis::name, apis::id))
        .select(ApiRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn api_by_id(conn: &mut Conn, id: ApiId) -> Result<Option<Api>, StoreError> {
    let row: Option<ApiRow> = apis::table
        .filter(apis::id.eq(id.to_string()))
        .select(ApiRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(Api::try_from).transpose()
}

pub(crate) async fn apps(conn: &mut Conn, search: &str, offset: u32, limit: u32) -> Result<Vec<App>, StoreError> {
    let rows: Vec<AppRow> = apps::table
        .filter(apps::deleted_at.is_null())
        .filter(apps::name_folded.like(containing(search)).escape('\\'))
        .order((apps::name_folded, apps::id))
        .offset(offset.into())
        .limit(limit.into())
        .select(AppRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn app(conn: &mut Conn, id: AppId) -> Result<Option<App>, StoreError> {
    let row: Option<AppRow> = apps::table
        .filter(apps::id.eq(id.to_string()))
        .select(AppRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(App::try_from).transpose()
}

pub(crate) async fn keys(conn: &mut Conn, app: AppId) -> Result<Vec<ApiKey>, StoreError> {
    let rows: Vec<KeyRow> = api_keys::table
        .filter(api_keys::app_id.eq(app.to_string()))
        .order((api_keys::created_at, api_keys::id))
        .select(KeyRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn key(conn: &mut Conn, id: ClientId) -> Result<Option<ApiKey>, StoreError> {
    let row: Option<KeyRow> = api_keys::table
        .filter(api_keys::id.eq(id.to_string()))
        .select(KeyRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(ApiKey::try_from).transpose()
}

pub(crate) async fn secrets(conn: &mut Conn, key: ClientId) -> Result<Vec<ApiSecret>, StoreError> {
    let rows: Vec<SecretRow> = api_secrets::table
        .filter(api_secrets::key_id.eq(key.to_string()))
        .order((api_secrets::created_at.desc(), api_secrets::id.desc()))
        .select(SecretRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn connection_request(
    conn: &mut Conn,
    id: RequestId,
) -> Result<Option<ConnectionRequest>, StoreError> {
    let row: Option<RequestRow> = connection_requests::table
        .filter(connection_requests::id.eq(id.to_string()))
        .select(RequestRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(ConnectionRequest::try_from).transpose()
}

pub(crate) async fn connection_requests(conn: &mut Conn, key: ClientId) -> Result<Vec<ConnectionRequest>, StoreError> {
    let rows: Vec<RequestRow> = connection_requests::table
        .filter(connection_requests::key_id.eq(key.to_string()))
        .order((connection_requests::created_at.desc(), connection_requests::id.desc()))
        .select(RequestRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}
