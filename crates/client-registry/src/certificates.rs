//! Registered certificates: what an app says that its clients hold (RFC 8705 §2).

use certificates::{Certificate, Chain, NameKind, judge_exact, name};
use domain::{
    App, AppId, CertificateId, CertificateName, ClientId, Recognition, RegisteredCertificate, Subject, Voucher,
};
use storage::Change;

use crate::mutual_tls::Holdings;
use crate::text::line;
use crate::work::{Initiator, Work};
use crate::{Registry, RegistryError};

/// The longest name that is registered: what an index can hold.
const LONGEST_NAME: usize = 2048;
/// The longest label.
const LONGEST_LABEL: usize = 60;

/// For whom something is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// For every key of this app.
    App(AppId),
    /// For this key alone.
    Key(ClientId),
}

/// What a new registration is made of, beside the certificate itself.
#[derive(Clone, Debug)]
pub struct CertificateDraft {
    /// For whom.
    pub holder: Holder,
    /// What the team calls it; 1 to 60 characters, taken from the certificate or name when left out.
    pub label: Option<String>,
}

impl Registry {
    /// Registers this very certificate, whoever issued it. `pasted` is PEM or DER, with or without its chain; of what
    /// is refused nothing is kept.
    ///
    /// One that is not valid yet can be registered ahead of its time.
    ///
    /// # Errors
    /// [`RegistryError::CertificateUnreadable`], [`RegistryError::CertificateUnfit`],
    /// [`RegistryError::CertificateRegistered`], [`RegistryError::InUse`], [`RegistryError::TooMany`]; the store.
    pub async fn add_certificate(
        &self,
        by: &Initiator,
        draft: CertificateDraft,
        pasted: &[u8],
    ) -> Result<RegisteredCertificate, RegistryError> {
        let chain = Chain::read(pasted)?;
        let own = chain.own();
        let now = self.clock.now();
        judge_exact(&chain.as_presented(), &[], &[], now.max(own.not_before))?;
        let recognition = Recognition::Exact {
            thumbprint: own.thumbprint,
            der: own.der().to_vec(),
            not_before: own.not_before,
            not_after: own.not_after,
        };
        self.register(by, draft, recognition, &described(own)).await
    }

    /// Registers a name, under the app's own trust anchors or, for the operator, under those that vouch for names. A
    /// certificate of that name counts from its first use on, and so do its renewals.
    ///
    /// # Errors
    /// [`RegistryError::CertificateName`], [`RegistryError::NoAnchor`], and those of [`Self::add_certificate`].
    pub async fn add_certificate_name(
        &self,
        by: &Initiator,
        draft: CertificateDraft,
        written: (NameKind, &str),
        voucher: Voucher,
    ) -> Result<RegisteredCertificate, RegistryError> {
        let (kind, text) = written;
        let name = name(kind, text)?;
        let (_, value) = name_words(&name);
        if value.len() > LONGEST_NAME {
            let problem = format!("is longer than {LONGEST_NAME} bytes; register the certificate itself");
            return Err(RegistryError::invalid("the name", problem));
        }
        let described = value.to_owned();
        self.register(by, draft, Recognition::Named { name, voucher }, &described).await
    }

    async fn register(
        &self,
        by: &Initiator,
        draft: CertificateDraft,
        recognition: Recognition,
        described: &str,
    ) -> Result<RegisteredCertificate, RegistryError> {
        let (app, key) = self.holder(draft.holder).await?;
        let known = self.stores.directory.certificates(app.id).await?;
        if let Some(same) = known.iter().find(|known| recognises_the_same(&known.recognition, &recognition)) {
            return Err(RegistryError::CertificateRegistered(same.id));
        }
        self.require_room_for_certificate(&known)?;
        if matches!(recognition, Recognition::Named { voucher: Voucher::App, .. })
            && self.stores.directory.anchors(app.id).await?.is_empty()
        {
            return Err(RegistryError::NoAnchor);
        }
        let mut work = self.work(by);
        let certificate = RegisteredCertificate {
            id: CertificateId::generate(&*self.random),
            app: app.id,
            key,
            label: label(draft.label, described)?,
            recognition,
            added_at: work.now,
            last_used_at: None,
        };
        work.change(Change::AddCertificate(certificate.clone())).touch(Subject::App(app.id)).record(
            "certificate.added",
            certificate.id,
            app.id,
            recognition_words(&certificate),
        );
        work.commit().await.map_err(|error| in_use(error, CERTIFICATE_OR_NAME))?;
        Ok(certificate)
    }

    pub(crate) fn require_room_for_certificate(&self, known: &[RegisteredCertificate]) -> Result<(), RegistryError> {
        let limit = self.policy().certificates_per_app;
        if known.len() < limit {
            return Ok(());
        }
        let remedy = "remove one that is not used";
        Err(RegistryError::TooMany { what: "registered certificates of this app", limit, remedy })
    }

