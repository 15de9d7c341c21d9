//! The documents.

use askama::Template;

use super::{CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Example, Frame};

/// The first token in five minutes.
#[derive(Clone, Debug, Template)]
#[template(path = "docs/quickstart.html")]
pub(crate) struct QuickstartPage {
    pub(crate) frame: Frame,
    pub(crate) apps_url: String,
    pub(crate) issuer: String,
    pub(crate) examples: Vec<Example>,
    /// Whether they send a secret.
    pub(crate) needs_secret: bool,
    /// Whose values are shown; words stand in their place where there are none.
    pub(crate) filled: Option<Filled>,
}

/// The app of the reader whose values are shown.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub(crate) app: String,
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) environment: String,
    /// The reader's other apps: name, and the document for it.
    pub(crate) others: Vec<(String, String)>,
}

/// One API key, many connections.
#[derive(Clone, Debug, Template)]
#[template(path = "docs/many_customers.html")]
pub(crate) struct ManyCustomersPage {
    pub(crate) frame: Frame,
    pub(crate) issuer: String,
    pub(crate) key: String,
}

/// For integrations that call Sprinklr's endpoints today.
#[derive(Clone, Debug, Template)]
#[template(path = "docs/moving.html")]
pub(crate) struct MovingPage {
    pub(crate) frame: Frame,
    pub(crate) issuer: String,
    pub(crate) key: String,
}

/// Mutual TLS, from a certificate to *Required*.
#[derive(Clone, Debug, Template)]
#[template(path = "docs/mutual_tls.html")]
pub(crate) struct MutualTlsGuidePage {
    pub(crate) frame: Frame,
    pub(crate) filled: Option<Filled>,
    /// Where the reader's app registers certificates.
    pub(crate) certificates_url: Option<String>,
    pub(crate) key: String,
    pub(crate) issuer: String,
    /// The address that asks for certificates, if this server has one.
    pub(crate) mtls_issuer: Option<String>,
    /// The same, or what stands for it.
    pub(crate) address: String,
    /// How curl says which key it is: an option, in a query, among parameters.
    pub(crate) credentials: [String; 3],
    /// What can be refused for a certificate: code and sentence.
    pub(crate) refusals: Vec<(&'static str, &'static str)>,
}
