//! What an app has registered, and what a change of it would mean, before it is made: for pages that ask first.

use certificates::{Anchor, Certificate, Chain, ReadError, judge_exact};
use domain::{AnchorId, App, CertificateId, ClientId, MutualTls, Recognition, RegisteredCertificate, TrustAnchor};

use crate::anchors::several_anchors;
use crate::certificates::CERTIFICATE_OR_NAME;
use crate::{Permitted, Registry, RegistryError};

/// What an app has registered.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Certificates and names of certificates, oldest first.
    pub certificates: Vec<RegisteredCertificate>,
    /// The authorities whose word the app takes, oldest first.
    pub anchors: Vec<TrustAnchor>,
}

/// A certificate that may be registered, and what is said against it.
#[derive(Debug)]
pub struct Examined {
    /// What it says.
    pub certificate: Certificate,
    /// Why it cannot be registered, as it would be said then. Another app may take it in between.
    pub against: Option<RegistryError>,
    /// Those of the app's registrations by name that certificates with its names fall under.
    pub falls_under: Vec<RegisteredCertificate>,
}

/// Something that an app has registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// A certificate, or a name of certificates.
    Certificate(CertificateId),
    /// An authority.
    Anchor(AnchorId),
}

impl Registry {
    /// What an app has registered.
    ///
    /// # Errors
    /// The store.
    pub async fn registered_of(&self, app: &Permitted<App>) -> Result<Registered, RegistryError> {
        let directory = &self.stores.directory;
        Ok(Registered {
            certificates: directory.certificates(app.id).await?,
            anchors: directory.anchors(app.id).await?,
        })
    }

    /// Reads what would be given to [`Self::add_certificate`]. Nothing of it is kept.
    ///
    /// # Errors
    /// [`RegistryError::CertificateUnreadable`]; the store.
    pub async fn examine_certificate(&self, app: &Permitted<App>, pasted: &[u8]) -> Result<Examined, RegistryError> {
        let chain = Chain::read(pasted)?;
        let certificate = chain.own().clone();
        let known = self.stores.directory.certificates(app.id).await?;
        let thumbprint = certificate.thumbprint;
        let is_it = |known: &&RegisteredCertificate| matches!(&known.recognition, Recognition::Exact { thumbprint: its, .. } if *its == thumbprint);
        let now = self.clock.now().max(certificate.not_before);
        let against = if let Some(same) = known.iter().find(is_it) {
            Some(RegistryError::CertificateRegistered(same.id))
        } else if let Err(fault) = judge_exact(&chain.as_presented(), &[], &[], now) {
            Some(fault.into())
        } else if self.stores.directory.is_certificate_registered(&thumbprint).await? {
            Some(RegistryError::InUse { what: CERTIFICATE_OR_NAME })
        } else {
            self.require_room_for_certificate(&known).err()
        };
        let names = certificate.names();
        let has_name = |known: &RegisteredCertificate| matches!(&known.recognition, Recognition::Named { name, .. } if names.contains(name));
        let falls_under = known.into_iter().filter(has_name).collect();
        Ok(Examined { certificate, against, falls_under })
    }

    /// Reads what would be given to [`Self::add_anchor`]. Nothing of it is kept.
    ///
    /// # Errors
    /// [`RegistryError::CertificateUnreadable`]; the store.
    pub async fn examine_anchor(&self, app: &Permitted<App>, pasted: &[u8]) -> Result<Examined, RegistryError> {
        let anchors = Anchor::read_all(pasted)?;
        let first = anchors.first().ok_or(ReadError::NotACertificate)?;
        let certificate = first.certificate().clone();
        let known = self.stores.directory.anchors(app.id).await?;
        let same = known.iter().find(|known| known.key_digest == first.key_digest());
        let against = if anchors.len() > 1 {
            Some(several_anchors())
        } else if let Some(same) = same {
            Some(RegistryError::AnchorRegistered(same.id))
        } else if certificate.not_after <= self.clock.now() {
            Some(RegistryError::AnchorExpired(certificate.not_after))
        } else {
            self.require_room_for_anchor(&known).err()
        };
        Ok(Examined { certificate, against, falls_under: Vec::new() })
    }

    /// The keys of the app whose clients would have nothing to show any more without `held`.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], also for what another app has; the store.
    pub async fn stopped_without(&self, app: &Permitted<App>, held: Held) -> Result<Vec<ClientId>, RegistryError> {
        let before = self.holdings(app).await?;
        let after = match held {
            Held::Certificate(id) if before.certificates.iter().any(|its| its.id == id) => {
                before.without_certificate(id)
            }
            Held::Anchor(id) if before.anchors.iter().any(|its| its.id == id) => before.without_anchor(id),
            Held::Certificate(id) => return Err(RegistryError::not_found("registered certificate", id)),
            Held::Anchor(id) => return Err(RegistryError::not_found("trust anchor", id)),
        };
        match before.require_living(&after, app, self.clock.now()) {
            Ok(()) => Ok(Vec::new()),
            Err(RegistryError::WouldStop(keys)) => Ok(keys),
            Err(error) => Err(error),
        }
    }

    /// Whether mutual TLS of the app may be `wanted`.
    ///
    /// # Errors
    /// Why not; the store.
    pub async fn may_set_mutual_tls(&self, app: &Permitted<App>, wanted: MutualTls) -> Result<(), RegistryError> {
        let after = App { mutual_tls: wanted, ..(**app).clone() };
        self.check_mutual_tls(app, &after, self.clock.now()).await
    }
}
