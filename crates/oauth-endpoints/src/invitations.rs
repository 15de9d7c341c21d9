//! Mailing invitations into developer teams: what the console and the management API share. `client-registry` makes them.

use std::time::Duration;

use client_registry::NewInvitation;
use domain::InvitationToken;
use protocol::authorize::form_token;
use storage::StoreError;

use crate::pages::{InvitationMail, Moment};
use crate::sessions::{Confirmed, Session, Visitor};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Invitations that one person sends in an hour.
const BY_ONE_AN_HOUR: u64 = 30;
/// Invitations that one address gets in a day, whoever sends them.
const TO_ONE_A_DAY: u64 = 5;

/// The page of an invitation, for whoever has its token.
#[must_use]
pub fn page(token: &InvitationToken) -> String {
    format!("/ui/invitations/{}", token.reveal())
}

impl Visitor {
    /// Counts an invitation that this person wants mailed to `email`, and says whether it may be.
    ///
    /// # Errors
    /// The store.
    pub async fn may_mail_invitation(&self, session: &Session, email: &str) -> Result<bool, StoreError> {
        let counters = &self.state.counters;
        let by = counters.add(&format!("invitations-by:{}", session.user.id), HOUR).await?;
        // Hashed: counters are no place for addresses.
        let to = form_token("counter", &email.trim().to_lowercase());
        let to = counters.add(&format!("invitations-to:{to}"), DAY).await?;
        Ok(by <= BY_ONE_AN_HOUR && to <= TO_ONE_A_DAY)
    }

    /// Mails an invitation that is kept already, and says whether the mail server took it.
    pub async fn mail_invitation(&self, session: &Session, _: &Confirmed, new: &NewInvitation) -> bool {
        let invitation = &new.invitation;
        let mail = InvitationMail {
            operator: self.state.operator.clone(),
            team: new.team.name.clone(),
            invited_by: (session.user.name.clone(), session.user.email.clone()),
            email: invitation.email.clone(),
            permissions: invitation.permissions.iter().map(|one| one.name().to_owned()).collect(),
            expires_at: Moment::at_unix_seconds(invitation.expires_at.seconds()),
            url: format!("{}{}", self.state.protocol.settings.public_url, self.path(&page(&new.token))),
        };
        let sent = self.state.mailer.send_invitation(&invitation.email, &mail).await;
        self.state.metrics.mail(sent.is_ok());
        if let Err(failure) = &sent {
            tracing::error!(request_id = %self.call.id, %failure, "an invitation was not mailed");
        }
        sent.is_ok()
    }
}
