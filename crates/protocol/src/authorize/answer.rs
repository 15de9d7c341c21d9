//! What goes back to the callback URL, success or error: always with `iss` (RFC 9207), with `state` if one was sent.

use client_registry::callback_url::append_answer;
use domain::{AuthorizationCode, CallbackUrl, EnvironmentName};

use super::{AuthorizationRequest, ResponseMode};
use crate::refusal::Refusal;
use crate::settings::Settings;

/// An answer on its way to a callback URL.
pub struct CallbackAnswer {
    /// Where it goes.
    pub callback: CallbackUrl,
    /// How it travels.
    pub mode: ResponseMode,
    /// What it says: `code` or `error`, and what belongs to it.
    pub parameters: Vec<(&'static str, String)>,
    /// Why it is an error.
    pub refusal: Option<Refusal>,
}

/// Where answers to a request go.
pub(super) struct Destination<'a> {
    pub(super) environment: &'a EnvironmentName,
    pub(super) callback: &'a CallbackUrl,
    pub(super) mode: ResponseMode,
    pub(super) state: Option<&'a str>,
}

impl CallbackAnswer {
    /// The callback URL with the answer in its query, after the query it was registered with.
    #[must_use]
    pub fn url(&self) -> String {
        let parameters: Vec<_> = self.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        append_answer(&self.callback, &parameters)
    }
}

impl std::fmt::Debug for CallbackAnswer {
    /// Without the parameters: one of them may be a code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackAnswer").field("refusal", &self.refusal).finish_non_exhaustive()
    }
}

impl Destination<'_> {
    /// The answer that carries a code (RFC 6749 §4.1.2).
    pub(super) fn success(&self, settings: &Settings, code: &AuthorizationCode) -> CallbackAnswer {
        self.answer(settings, vec![("code", code.reveal())], None)
    }

    /// The answer that carries an error (RFC 6749 §4.1.2.1).
    pub(super) fn failure(&self, settings: &Settings, refusal: Refusal) -> CallbackAnswer {
        let public = refusal.public();
        let parameters = vec![
            ("error", public.error.as_str().to_owned()),
            ("error_description", public.description),
            ("error_uri", settings.error_uri(public.reason)),
        ];
        self.answer(settings, parameters, Some(refusal))
    }

    fn answer(
        &self,
        settings: &Settings,
        mut parameters: Vec<(&'static str, String)>,
        refusal: Option<Refusal>,
    ) -> CallbackAnswer {
        parameters.extend(self.state.map(|state| ("state", state.to_owned())));
        // RFC 9207 §2: `iss` is in every answer, errors included.
        parameters.push(("iss", settings.issuer(self.environment)));
        CallbackAnswer { callback: self.callback.clone(), mode: self.mode, parameters, refusal }
    }
}

impl AuthorizationRequest {
    /// The answer that says no.
    #[must_use]
    pub fn refuse(&self, settings: &Settings, refusal: Refusal) -> CallbackAnswer {
        self.destination().failure(settings, refusal)
    }

    pub(super) fn destination(&self) -> Destination<'_> {
        Destination {
            environment: &self.environment,
            callback: &self.callback,
            mode: self.response_mode,
            state: self.state.as_deref(),
        }
    }
}
