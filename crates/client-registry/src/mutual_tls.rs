//! When an app's mutual TLS may be Off, Optional or Required, and who would stop working.

use std::time::Duration;

use certificates::Anchor;
use domain::{
    AnchorId, ApiKey, App, AppId, CertificateId, ClientId, KeyKind, MutualTls, Recognition, RegisteredCertificate,
    Timestamp, TrustAnchor, Voucher,
};
use storage::CertificateUse;

use crate::{Registry, RegistryError};

/// How far back it is counted how clients came: as long as activity is kept by default.
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How far back a key that came without a certificate counts as one that still does.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether one key is ready for mutual TLS to be required.
#[derive(Clone, Debug)]
pub struct KeyReadiness {
    /// The key.
    pub key: ApiKey,
    /// How many registered certificates count for it that can be shown now.
    pub certificates: usize,
    /// How its clients came in the last 30 days.
    pub month: CertificateUse,
    /// How its clients came in the last 24 hours.
    pub day: CertificateUse,
}

impl KeyReadiness {
    /// Whether clients of this key would be refused that are not now: they came without a registered certificate
    /// within the last day.
    #[must_use]
    pub const fn would_be_refused(&self) -> bool {
        self.day.without + self.day.unregistered > 0
    }
}

impl Registry {
    /// What requiring mutual TLS of an app would mean for each key of it that is in use.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::AppDeleted`]; the store.
    pub async fn readiness(&self, app: AppId) -> Result<Vec<KeyReadiness>, RegistryError> {
        let app = self.live_app(app).await?;
        let held = self.holdings(&app).await?;
        let now = self.clock.now();
        let month = self.stores.activity.certificate_use(app.id, now - MONTH).await?;
        let day = self.stores.activity.certificate_use(app.id, now - DAY).await?;
        let of = |uses: &[(ClientId, CertificateUse)], key: ClientId| {
            uses.iter().find(|(used, _)| *used == key).map(|(_, uses)| *uses).unwrap_or_default()
        };
        let living = held.keys.iter().filter(|key| key.is_usable(now));
        Ok(living
            .map(|key| KeyReadiness {
                certificates: held.counting(key, now),
                month: of(&month, key.id),
                day: of(&day, key.id),
                key: key.clone(),
            })
            .collect())
    }

    /// Whether `after` may have its mutual TLS, in place of what `before` has.
    pub(crate) async fn check_mutual_tls(
        &self,
        before: &App,
        after: &App,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        if after.mutual_tls == MutualTls::Required && after.accepts_legacy_parameters(now) {
            return Err(RegistryError::LegacyParametersWithRequired);
        }
        if before.mutual_tls == after.mutual_tls {
            return Ok(());
        }
        let held = self.holdings(after).await?;
        match after.mutual_tls {
            MutualTls::Off => {
                let needing = |key: &&ApiKey| key.kind.needs_certificate() && key.is_usable(now);
                let stopping: Vec<_> = held.keys.iter().filter(needing).map(|key| key.id).collect();
                if stopping.is_empty() { Ok(()) } else { Err(RegistryError::CertificateKeysActive(stopping)) }
            }
            MutualTls::Optional => Ok(()),
            MutualTls::Required if held.has_any(now) => Ok(()),
            MutualTls::Required => Err(RegistryError::NoCertificate),
        }
    }
}

/// Whether a key of `kind` can be of use to `app`.
pub(crate) fn check_kind(kind: KeyKind, app: &App) -> Result<(), RegistryError> {
    if kind.needs_certificate() && app.mutual_tls == MutualTls::Off { Err(RegistryError::MutualTlsOff) } else { Ok(()) }
}

/// What an app has registered, with its keys.
#[derive(Clone)]
pub(crate) struct Holdings {
    pub(crate) keys: Vec<ApiKey>,
    pub(crate) certificates: Vec<RegisteredCertificate>,
    pub(crate) anchors: Vec<TrustAnchor>,
}

impl Holdings {
    pub(crate) fn without_certificate(&self, id: CertificateId) -> Self {
        let mut rest = self.clone();
        rest.certificates.retain(|certificate| certificate.id != id);
        rest
    }

    pub(crate) fn without_anchor(&self, id: AnchorId) -> Self {
        let mut rest = self.clone();
        rest.anchors.retain(|anchor| anchor.id != id);
        rest
    }

    /// Fails for the keys of `app` that need a certificate, have one now and would have none when `rest` is what is
    /// left.
    pub(crate) fn require_living(&self, rest: &Self, app: &App, now: Timestamp) -> Result<(), RegistryError> {
        let needs = |key: &ApiKey| app.mutual_tls == MutualTls::Required || key.kind.needs_certificate();
        let living = self.keys.iter().filter(|key| key.is_usable(now) && needs(key));
        let stopping: Vec<_> = living
            .filter(|key| self.counting(key, now) > 0 && rest.counting(key, now) == 0)
            .map(|key| key.id)
            .collect();
        if stopping.is_empty() { Ok(()) } else { Err(RegistryError::WouldStop(stopping)) }
    }

    /// How many certificates a client of `key` could show now.
    fn counting(&self, key: &ApiKey, now: Timestamp) -> usize {
        self.certificates.iter().filter(|one| one.is_for(key.id) && self.can_be_shown(one, now)).count()
    }

    fn has_any(&self, now: Timestamp) -> bool {
        self.certificates.iter().any(|one| self.can_be_shown(one, now))
    }

    /// A name under the app's anchors counts while one of them does. What the operator's anchors are is not known
    /// here.
    fn can_be_shown(&self, certificate: &RegisteredCertificate, now: Timestamp) -> bool {
        let vouched = match certificate.recognition {
            Recognition::Named { voucher: Voucher::App, .. } => {
                self.anchors.iter().any(|anchor| Anchor::read(&anchor.der).is_ok_and(|anchor| anchor.is_valid(now)))
            }
            Recognition::Named { voucher: Voucher::Operator, .. } | Recognition::Exact { .. } => true,
        };
        vouched && certificate.is_valid(now)
    }
}
