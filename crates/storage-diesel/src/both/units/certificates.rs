//! Registered certificates and trust anchors: added and removed, with the names that no two apps may have.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{AnchorId, AppId, CertificateId, RegisteredCertificate, TrustAnchor, Voucher};
use storage::StoreError;

use super::super::{Conn, read_all};
use crate::failure::{added, changed, failed};
use crate::rows::{AnchorRow, CertificateRow, NameRow, digest_key, name_rows, word};
use crate::schema::{certificate_names, registered_certificates, trust_anchors};

pub(super) async fn add(conn: &mut Conn, certificate: &RegisteredCertificate) -> Result<(), StoreError> {
    let done = diesel::insert_into(registered_certificates::table)
        .values(CertificateRow::from(certificate))
        .execute(conn)
        .await;
    let parents = || format!("app {} or its API key", certificate.app);
    added(done, || "this certificate".into(), parents)?;
    let anchor_keys: Vec<String> = trust_anchors::table
        .filter(trust_anchors::app_id.eq(certificate.app.to_string()))
        .select(trust_anchors::key_digest)
        .load(conn)
        .await
        .map_err(failed)?;
    add_names(conn, name_rows(certificate, &anchor_keys)).await
}

pub(super) async fn remove(conn: &mut Conn, id: CertificateId, app: AppId) -> Result<(), StoreError> {
    diesel::delete(certificate_names::table)
        .filter(certificate_names::certificate_id.eq(id.to_string()))
        .execute(conn)
        .await
        .map_err(failed)?;
    let done = diesel::delete(registered_certificates::table)
        .filter(registered_certificates::id.eq(id.to_string()))
        .filter(registered_certificates::app_id.eq(app.to_string()))
        .execute(conn)
        .await;
    changed(done, || format!("certificate {id}"))
}

pub(super) async fn add_anchor(conn: &mut Conn, anchor: &TrustAnchor) -> Result<(), StoreError> {
    let done = diesel::insert_into(trust_anchors::table).values(AnchorRow::from(anchor)).execute(conn).await;
    added(done, || "a trust anchor with this key".into(), || format!("app {}", anchor.app))?;
    let rows: Vec<CertificateRow> = registered_certificates::table
        .filter(registered_certificates::app_id.eq(anchor.app.to_string()))
        .filter(registered_certificates::voucher.eq(word(Voucher::App)))
        .select(CertificateRow::as_select())
        .load(conn)
        .await
        .map_err(failed)?;
    let named: Vec<RegisteredCertificate> = read_all(rows)?;
    let anchor_keys = [digest_key(&anchor.key_digest)];
    add_names(conn, named.iter().flat_map(|certificate| name_rows(certificate, &anchor_keys)).collect()).await
}

pub(super) async fn remove_anchor(conn: &mut Conn, id: AnchorId, app: AppId) -> Result<(), StoreError> {
    let anchor = || {
        trust_anchors::table
            .filter(trust_anchors::id.eq(id.to_string()))
            .filter(trust_anchors::app_id.eq(app.to_string()))
    };
    let of_app = registered_certificates::table
        .filter(registered_certificates::app_id.eq(app.to_string()))
        .select(registered_certificates::id);
    diesel::delete(certificate_names::table)
        .filter(certificate_names::anchor_key.eq_any(anchor().select(trust_anchors::key_digest)))
        .filter(certificate_names::certificate_id.eq_any(of_app))
        .execute(conn)
        .await
        .map_err(failed)?;
    changed(diesel::delete(anchor()).execute(conn).await, || format!("trust anchor {id}"))
}

async fn add_names(conn: &mut Conn, rows: Vec<NameRow>) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let done = insert_all!(conn, certificate_names::table, rows);
    added(done, || "this name".into(), || "the certificate of a name".into())
}
