//! A test authorization: a developer looks in the console at what the app would get. It is the real thing, with the real
//! pages, code and exchange, but for this:
//!
//! - The console asks in place of the app, and the answer goes to a page of this server, which no app can register and no
//!   request from outside can name.
//! - The code is for [`Purpose::Test`](domain::Purpose::Test): its connection lives for minutes and displaces no other.
//! - The code lives longer, since somebody has to fetch the secret meanwhile. It is of no use without the PKCE verifier,
//!   which is kept sealed and shown to nobody, and without the client's own authentication.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{CallbackUrl, ClientId, Random};
use storage::EnvironmentRecord;

use super::request::allowed_scopes;
use super::{AuthorizationRequest, Prompt, ResponseMode, Stop};
use crate::Protocol;
use crate::trail::Trail;

/// How long a connection of a test lives, whatever its app says.
pub const TEST_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long its code lives.
pub(super) const TEST_CODE: Duration = Duration::from_secs(5 * 60);

/// What the console asks for.
#[derive(Clone, Copy, Debug)]
pub struct TestRequest<'a> {
    /// The API key that is tested.
    pub client: ClientId,
    /// The page that takes the answer, without the environment's address in front.
    pub page: &'a str,
    /// `state`.
    pub state: &'a str,
    /// The S256 challenge.
    pub code_challenge: &'a str,
}

/// A verifier with its challenge (RFC 7636 §4).
pub struct Pkce {
    /// 256 random bits.
    pub verifier: String,
    /// Their SHA-256.
    pub challenge: String,
}

impl Pkce {
    /// A fresh one.
    #[must_use]
    pub fn generate(random: &dyn Random) -> Self {
        let mut bits = [0; 32];
        random.fill(&mut bits);
        let verifier = URL_SAFE_NO_PAD.encode(bits);
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        Self { verifier, challenge }
    }
}

impl Protocol {
    /// A request for all that the app may ask for, whose answer goes to a page of this server. That whoever asks may edit
    /// the app is for the caller to check.
    ///
    /// # Errors
    /// [`Stop`], when the key may not be used in this environment.
    pub async fn test_authorization(
        &self,
        environment: &EnvironmentRecord,
        asked: TestRequest<'_>,
        trail: &mut Trail,
    ) -> Result<AuthorizationRequest, Stop> {
        let name = &environment.environment.name;
        let caller = self.caller(name, asked.client, trail).await?;
        let callback = format!("{}{}", self.settings.issuer(name), asked.page);
        Ok(AuthorizationRequest {
            environment: name.clone(),
            client: asked.client,
            app: caller.stored().app.id,
            callback: CallbackUrl::accepted(callback.clone()),
            redirect_uri: Some(callback),
            scopes: allowed_scopes(caller.stored(), environment),
            state: Some(asked.state.to_owned()),
            response_mode: ResponseMode::Query,
            code_challenge: Some(asked.code_challenge.to_owned()),
            // What customers would see is looked at each time.
            prompt: Prompt { consent: true, ..Prompt::default() },
            login_hint: None,
            domain_name: None,
            test: true,
        })
    }
}

/// The claims in an access token, unread: what a page shows of it.
#[must_use]
pub fn claims_of(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::is_verifier;

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn a_verifier_meets_its_challenge() {
        let Pkce { verifier, challenge } = Pkce::generate(&Zeros);
        assert!(is_verifier(&verifier) && is_verifier(&challenge));
        let terms = crate::CodeTerms { redirect_uri: None, code_challenge: Some(challenge) };
        assert!(terms.check(None, Some(&verifier)).is_ok());
    }

    #[test]
    fn claims_are_the_middle_of_a_token() {
        assert_eq!(claims_of("e30.eyJzdWIiOiJ4In0.sig").as_deref(), Some("{\"sub\":\"x\"}"));
        assert_eq!(claims_of("e30"), None);
        assert_eq!(claims_of("e30.%.x"), None);
    }
}
