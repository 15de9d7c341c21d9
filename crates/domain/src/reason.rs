//! Why a request was refused: one stable reason each, and the protocol error that the wire gets for it.

use std::fmt;

use serde::Serialize;

/// The `error` of an OAuth answer: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 8707 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, repeated, malformed or not allowed here.
    InvalidRequest,
    /// Client authentication failed.
    InvalidClient,
    /// The code or refresh token is not (or no longer) good.
    InvalidGrant,
    /// This client may not do this.
    UnauthorizedClient,
    /// The grant type is not one of ours.
    UnsupportedGrantType,
    /// The response type is not `code`.
    UnsupportedResponseType,
    /// The scope is unknown, malformed or wider than allowed.
    InvalidScope,
    /// The `resource` is not an API of this environment.
    InvalidTarget,
    /// The user, or a rule of the customer, said no.
    AccessDenied,
    /// The user must act, but `prompt=none` forbids it (OpenID Connect Core §3.1.2.6).
    InteractionRequired,
    /// The user must sign in, but `prompt=none` forbids it.
    LoginRequired,
    /// The token presented is not good (RFC 6750 §3.1).
    InvalidToken,
    /// The token is good, but not for this (RFC 6750 §3.1).
    InsufficientScope,
    /// There is nothing at this path. No code of an RFC: a status of 404 goes with it.
    NotFound,
    /// A store is down, or this replica may not know the latest revocations.
    TemporarilyUnavailable,
    /// Something failed on our side.
    ServerError,
}

impl ErrorCode {
    /// The code as the wire has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::InteractionRequired => "interaction_required",
            Self::LoginRequired => "login_required",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::NotFound => "not_found",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }
}

macro_rules! reasons {
    ($($variant:ident, $code:literal, $error:ident, $sentence:literal;)+) => {
        /// A stable reason. Its code starts the `error_description`, names the activity entry and the anchor of
        /// `error_uri`; its sentence says what to do. Only characters of RFC 6749 §5.2 are used.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = concat!("`", $code, "`")] $variant,)+
        }

        impl Reason {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What the wire gets as `error`.
            #[must_use]
            pub const fn error(self) -> ErrorCode {
                match self { $(Self::$variant => ErrorCode::$error,)+ }
            }

            /// One sentence for people: what is wrong and what to do.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }
        }
    };
}