    /// Removes a registered certificate: tokens that are bound to it end at once, those of the app's other
    /// certificates live on. `force` removes it even where clients stop working.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::WouldStop`]; the store.
    pub async fn remove_certificate(
        &self,
        by: &Initiator,
        id: CertificateId,
        force: bool,
    ) -> Result<RegisteredCertificate, RegistryError> {
        let found = self.stores.directory.certificate(id).await?;
        let certificate = found.ok_or_else(|| RegistryError::not_found("registered certificate", id))?;
        let app = self.live_app(certificate.app).await?;
        let mut work = self.work(by);
        if !force {
            let before = self.holdings(&app).await?;
            before.require_living(&before.without_certificate(id), &app, work.now)?;
        }
        take_away(&mut work, &certificate);
        // The app's version is counted up: of two removals at once, or one beside an edit, one is told to look again.
        work.touch(Subject::App(app.id)).change(Change::ReplaceApp(app));
        work.commit().await?;
        Ok(certificate)
    }

    /// The app and, where it is for one alone, the key.
    async fn holder(&self, holder: Holder) -> Result<(App, Option<ClientId>), RegistryError> {
        match holder {
            Holder::App(app) => Ok((self.live_app(app).await?, None)),
            Holder::Key(key) => {
                let key = self.unrevoked_key(key).await?;
                Ok((self.live_app(key.app).await?, Some(key.id)))
            }
        }
    }

    /// All that `app` has registered, with its keys.
    pub(crate) async fn holdings(&self, app: &App) -> Result<Holdings, RegistryError> {
        let directory = &self.stores.directory;
        Ok(Holdings {
            keys: directory.keys(app.id).await?,
            certificates: directory.certificates(app.id).await?,
            anchors: directory.anchors(app.id).await?,
        })
    }
}

/// Removes a certificate and ends what is bound to it. The app's cached records are for the caller to drop.
pub(crate) fn take_away(work: &mut Work<'_>, certificate: &RegisteredCertificate) {
    work.change(Change::RemoveCertificate(certificate.id, certificate.app))
        .revoke(Subject::Registration(certificate.id));
    if let Recognition::Exact { thumbprint, .. } = &certificate.recognition {
        work.revoke(Subject::Certificate(*thumbprint));
    }
    work.record("certificate.removed", certificate.id, certificate.app, recognition_words(certificate));
}

/// Whether no client could show one without showing the other.
fn recognises_the_same(one: &Recognition, other: &Recognition) -> bool {
    match (one, other) {
        (Recognition::Exact { thumbprint: one, .. }, Recognition::Exact { thumbprint: other, .. }) => one == other,
        (one, other) => one == other,
    }
}

/// What is said to be in use where another app has it.
pub(crate) const CERTIFICATE_OR_NAME: &str = "this certificate or name";

/// What stands against adding something that exists is told to nobody: it may be another team's.
pub(crate) fn in_use(error: RegistryError, what: &'static str) -> RegistryError {
    match error {
        RegistryError::Exists { .. } => RegistryError::InUse { what },
        other => other,
    }
}

/// The label that was given, or one made of what was registered.
pub(crate) fn label(given: Option<String>, described: &str) -> Result<String, RegistryError> {
    if let Some(given) = given {
        return line("label", &given, 1, LONGEST_LABEL);
    }
    let short: String = described.chars().take(LONGEST_LABEL).collect();
    Ok(line("label", &short, 1, LONGEST_LABEL).unwrap_or_else(|_| "unnamed".to_owned()))
}

/// A certificate in one line, for people.
pub(crate) fn described(certificate: &Certificate) -> String {
    if certificate.subject.is_empty() { certificate.fingerprint() } else { certificate.subject.clone() }
}

/// A name as its kind and its value.
pub(crate) fn name_words(name: &CertificateName) -> (&'static str, &str) {
    match name {
        CertificateName::Subject(value) => ("subject", value),
        CertificateName::Dns(value) => ("dns", value),
        CertificateName::Uri(value) => ("uri", value),
        CertificateName::Ip(value) => ("ip", value),
        CertificateName::Email(value) => ("email", value),
    }
}

fn recognition_words(certificate: &RegisteredCertificate) -> String {
    let what = match &certificate.recognition {
        Recognition::Exact { thumbprint, not_after, .. } => format!("x5t#S256: {thumbprint}; ends {not_after}"),
        Recognition::Named { name, voucher } => {
            let (kind, value) = name_words(name);
            let under = match voucher {
                Voucher::App => "the app's anchors",
                Voucher::Operator => "the operator's anchors",
            };
            format!("{kind}: {value}; under {under}")
        }
    };
    let whose = certificate.key.map(|key| format!("; for API key {key} alone")).unwrap_or_default();
    format!("label: {}; {what}{whose}", certificate.label)
}
