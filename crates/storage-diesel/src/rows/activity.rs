//! Activity, single and merged, and audit records.

use diesel::prelude::*;
use domain::{Activity, Actor, AuditRecord, CertificateShown, Timestamp};
use storage::{ActivityRow, AuditRow, RefusalCount, StoreError, SuccessCount};

use super::{read, read_name, read_optional, read_word, total, word};
use crate::schema::{activity, activity_refusals, activity_successes, audit};

#[derive(Insertable)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
pub(crate) struct NewAudit {
    at: i64,
    actor: String,
    action: String,
    target: String,
    app_id: Option<String>,
    customer_id: Option<String>,
    detail: String,
    request_id: Option<String>,
}

impl From<&AuditRecord> for NewAudit {
    fn from(record: &AuditRecord) -> Self {
        // An id says by its prefix of what kind it is.
        let actor = match record.actor {
            Actor::Operator => "operator".into(),
            Actor::User(user) => user.to_string(),
            Actor::Key(key) => key.to_string(),
            Actor::Server => "server".into(),
        };
        Self {
            at: record.at.millis(),
            actor,
            action: record.action.into(),
            target: record.target.clone(),
            app_id: record.app.map(|app| app.to_string()),
            customer_id: record.customer.map(|customer| customer.to_string()),
            detail: record.detail.clone(),
            request_id: record.request.map(|request| request.to_string()),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit)]
pub(crate) struct AuditEntry {
    at: i64,
    actor: String,
    action: String,
    target: String,
    detail: String,
    request_id: Option<String>,
}

impl TryFrom<AuditEntry> for AuditRow {
    type Error = StoreError;

    fn try_from(row: AuditEntry) -> Result<Self, StoreError> {
        Ok(Self {
            at: Timestamp::from_millis(row.at),
            actor: row.actor,
            action: row.action,
            target: row.target,
            detail: row.detail,
            request: read_optional(row.request_id.as_deref())?,
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = activity, treat_none_as_default_value = false)]
pub(crate) struct NewActivity {
    at: i64,
    request_id: String,
    kind: String,
    grant_type: String,
    environment: String,
    key_id: Option<String>,
    app_id: Option<String>,
    authenticated: bool,
    refusal: Option<String>,
    detail: String,
    connection_id: Option<String>,
    customer_id: Option<String>,
    address: String,
    user_agent: String,
    certificate: String,
}

impl From<&Activity> for NewActivity {
    fn from(attempt: &Activity) -> Self {
        Self {
            at: attempt.at.millis(),
            request_id: attempt.request.to_string(),
            kind: word(attempt.kind),
            grant_type: attempt.grant.unwrap_or_default().into(),
            environment: attempt.environment.to_string(),
            key_id: attempt.key.map(|key| key.to_string()),
            app_id: attempt.app.map(|app| app.to_string()),
            authenticated: attempt.authenticated,
            refusal: attempt.refusal.map(|reason| reason.code().into()),
            detail: attempt.detail.clone(),
            connection_id: attempt.connection.map(|connection| connection.to_string()),
            customer_id: attempt.customer.map(|customer| customer.to_string()),
            address: attempt.origin.address.clone(),
            user_agent: attempt.origin.user_agent.clone(),
            certificate: word(attempt.certificate),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = activity)]
pub(crate) struct ActivityRecord {
    at: i64,
    request_id: String,
    kind: String,
    grant_type: String,
    environment: String,
    key_id: Option<String>,
    refusal: Option<String>,
    detail: String,
    connection_id: Option<String>,
    customer_id: Option<String>,
    address: String,
    user_agent: String,
    certificate: String,
}

impl TryFrom<ActivityRecord> for ActivityRow {
    type Error = StoreError;

    fn try_from(row: ActivityRecord) -> Result<Self, StoreError> {
        let certificate: CertificateShown = read_word(&row.certificate)?;
        Ok(Self {
            at: Timestamp::from_millis(row.at),
            count: 1,
            registered: (certificate == CertificateShown::Registered).into(),
            unregistered: (certificate == CertificateShown::Unregistered).into(),
            kind: row.kind,
            grant: row.grant_type,
            refusal: row.refusal,
            detail: row.detail,
            environment: read_name(row.environment)?,
            key: read_optional(row.key_id.as_deref())?,
            connection: read_optional(row.connection_id.as_deref())?,
            customer: read_optional(row.customer_id.as_deref())?,
            request: Some(read(&row.request_id)?),
            address: row.address,
            user_agent: row.user_agent,
        })
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Queryable, Selectable, Insertable)]
#[diesel(table_name = activity_successes)]
pub(crate) struct SuccessRow {
    key_id: String,
    kind: String,
    grant_type: String,
    hour: i64,
    environment: String,
    app_id: String,
    attempts: i64,
    registered: i64,
    unregistered: i64,
}

impl SuccessRow {
    pub(crate) fn new(merged: &SuccessCount, attempts: u64) -> Self {
        let attempts = i64::try_from(attempts).unwrap_or(i64::MAX);
        let came_with = |certificate| if merged.certificate == certificate { attempts } else { 0 };
        Self {
            key_id: merged.key.to_string(),
            kind: word(merged.kind),
            grant_type: merged.grant.clone(),
            hour: merged.hour.millis(),
            environment: merged.environment.to_string(),
            app_id: merged.app.to_string(),
            attempts,
            registered: came_with(CertificateShown::Registered),
            unregistered: came_with(CertificateShown::Unregistered),
        }
    }
}

impl TryFrom<SuccessRow> for ActivityRow {
    type Error = StoreError;

    fn try_from(row: SuccessRow) -> Result<Self, StoreError> {
        Ok(Self {
            at: Timestamp::from_millis(row.hour),
            count: total(row.attempts)?,
            registered: total(row.registered)?,
            unregistered: total(row.unregistered)?,
            kind: row.kind,
            grant: row.grant_type,
            refusal: None,
            detail: String::new(),
            environment: read_name(row.environment)?,
            key: Some(read(&row.key_id)?),
            connection: None,
            customer: None,
            request: None,
            address: String::new(),
            user_agent: String::new(),
        })
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Queryable, Selectable, Insertable)]
#[diesel(table_name = activity_refusals)]
pub(crate) struct RefusalRow {
    key_id: String,
    kind: String,
    reason: String,
    prefix: String,
    minute: i64,
    environment: String,
    app_id: String,
    attempts: i64,
}

impl RefusalRow {
    pub(crate) fn new(merged: &RefusalCount, attempts: u64) -> Self {
        Self {
            key_id: merged.key.to_string(),
            kind: word(merged.kind),
            reason: merged.reason.code().into(),
            prefix: merged.prefix.clone(),
            minute: merged.minute.millis(),
            environment: merged.environment.to_string(),
            app_id: merged.app.to_string(),
            attempts: i64::try_from(attempts).unwrap_or(i64::MAX),
        }
    }
}

impl TryFrom<RefusalRow> for ActivityRow {
    type Error = StoreError;

    fn try_from(row: RefusalRow) -> Result<Self, StoreError> {
        Ok(Self {
            at: Timestamp::from_millis(row.minute),
            count: total(row.attempts)?,
            registered: 0,
            unregistered: 0,
            kind: row.kind,
            grant: String::new(),
            refusal: Some(row.reason),
            detail: String::new(),
            environment: read_name(row.environment)?,
            key: Some(read(&row.key_id)?),
            connection: None,
            customer: None,
            request: None,
            address: row.prefix,
            user_agent: String::new(),
        })
    }
}
