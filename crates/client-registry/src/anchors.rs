//! Trust anchors of an app: the authorities whose word it takes for the names of its own clients.

use std::fmt::Write as _;

use certificates::Anchor;
use domain::{AnchorId, AppId, Recognition, Subject, TrustAnchor, Voucher};
use storage::Change;

use crate::certificates::{described, in_use, label};
use crate::work::{Initiator, Work};
use crate::{Registry, RegistryError};

impl Registry {
    /// Adds an authority; several may count at once, so that one can follow another. `pasted` is PEM or DER.
    ///
    /// # Errors
    /// [`RegistryError::CertificateUnreadable`], [`RegistryError::AnchorExpired`], [`RegistryError::InUse`],
    /// [`RegistryError::TooMany`]; the store.
    pub async fn add_anchor(
        &self,
        by: &Initiator,
        app: AppId,
        name: Option<String>,
        pasted: &[u8],
    ) -> Result<TrustAnchor, RegistryError> {
        let mut read = Anchor::read_all(pasted)?.into_iter();
        let (Some(authority), None) = (read.next(), read.next()) else {
            return Err(several_anchors());
        };
        let app = self.live_app(app).await?;
        let known = self.stores.directory.anchors(app.id).await?;
        if let Some(same) = known.iter().find(|known| known.key_digest == authority.key_digest()) {
            return Err(RegistryError::AnchorRegistered(same.id));
        }
        self.require_room_for_anchor(&known)?;
        let mut work = self.work(by);
        let certificate = authority.certificate();
        if certificate.not_after <= work.now {
            return Err(RegistryError::AnchorExpired(certificate.not_after));
        }
        let anchor = TrustAnchor {
            id: AnchorId::generate(&*self.random),
            app: app.id,
            label: label(name, &described(certificate))?,
            der: certificate.der().to_vec(),
            key_digest: authority.key_digest(),
            added_at: work.now,
        };
        work.change(Change::AddAnchor(anchor.clone())).touch(Subject::App(app.id)).record(
            "anchor.added",
            anchor.id,
            app.id,
            words(&anchor),
        );
        // Another app has the same authority and a name of this app's under it.
        work.commit().await.map_err(|error| in_use(error, "a name of this app, under this authority,"))?;
        Ok(anchor)
    }

    pub(crate) fn require_room_for_anchor(&self, known: &[TrustAnchor]) -> Result<(), RegistryError> {
        let limit = self.policy().anchors_per_app;
        if known.len() < limit {
            return Ok(());
        }
        Err(RegistryError::TooMany { what: "trust anchors of this app", limit, remedy: "remove one first" })
    }

    /// Removes an authority. What was got by names under the app's anchors ends too, unless `keep_tokens`: then such
    /// access tokens live until they expire, as suits an authority that was replaced in good time. `force` removes it
    /// even where clients stop working.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::WouldStop`]; the store.
    pub async fn remove_anchor(
        &self,
        by: &Initiator,
        id: AnchorId,
        force: bool,
        keep_tokens: bool,
    ) -> Result<TrustAnchor, RegistryError> {
        let found = self.stores.directory.anchor(id).await?;
        let anchor = found.ok_or_else(|| RegistryError::not_found("trust anchor", id))?;
        let app = self.live_app(anchor.app).await?;
        let held = self.holdings(&app).await?;
        let mut work = self.work(by);
        if !force {
            held.require_living(&held.without_anchor(id), &app, work.now)?;
        }
        take_away(&mut work, &anchor);
        if !keep_tokens {
            for certificate in &held.certificates {
                if matches!(certificate.recognition, Recognition::Named { voucher: Voucher::App, .. }) {
                    work.revoke(Subject::Registration(certificate.id));
                }
            }
        }
        // The app's version is counted up, as when a certificate is removed.
        work.touch(Subject::App(app.id)).change(Change::ReplaceApp(app));
        work.commit().await?;
        Ok(anchor)
    }
}

/// Which of them was meant is not guessed.
pub(crate) fn several_anchors() -> RegistryError {
    RegistryError::invalid("the anchor", "is several certificates; add each by itself")
}

/// Removes an anchor. The app's cached records are for the caller to drop.
pub(crate) fn take_away(work: &mut Work<'_>, anchor: &TrustAnchor) {
    work.change(Change::RemoveAnchor(anchor.id, anchor.app));
    work.record("anchor.removed", anchor.id, anchor.app, words(anchor));
}

fn words(anchor: &TrustAnchor) -> String {
    let mut words = format!("label: {}; SHA-256 of its public key: ", anchor.label);
    for byte in anchor.key_digest {
        let _ = write!(words, "{byte:02x}");
    }
    words
}
