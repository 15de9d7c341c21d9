//! Registered certificates and trust anchors for people, and how the clients of an app came.

use std::collections::BTreeMap;

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use domain::{
    ActivityKind, AnchorId, AppId, CertificateId, CertificateShown, ClientId, RegisteredCertificate, Thumbprint,
    Timestamp, TrustAnchor,
};
use storage::{CertificateUse, StoreError};

use super::{Conn, read_all};
use crate::failure::failed;
use crate::rows::{AnchorRow, CertificateRow, read, read_word, total, word};
use crate::schema::{activity, activity_successes, registered_certificates, trust_anchors};

pub(crate) async fn of_app(conn: &mut Conn, app: AppId) -> Result<Vec<RegisteredCertificate>, StoreError> {
    let rows: Vec<CertificateRow> = registered_certificates::table
        .filter(registered_certificates::app_id.eq(app.to_string()))
        .order((registered_certificates::added_at, registered_certificates::id))
        .select(CertificateRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn one(conn: &mut Conn, id: CertificateId) -> Result<Option<RegisteredCertificate>, StoreError> {
    let row: Option<CertificateRow> = registered_certificates::table
        .filter(registered_certificates::id.eq(id.to_string()))
        .select(CertificateRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(RegisteredCertificate::try_from).transpose()
}

pub(crate) async fn is_registered(conn: &mut Conn, thumbprint: &Thumbprint) -> Result<bool, StoreError> {
    let with_it = registered_certificates::table.filter(registered_certificates::thumbprint.eq(thumbprint.to_string()));
    diesel::select(diesel::dsl::exists(with_it)).get_result(conn).await.map_err(failed)
}

pub(crate) async fn ending(
    conn: &mut Conn,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<RegisteredCertificate>, StoreError> {
    let rows: Vec<CertificateRow> = registered_certificates::table
        .filter(registered_certificates::not_after.gt(from.millis()))
        .filter(registered_certificates::not_after.le(until.millis()))
        .order((registered_certificates::not_after, registered_certificates::id))
        .limit(limit.into())
        .select(CertificateRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn anchors(conn: &mut Conn, app: AppId) -> Result<Vec<TrustAnchor>, StoreError> {
    let rows: Vec<AnchorRow> = trust_anchors::table
        .filter(trust_anchors::app_id.eq(app.to_string()))
        .order((trust_anchors::added_at, trust_anchors::id))
        .select(AnchorRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    read_all(rows)
}

pub(crate) async fn anchor(conn: &mut Conn, id: AnchorId) -> Result<Option<TrustAnchor>, StoreError> {
    let row: Option<AnchorRow> = trust_anchors::table
        .filter(trust_anchors::id.eq(id.to_string()))
        .select(AnchorRow::as_select())
        .first(conn)
        .await
        .optional()
        .map_err(failed)?;
    row.map(TrustAnchor::try_from).transpose()
}

/// Sums of the successes that were merged and of those that were kept one by one.
pub(crate) async fn shown(
    conn: &mut Conn,
    app: AppId,
    since: Timestamp,
) -> Result<Vec<(ClientId, CertificateUse)>, StoreError> {
    let mut uses: BTreeMap<String, CertificateUse> = BTreeMap::new();
    for (key, attempts, registered, unregistered) in merged(conn, app, since).await? {
        let of_key = uses.entry(key).or_default();
        of_key.registered += total(registered)?;
        of_key.unregistered += total(unregistered)?;
        of_key.without += total(attempts - registered - unregistered)?;
    }
    for (key, certificate, attempts) in single(conn, app, since).await? {
        let Some(key) = key else { continue };
        let of_key = uses.entry(key).or_default();
        let kind = match read_word(&certificate)? {
            CertificateShown::Registered => &mut of_key.registered,
            CertificateShown::Unregistered => &mut of_key.unregistered,
            CertificateShown::None => &mut of_key.without,
        };
        *kind += total(attempts)?;
    }
    uses.into_iter().map(|(key, of_key)| Ok((read(&key)?, of_key))).collect()
}

async fn merged(conn: &mut Conn, app: AppId, since: Timestamp) -> Result<Vec<(String, i64, i64, i64)>, StoreError> {
    use activity_successes::{app_id, hour, key_id, kind, table};
    table
        .filter(app_id.eq(app.to_string()))
        .filter(hour.ge(since.millis()))
        .filter(kind.ne(word(ActivityKind::Authorize)))
        .group_by(key_id)
        .select((
            key_id,
            // PostgreSQL's sum of BIGINT is NUMERIC.
            sql::<BigInt>("CAST(SUM(attempts) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(registered) AS BIGINT)"),
            sql::<BigInt>("CAST(SUM(unregistered) AS BIGINT)"),
        ))
        .load(conn)
        .await
        .map_err(failed)
}

async fn single(
    conn: &mut Conn,
    app: AppId,
    since: Timestamp,
) -> Result<Vec<(Option<String>, String, i64)>, StoreError> {
    use activity::{app_id, at, certificate, key_id, kind, refusal, table};
    table
        .filter(app_id.eq(app.to_string()))
        .filter(at.ge(since.millis()))
        .filter(kind.ne(word(ActivityKind::Authorize)))
        .filter(refusal.is_null())
        .group_by((key_id, certificate))
        .select((key_id, certificate, count_star()))
        .load(conn)
        .await
        .map_err(failed)
}
