//! The numbers and rules the registry applies, each a setting of the server.

use std::time::Duration;

use crate::callback_url::CallbackPolicy;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Limits and lifetimes of what is registered. [`Policy::default`] holds the documented defaults.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The longest life an app or API may give its access tokens. A revocation is kept in the log this long, because
    /// every token it ends has expired by then.
    pub longest_access_token: Duration,
    /// How long a log entry that only drops cached records is kept: the longest life of a cached record.
    pub changes_kept: Duration,
    /// How long the older secrets go on working when a key's secret is rotated.
    pub rotation_overlap: Duration,
    /// The longest such overlap.
    pub longest_rotation_overlap: Duration,
    /// How far ahead the end of an app's legacy parameters may lie.
    pub longest_legacy_parameters: Duration,
    /// How long a customer can answer a request for an unattended connection.
    pub connection_request_life: Duration,
    /// How long an invitation into a developer team can be taken.
    pub invitation_life: Duration,
    /// How long a connection may stay unused, where its app says nothing else.
    pub connection_idle: Duration,
    /// How long a connection may live at all, where its app says nothing else.
    pub connection_absolute: Duration,
    /// How long a deleted app can be restored.
    pub deleted_apps_kept: Duration,
    /// How many API keys an app may have that are not revoked.
    pub keys_per_app: usize,
    /// How many secrets a key may have that are not revoked or over.
    pub secrets_per_key: usize,
    /// How many certificates and names an app may register.
    pub certificates_per_app: usize,
    /// How many trust anchors an app may have.
    pub anchors_per_app: usize,
    /// How many members a team may have.
    pub members_per_team: usize,
    /// How many invitations of a team may wait to be taken.
    pub invitations_per_team: usize,
    /// How many callback URLs an app may have.
    pub callback_urls_per_app: usize,
    /// What callback URLs are taken.
    pub callback_urls: CallbackPolicy,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            longest_access_token: DAY,
            changes_kept: storage::RECORD_LIFE + HOUR,
            rotation_overlap: DAY,
            longest_rotation_overlap: 90 * DAY,
            longest_legacy_parameters: 365 * DAY,
            connection_request_life: 7 * DAY,
            invitation_life: 7 * DAY,
            connection_idle: 90 * DAY,
            connection_absolute: 365 * DAY,
            deleted_apps_kept: 7 * DAY,
            keys_per_app: 100,
            secrets_per_key: 10,
            certificates_per_app: 50,
            anchors_per_app: 10,
            members_per_team: 200,
            invitations_per_team: 50,
            callback_urls_per_app: 50,
            callback_urls: CallbackPolicy::default(),
        }
    }
}

impl Policy {
    /// The shortest life an access token may be given.
    pub const SHORTEST_ACCESS_TOKEN: Duration = MINUTE;
    /// The shortest time a connection may be allowed to stay unused.
    pub const SHORTEST_CONNECTION_IDLE: Duration = HOUR;
}
