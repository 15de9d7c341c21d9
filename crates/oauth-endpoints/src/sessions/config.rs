//! What configuration says of the pages.

use std::time::Duration;

/// Lifetimes and limits of the pages. [`PageConfig::default`] holds the documented defaults.
#[derive(Clone, Debug)]
pub struct PageConfig {
    /// Whether browsers come over TLS: cookies are then `Secure` with the prefix `__Host-`. Off only for development.
    pub secure: bool,
    /// How long a sign-in holds at most; 12 h.
    pub session: Duration,
    /// How long it holds without a page being opened; 1 h.
    pub session_idle: Duration,
    /// How long somebody who signed in, or gave the password again, need not give it for a change that asks for it;
    /// 10 min.
    pub step_up: Duration,
    /// How long a request waits for its answer without a page being opened; 15 min.
    pub transaction: Duration,
    /// How long an e-mailed code works; 10 min.
    pub mailed_code: Duration,
    /// Limits on signing in.
    pub sign_in: SignInLimits,
    /// Authorization requests a minute from one address prefix; 600.
    pub requests_a_minute: u64,
}

/// Limits on signing in.
#[derive(Clone, Debug)]
pub struct SignInLimits {
    /// Tries a minute from one address prefix; 30.
    pub from_prefix_a_minute: u64,
    /// Tries for one e-mail address, known or not, in a [`Self::pause`]; 20.
    pub for_address: u64,
    /// The window of [`Self::for_address`]; 15 min.
    pub pause: Duration,
    /// Failures in a row after which an account is shut until the operator opens it (SP 800-63B-4 §3.2.2); 100.
    pub failures_in_a_row: u32,
    /// Tries for one e-mailed code; 5.
    pub code_tries: u64,
    /// A refused password is answered after a whole number of these, so that the time says nothing; 500 ms.
    pub refusal_step: Duration,
    /// Codes that are mailed to one user in an hour; 6.
    pub codes_an_hour: u64,
    /// How soon another code may be asked for; 30 s.
    pub resend_after: Duration,
}

impl Default for PageConfig {
    fn default() -> Self {
        Self {
            secure: true,
            session: Duration::from_secs(12 * 3600),
            session_idle: Duration::from_secs(3600),
            step_up: Duration::from_secs(10 * 60),
            transaction: Duration::from_secs(15 * 60),
            mailed_code: Duration::from_secs(10 * 60),
            sign_in: SignInLimits::default(),
            requests_a_minute: 600,
        }
    }
}

impl Default for SignInLimits {
    fn default() -> Self {
        Self {
            from_prefix_a_minute: 30,
            for_address: 20,
            pause: Duration::from_secs(15 * 60),
            failures_in_a_row: 100,
            code_tries: 5,
            refusal_step: Duration::from_millis(500),
            codes_an_hour: 6,
            resend_after: Duration::from_secs(30),
        }
    }
}
