//! What an app says its clients hold: certificates, names of certificates, and the authorities whose word it takes.

use askama::Template;
use oauth_endpoints::pages::{FormPost, Moment};

use super::{Action, CONSOLE_SCRIPT, CONSOLE_STYLESHEET, Choice, Example, Frame, Head, Problem};

/// All that an app has registered.
#[derive(Clone, Debug, Template)]
#[template(path = "certificates.html")]
pub(crate) struct CertificatesPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    /// *Enable Mutual TLS Authentication*: Off, Optional or Required, and what that means.
    pub(crate) mutual_tls: (&'static str, &'static str),
    /// The document for this app.
    pub(crate) guide_url: String,
    pub(crate) urls: Option<CertificateUrls>,
    pub(crate) certificates: Vec<CertificateCard>,
    pub(crate) anchors: Vec<CertificateCard>,
    pub(crate) echo: Option<Example>,
    pub(crate) refusals: Vec<CertificateRefusal>,
}

/// Where things are changed, for those who may.
#[derive(Clone, Debug)]
pub(crate) struct CertificateUrls {
    pub(crate) mutual_tls: String,
    pub(crate) add: String,
    pub(crate) add_name: String,
    pub(crate) add_anchor: String,
}

/// Something that is registered.
#[derive(Clone, Debug)]
pub(crate) struct CertificateCard {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) standing: Standing,
    /// The label of the only API key that it is for.
    pub(crate) key: Option<String>,
    pub(crate) added_at: Moment,
    pub(crate) last_used_at: Option<Moment>,
    /// The kind of name and the name, if it is one.
    pub(crate) name: Option<(&'static str, String, &'static str)>,
    /// What the certificate says, if it is one.
    pub(crate) view: Option<CertificateView>,
    /// Taking it away, for those who may.
    pub(crate) remove: Option<Action>,
    /// Whether it can have been used.
    pub(crate) is_anchor: bool,
}

/// Whether a certificate counts at this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// `good`, `warn` or `bad`.
    pub(crate) tone: &'static str,
    pub(crate) words: String,
}

/// What one certificate says.
#[derive(Clone, Debug)]
pub(crate) struct CertificateView {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) fingerprint: String,
    /// x5t#S256.
    pub(crate) thumbprint: String,
    pub(crate) key: String,
    pub(crate) usages: String,
    /// Its alternative names, each with its kind.
    pub(crate) names: Vec<(&'static str, String)>,
    pub(crate) from: Moment,
    pub(crate) until: Moment,
}

/// An attempt that was refused for its certificate.
#[derive(Clone, Debug)]
pub(crate) struct CertificateRefusal {
    pub(crate) at: Moment,
    pub(crate) code: &'static str,
    pub(crate) sentence: &'static str,
    pub(crate) count: u64,
    pub(crate) key: Option<String>,
    /// The attempt, where it is kept by itself.
    pub(crate) url: Option<String>,
}

/// Asks for a certificate.
#[derive(Clone, Debug, Template)]
#[template(path = "paste_certificate.html")]
pub(crate) struct PastePage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) title: &'static str,
    pub(crate) about: &'static str,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) label: String,
    /// For which key it can be; none where that is not asked.
    pub(crate) keys: Vec<Choice>,
    pub(crate) back_url: String,
}

/// Shows what a certificate says before it is registered.
#[derive(Clone, Debug, Template)]
#[template(path = "look_at_certificate.html")]
pub(crate) struct LookPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) title: &'static str,
    pub(crate) view: CertificateView,
    pub(crate) standing: Standing,
    /// What it will do.
    pub(crate) notes: Vec<String>,
    /// Registers it; none where something is against that.
    pub(crate) form: Option<FormPost>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    pub(crate) button: &'static str,
    pub(crate) again_url: String,
    pub(crate) back_url: String,
}

/// Asks for a name of certificates.
#[derive(Clone, Debug, Template)]
#[template(path = "certificate_name.html")]
pub(crate) struct CertificateNamePage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    /// The authorities that vouch for it.
    pub(crate) anchors: Vec<String>,
    pub(crate) add_anchor_url: String,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) keys: Vec<Choice>,
    pub(crate) back_url: String,
}

/// *Enable Mutual TLS Authentication*.
#[derive(Clone, Debug, Template)]
#[template(path = "mutual_tls.html")]
pub(crate) struct MutualTlsPage {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) form: FormPost,
    pub(crate) problems: Vec<Problem>,
    pub(crate) needs_password: bool,
    pub(crate) choices: Vec<MutualTlsChoice>,
    pub(crate) keys: Vec<KeyReady>,
    /// How many of the last month's calls came with a registered certificate.
    pub(crate) share: Option<String>,
    /// Whether clients would be refused that are not now.
    pub(crate) asks_for_force: bool,
    pub(crate) forced: bool,
    pub(crate) back_url: String,
}

/// One of its three states.
#[derive(Clone, Debug)]
pub(crate) struct MutualTlsChoice {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) chosen: bool,
    /// Why it cannot be chosen.
    pub(crate) closed: Option<String>,
}

/// How the clients of one key came.
#[derive(Clone, Debug)]
pub(crate) struct KeyReady {
    pub(crate) label: String,
    pub(crate) id: String,
    /// How many certificates they can show now.
    pub(crate) certificates: usize,
    /// With a registered certificate, with another, and without one; of the last month.
    pub(crate) month: [u64; 3],
    /// The same of the last day.
    pub(crate) day: [u64; 3],
    pub(crate) would_be_refused: bool,
}
