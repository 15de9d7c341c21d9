//! RFC 7009: a client ends its own tokens. Also the one way in which a grant ends a connection.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use domain::{
    Actor, AuditRecord, ClientId, Connection, Effect, EndedBy, NewLogEntry, RefreshToken, RequestId, Subject, Timestamp,
};
use storage::{Change, ConnectionFilter, Unit};

use crate::Protocol;
use crate::claims::Claims;
use crate::client_authentication::AuthenticatedClient;
use crate::refusal::Refusal;
use crate::settings::ENTRY_LIFE;
use crate::trail::Trail;

/// More single tokens than this of one key in an hour, and one entry ends all of the connection's or the key's.
const SINGLE_ENTRIES: u32 = 100;

/// How many single tokens each key has ended this hour.
#[derive(Default)]
pub struct SingleEntries(Mutex<HashMap<(ClientId, i64), u32>>);

impl SingleEntries {
    /// Counts one more and says whether it may have an entry of its own.
    fn allows(&self, key: ClientId, now: Timestamp) -> bool {
        let hour = now.seconds() / 3600;
        let mut counts = self.0.lock().expect("no panic while held");
        counts.retain(|(_, counted), _| *counted == hour);
        let count = counts.entry((key, hour)).or_insert(0);
        *count += 1;
        *count <= SINGLE_ENTRIES
    }
}

impl Protocol {
    /// Revokes `token` if it is one of `client`'s; anything else is nothing to do (RFC 7009 §2.2).
    ///
    /// # Errors
    /// A store that is down: the token is then still alive.
    pub async fn revoke(&self, client: &AuthenticatedClient, token: &str, trail: &mut Trail) -> Result<(), Refusal> {
        if let Ok(token) = RefreshToken::parse(token) {
            return self.revoke_refresh_token(client, &token, trail).await;
        }
        let Some(keys) = self.key_ring.of(client.environment()) else { return Ok(()) };
        match keys.verify(token) {
            Some((_, claims)) if claims.client_id == client.id() => {
                self.revoke_access_token(client, &claims, trail).await
            }
            _ => Ok(()),
        }
    }

    async fn revoke_refresh_token(
        &self,
        client: &AuthenticatedClient,
        token: &RefreshToken,
        trail: &mut Trail,
    ) -> Result<(), Refusal> {
        if self.root_keys.check_refresh_token(client.environment(), client.id(), token).is_err() {
            return Ok(());
        }
        let Some(connection) = self.connections.find(token.connection()).await?.value else { return Ok(()) };
        trail.connection = Some(connection.id);
        trail.customer = Some(connection.customer);
        let by = (EndedBy::Developer, Actor::Key(client.id()));
        end_one(self, &connection, by, client.request()).await
    }

    async fn revoke_access_token(
        &self,
        client: &AuthenticatedClient,
        claims: &Claims,
        trail: &mut Trail,
    ) -> Result<(), Refusal> {
        trail.connection = Some(claims.connection_id);
        trail.customer = Some(claims.customer);
        let now = self.clock.now();
        let expires = Timestamp::from_seconds(claims.exp);
        if expires <= now {
            return Ok(());
        }
        let (subject, until) = if self.single_entries.allows(client.id(), now) {
            (Subject::Token(claims.jti), now + ENTRY_LIFE)
        } else if claims.unattended {
            (Subject::ClientCredentials(client.id()), now + ENTRY_LIFE)
        } else {
            (Subject::ConnectionWorkspaces(claims.connection_id), now + ENTRY_LIFE)
        };
        let entries = vec![NewLogEntry { subject, effect: Effect::Revoke, until }];
        let audit = vec![AuditRecord {
            at: now,
            actor: Actor::Key(client.id()),
            action: "token.revoked",
            target: claims.jti.to_string(),
            app: Some(claims.app),
            customer: Some(claims.customer),
            detail: String::new(),
            request: client.request(),
        }];
        self.units.commit(Unit { changes: vec![], entries, audit }).await?;
        apply_here(self).await;
        Ok(())
    }
}

/// Ends one connection, with its log entry and audit record, if it has not ended before.
pub(crate) async fn end_one(
    protocol: &Protocol,
    connection: &Connection,
    (by, actor): (EndedBy, Actor),
    request: Option<RequestId>,
) -> Result<(), Refusal> {
    if connection.ended.is_some() {
        return Ok(());
    }
    let now = protocol.clock.now();
    let end = Change::EndConnections {
        which: ConnectionFilter::One(connection.id),
        by,
        at: now,
        entry_until: Some(now + ENTRY_LIFE),
    };
    let audit = AuditRecord {
        at: now,
        actor,
        action: "connection.ended",
        target: connection.id.to_string(),
        app: Some(connection.app),
        customer: Some(connection.customer),
        detail: words(by).to_owned(),
        request,
    };
    protocol.units.commit(Unit { changes: vec![end], entries: vec![], audit: vec![audit] }).await?;
    apply_here(protocol).await;
    Ok(())
}

/// What was acknowledged here is in force here at once; other replicas follow within a second.
pub(crate) async fn apply_here(protocol: &Protocol) {
    let _ = tokio::time::timeout(Duration::from_millis(100), protocol.log.read()).await;
}

/// Who or what ended a connection, in words for its owner.
pub(crate) fn words(by: EndedBy) -> &'static str {
    match by {
        EndedBy::User => "by its user",
        EndedBy::CustomerAdmin => "by an admin of the customer",
        EndedBy::Developer => "by the developer",
        EndedBy::KeyRevoked => "its API key was revoked",
        EndedBy::SecretRevoked => "the secret it was got with was revoked",
        EndedBy::AppDeleted => "the app was deleted",
        EndedBy::Operator => "by the operator",
        EndedBy::Reuse => "an old refresh token came back",
        EndedBy::CodeReplayed => "its authorization code came back",
        EndedBy::AccessLost => "its user may connect none of its workspaces any more",
        EndedBy::Replaced => "a newer connection took its place",
    }
}
