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
    ($($variant:ident, $code:literal, $error:ident, $sentence:literal, $remedy:literal;)+) => {
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

            /// One sentence for whoever followed `error_uri`: what to do about it.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)+ }
            }
        }
    };
}

reasons! {
    ParameterMissing, "parameter_missing", InvalidRequest, "a required parameter is missing; add it.",
        "Add the parameter that the description names; a parameter without a value counts as missing.";
    ParameterRepeated, "parameter_repeated", InvalidRequest, "a parameter was sent more than once; send each once.",
        "Look for code that adds the same parameter twice, often a library and your own code, and send it once.";
    ParameterMalformed, "parameter_malformed", InvalidRequest, "a parameter has a value that this server cannot read.",
        "Compare the parameter that the description names with its format, and percent-encode every value.";
    ContentTypeWrong, "content_type_wrong", InvalidRequest, "send the parameters as application/x-www-form-urlencoded in the body.",
        "Set the header Content-Type: application/x-www-form-urlencoded and put the parameters into the body.";
    JsonBody, "json_body", InvalidRequest, "the body is JSON; this endpoint takes application/x-www-form-urlencoded (RFC 6749 section 3.2).",
        "Encode the parameters as a form, for example with curl -d name=value or with your HTTP library's form option.";
    BodyTooLarge, "body_too_large", InvalidRequest, "the body is larger than this server accepts.",
        "Send only the parameters of this endpoint; something that is not one of them fills the body.";
    NotFound, "not_found", NotFound, "there is nothing at this path; check the environment's name and the spelling.",
        "Compare the whole address with the server's metadata at /.well-known/oauth-authorization-server; a path that ends in a slash is another path.";
    MethodWrong, "method_wrong", InvalidRequest, "this endpoint takes POST.",
        "Send the request with the method that the header Allow names.";
    TwoAuthenticationMethods, "two_authentication_methods", InvalidRequest, "authenticate in one way only: either HTTP Basic or client_secret in the body.",
        "Remove client_secret from the body, or switch your HTTP library's Basic authentication off.";
    ClientIdsDiffer, "client_ids_differ", InvalidRequest, "client_id in the body differs from the one in the Authorization header.",
        "Send the same API key in both places, or leave client_id out of the body.";
    CredentialsInQuery, "credentials_in_query", InvalidRequest, "parameters of this endpoint belong in the request body, never in the URL.",
        "Move the parameters into the body, and rotate a secret that was in a URL: URLs end up in logs.";
    ParametersInTwoPlaces, "parameters_in_two_places", InvalidRequest, "send all parameters in the query or all in the body, not in both.",
        "Choose the body for all of them; the query is only for integrations from before.";
    AuthenticationFailed, "authentication_failed", InvalidClient, "client authentication failed; check the API key, its secret and that both are active.",
        "Look up the request_id in the app's activity, where its owners see the exact reason; if it is not there, the API key is unknown.";
    ClientUnknown, "client_unknown", InvalidClient, "no API key has this client_id.",
        "Copy the API key again, whole, and check that it was made at this server.";
    SecretWrong, "secret_wrong", InvalidClient, "the secret is not one of this API key.",
        "Copy the secret that belongs to this API key; if nobody has it any more, make a new one.";
    SecretMalformed, "secret_malformed", InvalidClient, "the secret is incomplete or mistyped.",
        "Copy the secret again, from its prefix to its last character, without blanks or quotes around it.";
    SecretExpired, "secret_expired", InvalidClient, "the secret has expired or its rotation period is over; use the newer one.",
        "Deploy the newer secret of this API key, or make one.";
    SecretInactive, "secret_inactive", InvalidClient, "the secret is deactivated.",
        "Use an active secret of this API key, or have this one activated again.";
    SecretRevoked, "secret_revoked", InvalidClient, "the secret was revoked.",
        "Make a new secret and deploy it; a revoked one never works again.";
    AuthenticationMissing, "authentication_missing", InvalidClient, "this API key authenticates with its secret and none was sent.",
        "Send the secret by HTTP Basic, the API key as the user name; some proxies remove the Authorization header.";
    AuthenticationKindWrong, "authentication_kind_wrong", InvalidClient, "the API key is not registered for this kind of authentication.",
        "Authenticate as the API key was registered: with its secret, with its certificate, or with client_id alone; or use a key of another kind.";
    KeyInactive, "key_inactive", InvalidClient, "the API key is deactivated.",
        "Have the API key activated again by the app's owners.";
    KeyRevoked, "key_revoked", InvalidClient, "the API key was revoked.",
        "Make a new API key for the app and deploy it; a revoked one never works again.";
    KeyExpired, "key_expired", InvalidClient, "the API key has expired.",
        "Make a new API key for the app and deploy it.";
    AppDeleted, "app_deleted", InvalidClient, "the app of this API key was deleted.",
        "Ask the app's owners which app takes its place, and connect that.";
    CertificateMissing, "certificate_missing", InvalidClient, "this API key or its app requires a registered client certificate, and the connection came without one.",
        "Configure your HTTP client with the certificate and its private key, and call the address of mtls_endpoint_aliases in the metadata.";
    CertificateUnregistered, "certificate_unregistered", InvalidClient, "the client certificate is not one that this API key or its app registered.",
        "Show the certificate to /oauth/mtls/echo, compare what it names with what the app registered, and register the one you use.";
    CertificateExpired, "certificate_expired", InvalidClient, "the client certificate has expired.",
        "Deploy a newer certificate; register it first if the app registers certificates one by one.";
    CertificateNotYetValid, "certificate_not_yet_valid", InvalidClient, "the client certificate is not valid yet; compare the clocks.",
        "Set the clock of the client and of its certificate authority right, or wait until the certificate begins.";
    CertificateRevoked, "certificate_revoked", InvalidClient, "the client certificate was revoked by its issuer.",
        "Have a new certificate issued, and find out from its issuer why this one was revoked.";
    CertificateUsageWrong, "certificate_usage_wrong", InvalidClient, "the certificate is not for clients: it needs the usages digitalSignature and clientAuth.",
        "Have a certificate issued with the key usage digitalSignature and the extended key usage clientAuth.";
    CertificateIssuerUnknown, "certificate_issuer_unknown", InvalidClient, "no trust anchor of this app vouches for the client certificate; send its intermediate certificates along, or register its authority.",
        "Configure the client to send its whole chain but the root; if it does, have the app register the authority that issued it.";
    CertificateListStale, "certificate_list_stale", InvalidClient, "the revocation list of the client certificate's issuer is out of date; the operator of this server must renew it.",
        "Tell the operator of this server; nothing can be done at the client.";
    CertificateMalformed, "certificate_malformed", InvalidClient, "the client certificate cannot be read, or is signed with an algorithm that is not accepted.",
        "Have a certificate issued with a common key (RSA of 2048 bits, or ECDSA on P-256) and signed with SHA-256.";
    CertificateHeaderRepeated, "certificate_header_repeated", InvalidRequest, "the proxy's header with the client certificate came more than once; the proxy must replace what clients send.",
        "Have the proxy set the header itself and remove what clients send under that name, as in config/proxies.";
    EnvironmentNotAllowed, "environment_not_allowed", InvalidClient, "this API key may not be used in this environment.",
        "Use an API key that is allowed in this environment, or have this one allowed.";
    WrongEnvironment, "wrong_environment", InvalidRequest, "this API key belongs to another environment.",
        "Call the environment that the description names, or use a key of this one.";
    GrantTypeUnsupported, "grant_type_unsupported", UnsupportedGrantType, "grant_type is authorization_code, refresh_token or client_credentials.",
        "Send one of these three values, spelled like this.";
    ClientCredentialsOff, "client_credentials_off", UnauthorizedClient, "client credentials are switched off for this app; switch on Enable Client Credentials.",
        "Have the app's owners switch on Enable Client Credentials, or let a user connect the app instead.";
    ClientCredentialsPublic, "client_credentials_public", UnauthorizedClient, "an API key without a secret cannot use client credentials.",
        "Use an API key with a secret or a certificate: a public one can only act for users who connected it.";
    DefaultUserMissing, "default_user_missing", UnauthorizedClient, "no customer has let this API key act on its own yet; request an unattended connection and have the customer answer it.",
        "Request an unattended connection and send its link to an admin of the customer.";
    CustomerRequired, "customer_required", InvalidRequest, "this API key acts for several customers; say which with customer=<id>.",
        "Add customer=<id>; the ids are in the list at /oauth/connections.";
    ConnectionUnknown, "connection_unknown", InvalidRequest, "this API key has no such active connection in this environment.",
        "Use an id from the list at /oauth/connections.";
    CustomerUnknown, "customer_unknown", InvalidRequest, "this API key has no unattended connection with that customer.",
        "Compare the id with the list at /oauth/connections, or request an unattended connection with that customer.";
    CodeMalformed, "code_malformed", InvalidGrant, "the authorization code is incomplete or was changed on its way.",
        "Take the parameter code from the callback as it is, percent-decoded once.";
    CodeUnknown, "code_unknown", InvalidGrant, "this authorization code is not known for this API key and environment.",
        "Redeem the code with the API key and in the environment that it was asked for.";
    CodeExpired, "code_expired", InvalidGrant, "the authorization code has expired; start again at the authorize endpoint.",
        "Redeem the code at once when the callback is called.";
    CodeUsed, "code_used", InvalidGrant, "the authorization code was used before; if the request was good, the tokens it gave have ended.",
        "Redeem each code once, also when the callback is loaded again, and keep the tokens of the first answer.";
    RedirectUriMismatch, "redirect_uri_mismatch", InvalidGrant, "redirect_uri is not the one that was sent to the authorize endpoint.",
        "Send the same redirect_uri to both endpoints, character by character.";
    RedirectUriMissing, "redirect_uri_missing", InvalidGrant, "redirect_uri was sent to the authorize endpoint and must be sent here too.",
        "Add the redirect_uri that was sent to the authorize endpoint.";
    RedirectUriRemoved, "redirect_uri_removed", InvalidGrant, "the callback URL was removed from the app in the meantime.",
        "Register the callback URL again, then have the user connect again.";
    PkceMissing, "pkce_missing", InvalidGrant, "code_verifier is missing (RFC 7636 section 4.5).",
        "Send the code_verifier that was made with the code_challenge; keep it with state until the callback comes.";
    PkceFailed, "pkce_failed", InvalidGrant, "code_verifier does not match the code_challenge of this code.",
        "Keep one code_verifier for each request, and send code_challenge as the base64url of its SHA-256, without padding.";
    PkceUnexpected, "pkce_unexpected", InvalidGrant, "a code_verifier was sent for a code that was asked for without a code_challenge.",
        "Send code_challenge to the authorize endpoint too, or leave code_verifier out here.";
    RefreshMalformed, "refresh_malformed", InvalidGrant, "the refresh token is incomplete or was changed.",
        "Store the refresh token whole: it may be longer than a column or a variable that was made for others.";
    RefreshUnknown, "refresh_unknown", InvalidGrant, "this refresh token is not known for this API key and environment.",
        "Use the refresh token with the API key and in the environment that it was given to.";
    RefreshExpired, "refresh_expired", InvalidGrant, "the connection was unused for too long or reached its age; connect again.",
        "Have the user connect the app again; refresh now and then, so that a connection does not lie unused.";
    RefreshUsed, "refresh_used", InvalidGrant, "an older refresh token came back after its grace period; the connection has ended, connect again.",
        "Have the user connect again, and store each new refresh token before the next refresh, in one place for all processes.";
    RefreshEnded, "refresh_ended", InvalidGrant, "the connection was ended; connect again.",
        "Have the user connect again, if the user wants that: it was ended by a person, an admin or the app.";
    RefreshCertificateMissing, "refresh_certificate_missing", InvalidGrant, "the connection is bound to a client certificate and none came; show a registered one.",
        "Refresh with the client certificate, at the address of mtls_endpoint_aliases in the metadata.";
    RefreshCertificateRefused, "refresh_certificate_refused", InvalidGrant, "the connection is bound to a client certificate, and the one that came does not count; show a registered one.",
        "Show the certificate to /oauth/mtls/echo to see what is wrong with it, and use one that the app registered.";
    AccessLost, "access_lost", InvalidGrant, "the user of this connection may no longer connect any of its workspaces.",
        "Ask an admin of the customer to give the user a role that may connect the workspaces, then connect again.";
    ScopeTooWide, "scope_too_wide", InvalidScope, "the scope is wider than what was granted or than this app may ask for.",
        "Ask for scopes that the app is registered for, and at a refresh for no more than was granted.";
    ScopeMalformed, "scope_malformed", InvalidScope, "the scope has characters that RFC 6749 section 3.3 does not allow.",
        "Separate scopes by one blank, without quotes or commas.";
    ResourceUnknown, "resource_unknown", InvalidTarget, "the resource is not an API of this environment, or lies outside what was granted.",
        "Send the audience of an API of this environment, as it was granted at the authorize endpoint.";
    ResponseTypeUnsupported, "response_type_unsupported", UnsupportedResponseType, "response_type must be code.",
        "Send response_type=code; the implicit flow is not offered.";
    ResponseModeUnsupported, "response_mode_unsupported", InvalidRequest, "response_mode is query or form_post.",
        "Send response_mode=query or form_post, or leave it out; a custom scheme takes query only.";
    ChallengeMissing, "challenge_missing", InvalidRequest, "code_challenge is required: PKCE with S256 (RFC 7636).",
        "Make a code_verifier and send its code_challenge with code_challenge_method=S256; most libraries have a switch for PKCE.";
    ChallengeMethodRefused, "challenge_method_refused", InvalidRequest, "code_challenge_method must be S256.",
        "Send code_challenge_method=S256 and hash the verifier.";
    ChallengeMalformed, "challenge_malformed", InvalidRequest, "code_challenge must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~.",
        "Send the base64url of the verifier's SHA-256, without padding: 43 characters.";
    StateTooLong, "state_too_long", InvalidRequest, "state is longer than this server accepts.",
        "Send a random value as state, and keep what belongs to it on your side.";
    PromptUnknown, "prompt_unknown", InvalidRequest, "prompt is none, login, consent or select_account.",
        "Send one of these values, or leave prompt out.";
    PromptNone, "prompt_none", InteractionRequired, "a new connection is always answered by a person; prompt=none cannot work.",
        "Leave prompt out, and use the refresh token where no person is present.";
    SignInRequired, "sign_in_required", LoginRequired, "nobody is signed in and prompt=none forbids asking.",
        "Send the user to the authorize endpoint again without prompt=none.";
    DeniedByUser, "denied_by_user", AccessDenied, "the user did not let the app in.",
        "Tell the user what does not work without the connection, and offer to connect again; do not ask by yourself.";
    TooManyUsers, "too_many_users", AccessDenied, "the app has as many users as it may while its publisher is not verified.",
        "Have the operator of this server verify the app's publisher.";
    CallbackMismatch, "callback_mismatch", InvalidRequest, "redirect_uri is not registered for this app, character by character.",
        "Register the URL that you send, or send one that is registered; https, port, letter case and a slash at the end all count.";
    CallbackMissing, "callback_missing", InvalidRequest, "redirect_uri is missing and the app has not exactly one callback URL.",
        "Send redirect_uri, spelled as it is registered.";
    TokenInvalid, "token_invalid", InvalidToken, "the token is not good here.",
        "Refresh the token or ask for a new one; if that does not help, compare the environment.";
    TokenMissing, "token_missing", InvalidToken, "no access token came; send it as Authorization: Bearer.",
        "Add the header Authorization: Bearer with the access token; some proxies remove it.";
    TokenInQuery, "token_in_query", InvalidRequest, "an access token belongs in the Authorization header, never in the URL.",
        "Move the access token into the header Authorization: Bearer, and revoke a token that was in a URL.";
    TokenCertificateMissing, "token_certificate_missing", InvalidToken, "the token is bound to a client certificate and none came.",
        "Call with the client certificate that the token was asked for with.";
    TokenCertificateWrong, "token_certificate_wrong", InvalidToken, "the token is bound to another client certificate.",
        "Call with the certificate that the token was asked for with, or ask for a token with this one.";
    TokenUnbound, "token_unbound", InvalidToken, "the app requires client certificates and this token is bound to none; ask for another one.",
        "Ask for a token with the client certificate.";
    TokenForAnotherApi, "token_for_another_api", InsufficientScope, "the token is for another API.",
        "Ask for a token with this API's audience as resource.";
    KeyDiffers, "key_differs", InsufficientScope, "the key header names another API key than the token's.",
        "Send the API key that the token was given to, or leave the header out.";
    WorkspaceNotReached, "workspace_not_reached", InsufficientScope, "the token does not reach this workspace.",
        "Have the user connect the app again and tick the workspace.";
    ScopeMissing, "scope_missing", InsufficientScope, "the token lacks a scope that this needs.",
        "Use a management key that has the scope which the detail names; the operator of this server makes one.";
    FormTokenWrong, "form_token_wrong", AccessDenied, "a change in a browser's session comes from our own page, with the header X-Form-Token.",
        "Take form_token from the answer of /api/v1/me and send it as X-Form-Token, from a page of this server.";
    ConfirmationRequired, "confirmation_required", AccessDenied, "this needs a session that was begun or confirmed with the password within the last minutes.",
        "Send your password to /api/v1/me/confirmation, or type it where a page of the console asks for it, then repeat the request.";
    PersonRequired, "person_required", AccessDenied, "this is done by a person, signed in to the developer console; a management key is none.",
        "Sign in to the console with a browser and do it there, or call with that session and X-Form-Token.";
    PermissionMissing, "permission_missing", AccessDenied, "you lack a permission in the team that this needs.",
        "Ask one of those whom the detail names; whoever manages the members of the team can grant it.";
    JsonRequired, "json_required", InvalidRequest, "the body is one JSON object, sent as application/json.",
        "Set the header Content-Type: application/json and send one JSON object as the body.";
    BodyMalformed, "body_malformed", InvalidRequest, "the body is not the JSON that this takes.",
        "Compare the body with the schema in /api/v1/openapi.json; fields that it does not name are refused.";
    FieldRefused, "field_refused", InvalidRequest, "a field has a value that cannot be taken.",
        "Correct the fields that errors lists; each says what to write instead.";
    VersionMissing, "version_missing", InvalidRequest, "this changes what somebody else may have changed; send If-Match.",
        "Read the app and send its ETag as If-Match.";
    VersionStale, "version_stale", InvalidRequest, "it was changed after you read it; nothing was changed now.",
        "Read it again, make the change on what is there now, and send the new ETag as If-Match.";
    ExistsAlready, "exists_already", InvalidRequest, "it exists already.",
        "Use the one that exists, or choose another name or value.";
    LimitReached, "limit_reached", InvalidRequest, "there are as many as there may be.",
        "Remove one that is not used any more, as the detail says.";
    NotPossibleNow, "not_possible_now", InvalidRequest, "this cannot be done to it as it is now.",
        "Do first what the detail says.";
    IdempotencyKeyReused, "idempotency_key_reused", InvalidRequest, "this Idempotency-Key came before with another request.",
        "Make a new Idempotency-Key for each request, and send the same one only when repeating it.";
    IdempotencyKeyBusy, "idempotency_key_busy", InvalidRequest, "the first request with this Idempotency-Key was not answered yet.",
        "Wait some seconds, then repeat the request with the same Idempotency-Key; if that stays so for a minute, look in the list whether it was made.";
    AlreadyMade, "already_made", InvalidRequest, "this was made by an earlier request, and its secret is shown only once.",
        "If the first answer was lost, revoke the secret that the detail names and make another one.";
    RateLimited, "rate_limited", TemporarilyUnavailable, "too many requests; wait as long as Retry-After says.",
        "Wait as long as Retry-After says, then try less often; keep a token as long as it lives.";
    StoreUnavailable, "store_unavailable", TemporarilyUnavailable, "a store is not reachable at the moment; try again as Retry-After says.",
        "Try again with the same request after Retry-After; keep your tokens, they are still good.";
    RevocationsUnknown, "revocations_unknown", TemporarilyUnavailable, "this replica cannot see the latest revocations at the moment; try again as Retry-After says.",
        "Try again with the same request after Retry-After; another replica may answer at once.";
    Internal, "internal", ServerError, "something failed on the server; its operator finds the cause by the request id.",
        "Try again once, then tell the operator of this server the request_id.";
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
    fn every_reason_says_what_to_do_in_a_sentence() {
        for reason in Reason::ALL {
            let remedy = reason.remedy();
            assert!(remedy.starts_with(char::is_uppercase) && remedy.ends_with('.'), "{reason}: {remedy}");
        }
    }

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
