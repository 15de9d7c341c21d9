//! Authorization codes: where they are kept, what is sealed in them, what a redeemer must show.

use aws_lc_rs::digest::{Context, SHA256};
use domain::{
    AppId, AuthorizationCode, ClientId, CustomerId, EnvironmentName, Random, Reason, ScopeSet, Timestamp, UserId,
    WorkspaceId,
};
use oxide_auth::code_grant::extensions::Pkce;
use oxide_auth::primitives::grant::Value;
use serde::{Deserialize, Serialize};
use storage::CodeKey;

use crate::refusal::Refusal;
use crate::root_keys::{BrokenSeal, RootKeys, Sealed};

/// What an authorization gave, kept sealed until its code is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGrant {
    /// When the code stops working.
    pub expires_at: Timestamp,
    /// The app.
    pub app: AppId,
    /// The customer.
    pub customer: CustomerId,
    /// The user.
    pub user: UserId,
    /// The ticked workspaces.
    pub workspaces: Vec<WorkspaceId>,
    /// What was granted.
    pub scopes: ScopeSet,
    /// The callback URL the code was sent to.
    pub callback: String,
    /// What a redeemer must show.
    pub terms: CodeTerms,
    /// Whether it is of a test authorization: its callback is a page of this server.
    #[serde(default)]
    pub test: bool,
}

/// What a redeemer of a code must show besides the code and its own authentication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeTerms {
    /// The `redirect_uri` as it was sent to the authorize endpoint; `None` when it was left out.
    pub redirect_uri: Option<String>,
    /// The S256 challenge; `None` for apps with the legacy-parameters switch.
    pub code_challenge: Option<String>,
}

impl CodeTerms {
    /// Checks what a redeemer shows.
    ///
    /// # Errors
    /// A refusal with `invalid_grant`: RFC 6749 §5.2, RFC 7636 §4.6.
    pub fn check(&self, redirect_uri: Option<&str>, code_verifier: Option<&str>) -> Result<(), Refusal> {
        // RFC 6749 §4.1.3: redirect_uri is required if and only if it was sent at authorize, and must be identical.
        match (self.redirect_uri.as_deref(), redirect_uri) {
            (Some(sent), Some(shown)) if sent != shown => {
                return Err(Reason::RedirectUriMismatch.into());
            }
            (Some(_), None) => return Err(Reason::RedirectUriMissing.into()),
            (None, Some(_)) => {
                let sentence = "redirect_uri was not sent to the authorize endpoint; leave it out here too.";
                return Err(Refusal::new(Reason::RedirectUriMismatch).saying(sentence));
            }
            _ => {}
        }
        match (self.code_challenge.as_deref(), code_verifier) {
            (None, None) => Ok(()),
            // RFC 9700 §4.8.2: a verifier without a challenge is a downgrade.
            (None, Some(_)) => Err(Reason::PkceUnexpected.into()),
            (Some(_), None) => Err(Reason::PkceMissing.into()),
            // RFC 7636 §4.6: a verifier that does not match is invalid_grant.
            (Some(challenge), Some(verifier)) => {
                let challenge = Value::private(Some(format!("{challenge}S")));
                let matches =
                    is_verifier(verifier) && Pkce::required().verify(Some(challenge), Some(verifier.into())).is_ok();
                if matches { Ok(()) } else { Err(Reason::PkceFailed.into()) }
            }
        }
    }
}

/// RFC 7636 §4.1 and §4.2: 43 to 128 characters of the unreserved alphabet, verifier and challenge alike.
#[must_use]
pub fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// Where `code` is kept: a hash over environment, client and code.
#[must_use]
pub fn key_of(environment: &EnvironmentName, client: ClientId, code: &AuthorizationCode) -> CodeKey {
    let mut hash = Context::new(&SHA256);
    hash.update(environment.as_str().as_bytes());
    hash.update(&[0]);
    hash.update(client.as_bytes());
    hash.update(code.expose());
    CodeKey(hash.finish().as_ref().try_into().expect("SHA-256 gives 32 bytes"))
}

/// Seals a grant for the place where its code is kept: whoever can write to that store still mints nothing.
#[must_use]
pub fn seal(keys: &RootKeys, key: CodeKey, grant: &CodeGrant, random: &dyn Random) -> Vec<u8> {
    let plain = serde_json::to_vec(grant).expect("a grant has string keys only");
    keys.seal(Sealed::Transient, &key.0, &plain, random)
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// [`BrokenSeal`].
pub fn open(keys: &RootKeys, key: CodeKey, sealed: &[u8]) -> Result<CodeGrant, BrokenSeal> {
    let plain = keys.open(Sealed::Transient, &key.0, sealed)?;
    serde_json::from_slice(&plain).map_err(|_| BrokenSeal::Changed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn refused(terms: (Option<&str>, Option<&str>), shown: (Option<&str>, Option<&str>)) -> Option<Reason> {
        let terms = CodeTerms { redirect_uri: terms.0.map(Into::into), code_challenge: terms.1.map(Into::into) };
        terms.check(shown.0, shown.1).err().map(|refusal| refusal.reason())
    }

    #[test]
    fn the_verifier_of_the_rfc_matches_its_challenge() {
        assert_eq!(refused((None, Some(CHALLENGE)), (None, Some(VERIFIER))), None);
        assert_eq!(refused((None, Some(CHALLENGE)), (None, Some(CHALLENGE))), Some(Reason::PkceFailed));
        assert_eq!(refused((None, Some(CHALLENGE)), (None, None)), Some(Reason::PkceMissing));
        assert_eq!(refused((None, None), (None, Some(VERIFIER))), Some(Reason::PkceUnexpected));
    }

    #[test]
    fn redirect_uri_is_shown_if_it_was_sent() {
        let (here, there) = (Some("https://a.example/cb"), Some("https://a.example/cb/"));
        assert_eq!(refused((here, None), (here, None)), None);
        assert_eq!(refused((here, None), (there, None)), Some(Reason::RedirectUriMismatch));
        assert_eq!(refused((here, None), (None, None)), Some(Reason::RedirectUriMissing));
        assert_eq!(refused((None, None), (here, None)), Some(Reason::RedirectUriMismatch), "sent only here");
    }

    proptest! {
        #[test]
        fn any_verifier_is_judged_without_panic(verifier: String) {
            let _ = refused((None, Some(CHALLENGE)), (None, Some(&verifier)));
        }
    }
}
