//! Clients that show certificates, at the listener of the replicas that asks for them.

use std::sync::OnceLock;

use tempfile::TempDir;
use testkit::{Authority, Issued, http_client};

use super::{Client, Kind, Stores, World, in_both_worlds_with, tell};

/// What the replicas show of themselves.
struct Front {
    authority: Authority,
    settings: Vec<String>,
    _folder: TempDir,
}

fn front() -> &'static Front {
    static FRONT: OnceLock<Front> = OnceLock::new();
    FRONT.get_or_init(|| {
        let authority = Authority::new("Servers");
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let (certificate, key) = authority.server(&[]).write_into(folder.path());
        let settings = vec![
            "mtls.listen=127.0.0.1:0".to_owned(),
            "mtls.public_url=https://mtls.id.example.com".to_owned(),
            format!("mtls.certificate={}", certificate.display()),
            format!("mtls.key={}", key.display()),
            "verify.listen=127.0.0.1:0".to_owned(),
            "verify.form=rfc9440".to_owned(),
        ];
        Front { authority, settings, _folder: folder }
    })
}

/// Tells the story on both pairs of stores, to replicas that ask for certificates.
pub(crate) fn over_mutual_tls(story: impl AsyncFn(&World)) {
    let settings: Vec<&str> = front().settings.iter().map(String::as_str).collect();
    in_both_worlds_with(&settings, story);
}

/// Tells the story to two replicas over one PostgreSQL and one Redis, which follow the log at its default pace.
pub(crate) fn over_mutual_tls_on_two_replicas(story: impl AsyncFn(&World)) {
    let settings: Vec<&str> = front().settings.iter().map(String::as_str).chain(["freshness.poll=250ms"]).collect();
    tell(&Stores::new(Kind::Shared), &settings, 2, &story);
}

impl Client<'_> {
    /// The same client at the listener for certificates, showing this one with its key.
    pub(crate) fn showing(&self, certificate: &Issued) -> Self {
        self.showing_with(certificate, &[])
    }

    /// As [`Self::showing`], with the certificates of these authorities behind it.
    pub(crate) fn showing_with(&self, certificate: &Issued, above: &[&Authority]) -> Self {
        let above: String = above.iter().map(|authority| authority.pem()).collect();
        let pem = format!("{}{above}{}", certificate.pem(), certificate.key_pem());
        let identity = reqwest::Identity::from_pem(pem.as_bytes()).expect("a certificate and its key");
        self.at_the_listener(http_client(&[&front().authority]).identity(identity))
    }

    /// The same client at the listener for certificates, showing none.
    pub(crate) fn showing_none(&self) -> Self {
        self.at_the_listener(http_client(&[&front().authority]))
    }

    fn at_the_listener(&self, http: reqwest::ClientBuilder) -> Self {
        let address = self.world.addresses().mutual_tls.expect("the story is told over mutual TLS");
        let http = http.build().expect("the client needs nothing of the machine");
        self.through(http, format!("https://localhost:{}", address.port()))
    }
}
