//! Failures in a row, of passwords and of mailed codes: an account takes a hundred, then it is shut until the operator
//! opens it (SP 800-63B-4 §3.2.2).

use domain::{Actor, AuditRecord, User, UserId, UserKind};
use storage::{StoreError, Unit};

use crate::sessions::{PageError, Visitor};

/// Whether this user may sign in, if what it shows is right.
pub(super) fn may_sign_in(visitor: &Visitor, user: &User) -> bool {
    user.enabled && user.kind == UserKind::Person && user.failed_logins < visitor.config().sign_in.failures_in_a_row
}

/// Counts a try before it is judged, so that tries side by side cannot pass the limit, and says whether the account
/// takes it; success forgets them all. Nobody's account gets the same statement.
pub(super) async fn count_try(visitor: &Visitor, known: Option<&User>) -> Result<bool, PageError> {
    let directory = &visitor.state.protocol.directory;
    let Some(user) = known else {
        return match directory.count_failed_login(UserId::from_bytes([0; 16])).await {
            Err(StoreError::Conflict { .. }) | Ok(_) => Ok(false),
            Err(error) => Err(error.into()),
        };
    };
    let most = visitor.config().sign_in.failures_in_a_row;
    let failures = directory.count_failed_login(user.id).await?;
    // Not only at the limit itself: a lower limit may have come into force above it.
    if failures >= most {
        note_shut(visitor, user).await?;
    }
    Ok(failures <= most)
}

/// The account takes no more tries until the operator opens it; its people should be able to see why. Said once in a
/// while, however often is tried.
async fn note_shut(visitor: &Visitor, user: &User) -> Result<(), PageError> {
    let limits = &visitor.config().sign_in;
    if !visitor.notes.claim("account-shut", &user.id.to_string(), limits.pause).await? {
        return Ok(());
    }
    let record = AuditRecord {
        at: visitor.now(),
        actor: Actor::Server,
        action: "user.shut",
        target: user.id.to_string(),
        app: None,
        customer: None,
        detail: format!("{} failed sign-ins in a row", limits.failures_in_a_row),
        request: Some(visitor.call.id),
    };
    visitor.state.protocol.units.commit(Unit { audit: vec![record], ..Unit::default() }).await?;
    Ok(())
}
