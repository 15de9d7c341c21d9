//! A refusal: the private reason with its detail, and what the wire may say of it.

use std::borrow::Cow;

use domain::{ErrorCode, Reason};
use storage::{StoreError, Unsettled};

/// Why a request was refused. The owner of the app reads all of it; the wire gets [`Refusal::public`].
#[derive(Debug)]
pub struct Refusal {
    reason: Reason,
    detail: Cow<'static, str>,
    /// Whether the client had authenticated: only then does the wire get the true reason of an `invalid_client`.
    authenticated: bool,
    /// A sentence that replaces the reason's own on the wire.
    said: Option<String>,
    retry_after: Option<u32>,
}

/// What the wire says.
#[derive(Debug, PartialEq, Eq)]
pub struct PublicRefusal {
    /// `error`.
    pub error: ErrorCode,
    /// The stable reason, which starts `error_description` and ends `error_uri`.
    pub reason: Reason,
    /// `error_description`, in RFC 6749's characters.
    pub description: String,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// A refusal for `reason`.
    #[must_use]
    pub fn new(reason: Reason) -> Self {
        Self { reason, detail: Cow::Borrowed(""), authenticated: false, said: None, retry_after: None }
    }

    /// With what was wrong, for the log and the app's owners. Never a secret.
    #[must_use]
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// With the sentence that the wire gets in place of the reason's own.
    #[must_use]
    pub fn saying(self, sentence: impl Into<String>) -> Self {
        Self { said: Some(sentence.into()), ..self }
    }

    /// Marked as decided after the client had authenticated.
    #[must_use]
    pub fn after_authentication(self) -> Self {
        Self { authenticated: true, ..self }
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The true reason.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// What was wrong, for the log and the app's owners.
    #[must_use]
    pub fn private_detail(&self) -> &str {
        &self.detail
    }

    /// Whether the client had authenticated.
    #[must_use]
    pub fn is_after_authentication(&self) -> bool {
        self.authenticated
    }

    /// What the wire says. Before authentication every failure of it looks the same, except a credential that is
    /// incomplete or absent: that is a fact about what was sent, not about what is registered.
    #[must_use]
    pub fn public(&self) -> PublicRefusal {
        let hidden = self.reason.error() == ErrorCode::InvalidClient
            && !self.authenticated
            && !matches!(
                self.reason,
                Reason::SecretMalformed | Reason::AuthenticationMissing | Reason::CertificateMissing
            );
        let reason = if hidden { Reason::AuthenticationFailed } else { self.reason };
        let sentence = match &self.said {
            Some(said) if !hidden => said.as_str(),
            _ => reason.sentence(),
        };
        PublicRefusal {
            error: reason.error(),
            reason,
            description: printable(&format!("{}: {sentence}", reason.code())),
            retry_after: self.retry_after.or((reason.error() == ErrorCode::TemporarilyUnavailable).then_some(1)),
        }
    }
}

/// Only what RFC 6749 §5.2 allows in `error_description`; anything else becomes a question mark or a quote.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '"' => '\'',
            ' ' | '!' | '#'..='[' | ']'..='~' => character,
            _ => '?',
        })
        .collect()
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        let reason = match error {
            StoreError::Unavailable { .. } => Reason::StoreUnavailable,
            StoreError::Conflict { .. } | StoreError::Exists { .. } | StoreError::Corrupt(_) => Reason::Internal,
        };
        Self::new(reason).detail(error.to_string())
    }
}

impl From<Unsettled> for Refusal {
    fn from(unsettled: Unsettled) -> Self {
        Self::new(Reason::RevocationsUnknown).detail(unsettled.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_authentication_every_failure_of_it_looks_the_same() {
        let wrong = Refusal::new(Reason::SecretWrong).detail("secret of ak_1").public();
        let unknown = Refusal::new(Reason::ClientUnknown).public();
        assert_eq!(wrong, unknown);
        let told = Refusal::new(Reason::KeyRevoked).after_authentication().public();
        assert_eq!((told.error, told.reason), (ErrorCode::InvalidClient, Reason::KeyRevoked));
    }

    #[test]
    fn what_is_said_keeps_to_the_characters_of_rfc_6749() {
        let said = Refusal::new(Reason::ScopeTooWide).saying("no \"reports\\write\" here\n").public();
        assert_eq!(said.description, "scope_too_wide: no 'reports?write' here?");
    }

    #[test]
    fn a_store_that_is_down_asks_to_come_back() {
        assert_eq!(Refusal::from(StoreError::database("gone")).public().retry_after, Some(1));
    }
}
