//! What the rules need to know of this server and its operator.

use url::{Origin, Url};

use super::{CallbackException, MAX_CALLBACK_URL_BYTES, Violation};

/// The server's own origins, the operator's exceptions and the longest URL.
#[derive(Clone, Debug)]
pub struct CallbackPolicy {
    /// Origins that this server answers at; no callback may point back to them.
    pub own_origins: Vec<Origin>,
    /// Hosts that the operator takes although they are not public.
    pub exceptions: Vec<CallbackException>,
    /// The longest callback URL, in bytes.
    pub max_bytes: usize,
}

impl Default for CallbackPolicy {
    fn default() -> Self {
        Self { own_origins: Vec::new(), exceptions: Vec::new(), max_bytes: MAX_CALLBACK_URL_BYTES }
    }
}

impl CallbackPolicy {
    /// The public rules, for a server that answers at `own_urls`.
    #[must_use]
    pub fn for_server(own_urls: &[Url]) -> Self {
        Self { own_origins: own_urls.iter().map(Url::origin).collect(), ..Self::default() }
    }

    /// Adds what the operator takes beside the public rules.
    #[must_use]
    pub fn with_exceptions(mut self, exceptions: Vec<CallbackException>) -> Self {
        self.exceptions.extend(exceptions);
        self
    }

    /// No exception lifts this: a code sent to ourselves could be read by any page we serve.
    pub(super) fn check_own_origin(&self, url: &Url, found: &mut Vec<Violation>) {
        let origin = url.origin();
        if origin.is_tuple() && self.own_origins.contains(&origin) {
            found.push(Violation::OwnOrigin { origin: origin.ascii_serialization() });
        }
    }

    pub(super) fn takes_host(&self, url: &Url) -> bool {
        self.exceptions.iter().any(|exception| exception.takes_host(url))
    }

    pub(super) fn takes_plain_http(&self, url: &Url) -> bool {
        self.exceptions.iter().any(|exception| exception.takes_plain_http(url))
    }
}
