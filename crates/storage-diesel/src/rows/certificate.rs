//! Registered certificates, trust anchors, and the names that no two apps may have.

use std::fmt::Write as _;

use diesel::prelude::*;
use domain::{CertificateName, Recognition, RegisteredCertificate, Timestamp, TrustAnchor, Voucher};
use storage::StoreError;

use super::{moment, read, read_optional, read_word, word};
use crate::schema::{certificate_names, registered_certificates, trust_anchors};

/// What stands for all of the operator's anchors where a name's anchor is stored.
const OPERATOR: &str = "operator";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = registered_certificates, treat_none_as_default_value = false)]
pub(crate) struct CertificateRow {
    id: String,
    app_id: String,
    key_id: Option<String>,
    label: String,
    thumbprint: Option<String>,
    der: Option<Vec<u8>>,
    not_before: Option<i64>,
    not_after: Option<i64>,
    name_kind: Option<String>,
    name_value: Option<String>,
    voucher: Option<String>,
    added_at: i64,
    last_used_at: Option<i64>,
}

impl From<&RegisteredCertificate> for CertificateRow {
    fn from(certificate: &RegisteredCertificate) -> Self {
        let row = Self {
            id: certificate.id.to_string(),
            app_id: certificate.app.to_string(),
            key_id: certificate.key.map(|key| key.to_string()),
            label: certificate.label.clone(),
            thumbprint: None,
            der: None,
            not_before: None,
            not_after: None,
            name_kind: None,
            name_value: None,
            voucher: None,
            added_at: certificate.added_at.millis(),
            last_used_at: certificate.last_used_at.map(Timestamp::millis),
        };
        match &certificate.recognition {
            Recognition::Exact { thumbprint, der, not_before, not_after } => Self {
                thumbprint: Some(thumbprint.to_string()),
                der: Some(der.clone()),
                not_before: Some(not_before.millis()),
                not_after: Some(not_after.millis()),
                ..row
            },
            Recognition::Named { name, voucher } => {
                let (kind, value) = name_parts(name);
                Self {
                    name_kind: Some(kind.into()),
                    name_value: Some(value.into()),
                    voucher: Some(word(voucher)),
                    ..row
                }
            }
        }
    }
}

impl TryFrom<CertificateRow> for RegisteredCertificate {
    type Error = StoreError;

    fn try_from(row: CertificateRow) -> Result<Self, StoreError> {
        let exact = row.thumbprint.zip(row.der).zip(moment(row.not_before).zip(moment(row.not_after)));
        let named = row.name_kind.zip(row.name_value).zip(row.voucher);
        let recognition = match (exact, named) {
            (Some(((thumbprint, der), (not_before, not_after))), None) => {
                Recognition::Exact { thumbprint: read(&thumbprint)?, der, not_before, not_after }
            }
            (None, Some(((kind, value), voucher))) => {
                Recognition::Named { name: read_certificate_name(&kind, value)?, voucher: read_word(&voucher)? }
            }
            _ => return Err(StoreError::corrupt(format_args!("certificate {} is recognised by nothing", row.id))),
        };
        Ok(Self {
            id: read(&row.id)?,
            app: read(&row.app_id)?,
            key: read_optional(row.key_id.as_deref())?,
            label: row.label,
            recognition,
            added_at: Timestamp::from_millis(row.added_at),
            last_used_at: moment(row.last_used_at),
        })
    }
}

fn name_parts(name: &CertificateName) -> (&'static str, &str) {
    match name {
        CertificateName::Subject(value) => ("subject", value),
        CertificateName::Dns(value) => ("dns", value),
        CertificateName::Uri(value) => ("uri", value),
        CertificateName::Ip(value) => ("ip", value),
        CertificateName::Email(value) => ("email", value),
    }
}

fn read_certificate_name(kind: &str, value: String) -> Result<CertificateName, StoreError> {
    Ok(match kind {
        "subject" => CertificateName::Subject(value),
        "dns" => CertificateName::Dns(value),
        "uri" => CertificateName::Uri(value),
        "ip" => CertificateName::Ip(value),
        "email" => CertificateName::Email(value),
        _ => return Err(StoreError::corrupt(format_args!("certificate name of kind `{kind}`"))),
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = trust_anchors)]
pub(crate) struct AnchorRow {
    id: String,
    app_id: String,
    label: String,
    der: Vec<u8>,
    key_digest: String,
    added_at: i64,
}

impl From<&TrustAnchor> for AnchorRow {
    fn from(anchor: &TrustAnchor) -> Self {
        Self {
            id: anchor.id.to_string(),
            app_id: anchor.app.to_string(),
            label: anchor.label.clone(),
            der: anchor.der.clone(),
            key_digest: digest_key(&anchor.key_digest),
            added_at: anchor.added_at.millis(),
        }
    }
}

impl TryFrom<AnchorRow> for TrustAnchor {
    type Error = StoreError;

    fn try_from(row: AnchorRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: read(&row.id)?,
            app: read(&row.app_id)?,
            label: row.label,
            der: row.der,
            key_digest: read_digest(&row.key_digest)?,
            added_at: Timestamp::from_millis(row.added_at),
        })
    }
}

/// A public key's digest as stored: hexadecimal.
pub(crate) fn digest_key(digest: &[u8; 32]) -> String {
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn read_digest(text: &str) -> Result<[u8; 32], StoreError> {
    let wrong = || StoreError::corrupt(format_args!("`{text}` is not a digest"));
    if text.len() != 64 || !text.is_ascii() {
        return Err(wrong());
    }
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().enumerate() {
        let pair = text.get(2 * place..2 * place + 2).ok_or_else(wrong)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(digest)
}

#[derive(Insertable)]
#[diesel(table_name = certificate_names)]
pub(crate) struct NameRow {
    anchor_key: String,
    kind: &'static str,
    value: String,
    certificate_id: String,
}

/// The name of a certificate under each anchor that can vouch for it: those of `anchor_keys`, its app's, or the
/// operator's. One that is recognised by itself has none.
pub(crate) fn name_rows(certificate: &RegisteredCertificate, anchor_keys: &[String]) -> Vec<NameRow> {
    let Recognition::Named { name, voucher } = &certificate.recognition else { return vec![] };
    let (kind, value) = name_parts(name);
    let row = |anchor_key: &str| NameRow {
        anchor_key: anchor_key.into(),
        kind,
        value: value.into(),
        certificate_id: certificate.id.to_string(),
    };
    match voucher {
        Voucher::App => anchor_keys.iter().map(|key| row(key)).collect(),
        Voucher::Operator => vec![row(OPERATOR)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_was_written() {
        let digest: [u8; 32] = std::array::from_fn(|place| u8::try_from(place * 7).unwrap_or(0xfe));
        assert_eq!(read_digest(&digest_key(&digest)).expect("just written"), digest);
        for wrong in ["", "zz", &"é".repeat(32), &"0".repeat(63), &"0".repeat(65)] {
            assert!(matches!(read_digest(wrong), Err(StoreError::Corrupt(_))), "{wrong}");
        }
    }
}