reasons! {
    ParameterMissing, "parameter_missing", InvalidRequest, "a required parameter is missing; add it.";
    ParameterRepeated, "parameter_repeated", InvalidRequest, "a parameter was sent more than once; send each once.";
    ParameterMalformed, "parameter_malformed", InvalidRequest, "a parameter has a value that this server cannot read.";
    ContentTypeWrong, "content_type_wrong", InvalidRequest, "send the parameters as application/x-www-form-urlencoded in the body.";
    JsonBody, "json_body", InvalidRequest, "the body is JSON; this endpoint takes application/x-www-form-urlencoded (RFC 6749 section 3.2).";
    BodyTooLarge, "body_too_large", InvalidRequest, "the body is larger than this server accepts.";
    NotFound, "not_found", NotFound, "there is nothing at this path; check the environment's name and the spelling.";
    MethodWrong, "method_wrong", InvalidRequest, "this endpoint takes POST.";
    TwoAuthenticationMethods, "two_authentication_methods", InvalidRequest, "authenticate in one way only: either HTTP Basic or client_secret in the body.";
    ClientIdsDiffer, "client_ids_differ", InvalidRequest, "client_id in the body differs from the one in the Authorization header.";
    CredentialsInQuery, "credentials_in_query", InvalidRequest, "parameters of this endpoint belong in the request body, never in the URL.";
    ParametersInTwoPlaces, "parameters_in_two_places", InvalidRequest, "send all parameters in the query or all in the body, not in both.";
    AuthenticationFailed, "authentication_failed", InvalidClient, "client authentication failed; check the API key, its secret and that both are active.";
    ClientUnknown, "client_unknown", InvalidClient, "no API key has this client_id.";
    SecretWrong, "secret_wrong", InvalidClient, "the secret is not one of this API key.";
    SecretMalformed, "secret_malformed", InvalidClient, "the secret is incomplete or mistyped.";
    SecretExpired, "secret_expired", InvalidClient, "the secret has expired or its rotation period is over; use the newer one.";
    SecretInactive, "secret_inactive", InvalidClient, "the secret is deactivated.";
    SecretRevoked, "secret_revoked", InvalidClient, "the secret was revoked.";
    AuthenticationMissing, "authentication_missing", InvalidClient, "this API key authenticates with its secret and none was sent.";
    AuthenticationKindWrong, "authentication_kind_wrong", InvalidClient, "the API key is not registered for this kind of authentication.";
    KeyInactive, "key_inactive", InvalidClient, "the API key is deactivated.";
    KeyRevoked, "key_revoked", InvalidClient, "the API key was revoked.";
    KeyExpired, "key_expired", InvalidClient, "the API key has expired.";
    AppDeleted, "app_deleted", InvalidClient, "the app of this API key was deleted.";
    CertificateMissing, "certificate_missing", InvalidClient, "this API key or its app requires a registered client certificate, and the connection came without one.";
    CertificateUnregistered, "certificate_unregistered", InvalidClient, "the client certificate is not one that this API key or its app registered.";
    CertificateExpired, "certificate_expired", InvalidClient, "the client certificate has expired.";
    CertificateNotYetValid, "certificate_not_yet_valid", InvalidClient, "the client certificate is not valid yet; compare the clocks.";
    CertificateRevoked, "certificate_revoked", InvalidClient, "the client certificate was revoked by its issuer.";
    CertificateUsageWrong, "certificate_usage_wrong", InvalidClient, "the certificate is not for clients: it needs the usages digitalSignature and clientAuth.";
    CertificateIssuerUnknown, "certificate_issuer_unknown", InvalidClient, "no trust anchor of this app vouches for the client certificate; send its intermediate certificates along, or register its authority.";
    CertificateListStale, "certificate_list_stale", InvalidClient, "the revocation list of the client certificate's issuer is out of date; the operator of this server must renew it.";
    CertificateMalformed, "certificate_malformed", InvalidClient, "the client certificate cannot be read, or is signed with an algorithm that is not accepted.";
    CertificateHeaderRepeated, "certificate_header_repeated", InvalidRequest, "the proxy's header with the client certificate came more than once; the proxy must replace what clients send.";
    EnvironmentNotAllowed, "environment_not_allowed", InvalidClient, "this API key may not be used in this environment.";
    WrongEnvironment, "wrong_environment", InvalidRequest, "this API key belongs to another environment.";
    GrantTypeUnsupported, "grant_type_unsupported", UnsupportedGrantType, "grant_type is authorization_code, refresh_token or client_credentials.";
    ClientCredentialsOff, "client_credentials_off", UnauthorizedClient, "client credentials are switched off for this app; switch on Enable Client Credentials.";
    ClientCredentialsPublic, "client_credentials_public", UnauthorizedClient, "an API key without a secret cannot use client credentials.";
    DefaultUserMissing, "default_user_missing", UnauthorizedClient, "no customer has let this API key act on its own yet; request an unattended connection and have the customer answer it.";
    CustomerRequired, "customer_required", InvalidRequest, "this API key acts for several customers; say which with customer=<id>.";
    ConnectionUnknown, "connection_unknown", InvalidRequest, "this API key has no such active connection in this environment.";
    CustomerUnknown, "customer_unknown", InvalidRequest, "this API key has no unattended connection with that customer.";
    CodeMalformed, "code_malformed", InvalidGrant, "the authorization code is incomplete or was changed on its way.";
    CodeUnknown, "code_unknown", InvalidGrant, "this authorization code is not known for this API key and environment.";
    CodeExpired, "code_expired", InvalidGrant, "the authorization code has expired; start again at the authorize endpoint.";
    CodeUsed, "code_used", InvalidGrant, "the authorization code was used before; if the request was good, the tokens it gave have ended.";
    RedirectUriMismatch, "redirect_uri_mismatch", InvalidGrant, "redirect_uri is not the one that was sent to the authorize endpoint.";
    RedirectUriMissing, "redirect_uri_missing", InvalidGrant, "redirect_uri was sent to the authorize endpoint and must be sent here too.";
    RedirectUriRemoved, "redirect_uri_removed", InvalidGrant, "the callback URL was removed from the app in the meantime.";
    PkceMissing, "pkce_missing", InvalidGrant, "code_verifier is missing (RFC 7636 section 4.5).";
    PkceFailed, "pkce_failed", InvalidGrant, "code_verifier does not match the code_challenge of this code.";
    PkceUnexpected, "pkce_unexpected", InvalidGrant, "a code_verifier was sent for a code that was asked for without a code_challenge.";
    RefreshMalformed, "refresh_malformed", InvalidGrant, "the refresh token is incomplete or was changed.";
    RefreshUnknown, "refresh_unknown", InvalidGrant, "this refresh token is not known for this API key and environment.";
    RefreshExpired, "refresh_expired", InvalidGrant, "the connection was unused for too long or reached its age; connect again.";
    RefreshUsed, "refresh_used", InvalidGrant, "an older refresh token came back after its grace period; the connection has ended, connect again.";
    RefreshEnded, "refresh_ended", InvalidGrant, "the connection was ended; connect again.";
    RefreshCertificateMissing, "refresh_certificate_missing", InvalidGrant, "the connection is bound to a client certificate and none came; show a registered one.";
    RefreshCertificateRefused, "refresh_certificate_refused", InvalidGrant, "the connection is bound to a client certificate, and the one that came does not count; show a registered one.";
    AccessLost, "access_lost", InvalidGrant, "the user of this connection may no longer connect any of its workspaces.";
    ScopeTooWide, "scope_too_wide", InvalidScope, "the scope is wider than what was granted or than this app may ask for.";
    ScopeMalformed, "scope_malformed", InvalidScope, "the scope has characters that RFC 6749 section 3.3 does not allow.";
    ResourceUnknown, "resource_unknown", InvalidTarget, "the resource is not an API of this environment, or lies outside what was granted.";
    ResponseTypeUnsupported, "response_type_unsupported", UnsupportedResponseType, "response_type must be code.";
    ResponseModeUnsupported, "response_mode_unsupported", InvalidRequest, "response_mode is query or form_post.";
    ChallengeMissing, "challenge_missing", InvalidRequest, "code_challenge is required: PKCE with S256 (RFC 7636).";
    ChallengeMethodRefused, "challenge_method_refused", InvalidRequest, "code_challenge_method must be S256.";
    ChallengeMalformed, "challenge_malformed", InvalidRequest, "code_challenge must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~.";
    StateTooLong, "state_too_long", InvalidRequest, "state is longer than this server accepts.";
    PromptUnknown, "prompt_unknown", InvalidRequest, "prompt is none, login, consent or select_account.";
    PromptNone, "prompt_none", InteractionRequired, "a new connection is always answered by a person; prompt=none cannot work.";
    SignInRequired, "sign_in_required", LoginRequired, "nobody is signed in and prompt=none forbids asking.";
    DeniedByUser, "denied_by_user", AccessDenied, "the user did not let the app in.";
    TooManyUsers, "too_many_users", AccessDenied, "an app whose publisher is not verified may have 25 users; have the publisher verified.";
    CallbackMismatch, "callback_mismatch", InvalidRequest, "redirect_uri is not registered for this app, character by character.";
    CallbackMissing, "callback_missing", InvalidRequest, "redirect_uri is missing and the app has not exactly one callback URL.";
    TokenInvalid, "token_invalid", InvalidToken, "the token is not good here.";
    TokenMissing, "token_missing", InvalidToken, "no access token came; send it as Authorization: Bearer.";
    TokenInQuery, "token_in_query", InvalidRequest, "an access token belongs in the Authorization header, never in the URL.";
    TokenCertificateMissing, "token_certificate_missing", InvalidToken, "the token is bound to a client certificate and none came.";
    TokenCertificateWrong, "token_certificate_wrong", InvalidToken, "the token is bound to another client certificate.";
    TokenUnbound, "token_unbound", InvalidToken, "the app requires client certificates and this token is bound to none; ask for another one.";
    TokenForAnotherApi, "token_for_another_api", InsufficientScope, "the token is for another API.";
    KeyDiffers, "key_differs", InsufficientScope, "the key header names another API key than the token's.";
    WorkspaceNotReached, "workspace_not_reached", InsufficientScope, "the token does not reach this workspace.";
    RateLimited, "rate_limited", TemporarilyUnavailable, "too many requests; wait as long as Retry-After says.";
    StoreUnavailable, "store_unavailable", TemporarilyUnavailable, "a store is not reachable at the moment; try again as Retry-After says.";
    RevocationsUnknown, "revocations_unknown", TemporarilyUnavailable, "this replica cannot see the latest revocations at the moment; try again as Retry-After says.";
    Internal, "internal", ServerError, "something failed on the server; its operator finds the cause by the request id.";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_fits_the_characters_of_rfc_6749() {
        let mut codes = HashSet::new();
        for reason in Reason::ALL {
            assert!(codes.insert(reason.code()), "{reason} twice");
            let text = format!("{}: {}", reason.code(), reason.sentence());
            assert!(text.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{text}");
            assert!(reason.code().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
        }
    }
}
