//! Registered certificates that are about to end: an event 30, 14, 7 and 1 days before, and a gauge.
//!
//! An event is a line of the log and an audit record of the certificate. The record is also how it is remembered that
//! the event was: over restarts, and by the other replicas. A claim keeps two replicas that look at once from both
//! writing it; while the store of claims is out of reach the event waits for the next look.

use std::sync::Arc;
use std::time::Duration;

use domain::{Actor, AuditRecord, Clock, Recognition, RegisteredCertificate, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry as Meters;
use storage::{ActivityLog, BrowserState, Directory, StoreError};

/// How often certificates are looked at.
pub(super) const LOOKS: Duration = Duration::from_secs(60 * 60);
/// How many days before the end, the longest first, with the word of the gauge's label.
const THRESHOLDS: [(u32, &str); 4] = [(30, "30d"), (14, "14d"), (7, "7d"), (1, "1d")];
/// A claim is over by the next look.
const CLAIM: Duration = Duration::from_secs(50 * 60);
/// Certificates of one look at most; those that end later wait until these have ended or were removed.
const MOST: u32 = 10_000;
/// Audit records of one certificate that are looked through; it has a handful.
const RECORDS: u32 = 50;
/// The audit record's action.
const ACTION: &str = "certificate.expiring";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WithinLabels {
    within: &'static str,
}

/// Looks after the ends of registered certificates.
pub(super) struct Expiries {
    directory: Arc<dyn Directory>,
    trail: Arc<dyn ActivityLog>,
    claims: Arc<dyn BrowserState>,
    clock: Arc<dyn Clock>,
    expiring: Family<WithinLabels, Gauge>,
}

/// The stores that are looked at and written to.
pub(super) struct Stores {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) trail: Arc<dyn ActivityLog>,
    pub(super) claims: Arc<dyn BrowserState>,
}

impl Expiries {
    /// With its gauge entered in `meters`.
    pub(super) fn registered(stores: Stores, clock: Arc<dyn Clock>, meters: &mut Meters) -> Self {
        let expiring = Family::default();
        meters.register(
            "client_certificates_expiring",
            "Registered certificates of clients that end within so many days",
            expiring.clone(),
        );
        let Stores { directory, trail, claims } = stores;
        Self { directory, trail, claims, clock, expiring }
    }

    /// Sets the gauge, and tells of each certificate that has come closer to its end than a threshold.
    pub(super) async fn look(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let horizon = THRESHOLDS.first().map_or(Duration::ZERO, |(number, _)| days(*number));
        let ending = self.directory.certificates_ending(now, now + horizon, MOST).await?;
        let left: Vec<_> = ending.iter().filter_map(|one| Some((one, end(one)?.since(now)))).collect();
        for (number, within) in THRESHOLDS {
            let count = left.iter().filter(|(_, left)| *left <= days(number)).count();
            let gauge = self.expiring.get_or_create(&WithinLabels { within });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        for (certificate, left) in left {
            if let Some((_, within)) = THRESHOLDS.iter().rfind(|(number, _)| left <= days(*number)) {
                self.tell(certificate, within, now).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, certificate: &RegisteredCertificate, within: &str, now: Timestamp) -> Result<(), StoreError> {
        let target = certificate.id.to_string();
        let Some(end) = end(certificate) else { return Ok(()) };
        let detail = format!("within: {within}; ends {end}; label: {}", certificate.label);
        let told = self.trail.audit(Some(&target), RECORDS).await?;
        if told.iter().any(|record| record.action == ACTION && record.detail == detail) {
            return Ok(());
        }
        if !self.claims.claim(&format!("certificate-expiring:{target}:{within}"), CLAIM).await? {
            return Ok(());
        }
        tracing::warn!(
            certificate = %certificate.id,
            app = %certificate.app,
            label = certificate.label,
            %end,
            within,
            "a registered certificate ends soon; register the one that follows it"
        );
        self.trail
            .record(&AuditRecord {
                at: now,
                actor: Actor::Server,
                action: ACTION,
                target,
                app: Some(certificate.app),
                customer: None,
                detail,
                request: None,
            })
            .await
    }
}

fn end(certificate: &RegisteredCertificate) -> Option<Timestamp> {
    match certificate.recognition {
        Recognition::Exact { not_after, .. } => Some(not_after),
        Recognition::Named { .. } => None,
    }
}

fn days(number: u32) -> Duration {
    Duration::from_secs(24 * 60 * 60) * number
}

#[cfg(test)]
mod tests {
    use domain::{
        App, AppId, ApplicationKind, CertificateId, Lifetimes, MutualTls, Publisher, ScopeSet, TeamId, Thumbprint,
    };
    use storage::{Change, InProcess, InProcessLimits, Unit, Units as _};
    use storage_diesel::{DieselStore, Options, migrate};
    use testkit::FrozenClock;

    use super::*;

    struct Scene {
        store: Arc<DieselStore>,
        claims: Arc<InProcess>,
        clock: Arc<FrozenClock>,
        _folder: tempfile::TempDir,
    }

    const CERTIFICATE: CertificateId = CertificateId::from_bytes([7; 16]);

    impl Scene {
        /// A certificate that ends in 40 days.
        async fn new() -> Self {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let url = format!("sqlite:{}", folder.path().join("countersign.sqlite").display());
            migrate(&url, &Options::default()).await.expect("an empty database can be migrated");
            let store = DieselStore::connect(&url, Options::default()).await.expect("the database opens");
            let clock = Arc::new(FrozenClock::at(Timestamp::from_seconds(1_000_000)));
            let now = clock.now();
            let changes = vec![Change::AddApp(app(now)), Change::AddCertificate(certificate(now))];
            store.commit(Unit { changes, ..Unit::default() }).await.expect("nothing stands against it");
            let claims = Arc::new(InProcess::new(Arc::clone(&clock) as _, InProcessLimits::default()));
            Self { store, claims, clock, _folder: folder }
        }

        fn replica(&self) -> Expiries {
            let stores = Stores {
                directory: Arc::clone(&self.store) as _,
                trail: Arc::clone(&self.store) as _,
                claims: Arc::clone(&self.claims) as _,
            };
            Expiries::registered(stores, Arc::clone(&self.clock) as _, &mut Meters::default())
        }

        async fn told(&self) -> Vec<String> {
            let records = self.store.audit(Some(&CERTIFICATE.to_string()), 100).await.expect("the store answers");
            let within = |detail: &str| detail.split(';').next().unwrap_or_default().to_owned();
            records.iter().rev().map(|record| within(&record.detail)).collect()
        }
    }

    fn app(now: Timestamp) -> App {
        App {
            id: AppId::from_bytes([6; 16]),
            team: TeamId::from_bytes([5; 16]),
            name: "Report Bot".into(),
            description: "Copies reports".into(),
            publisher: Publisher { name: "Bots".into(), verified: false },
            support_email: None,
            homepage_url: None,
            privacy_url: None,
            kind: ApplicationKind::Web,
            callback_urls: vec![],
            client_credentials: false,
            mutual_tls: MutualTls::Optional,
            rotate_refresh_tokens: false,
            legacy_parameters_until: None,
            environments: vec![],
            scopes: ScopeSet::default(),
            lifetimes: Lifetimes::default(),
            created_at: now,
            deleted_at: None,
            version: 1,
        }
    }

    fn certificate(now: Timestamp) -> RegisteredCertificate {
        RegisteredCertificate {
            id: CERTIFICATE,
            app: AppId::from_bytes([6; 16]),
            key: None,
            label: "Bot".into(),
            recognition: Recognition::Exact {
                thumbprint: Thumbprint::from_digest([1; 32]),
                der: vec![],
                not_before: now,
                not_after: now + days(40),
            },
            added_at: now,
            last_used_at: None,
        }
    }

    #[tokio::test]
    async fn each_threshold_is_told_once_over_replicas_and_restarts() {
        let scene = Scene::new().await;
        let (one, two) = (scene.replica(), scene.replica());
        let mut expected = Vec::new();
        for (passed, within) in [(0, None), (10, Some("30d")), (12, None), (26, Some("14d")), (33, Some("7d"))] {
            scene.clock.set(Timestamp::from_seconds(1_000_000) + days(passed));
            let (first, second) = tokio::join!(one.look(), two.look());
            first.and(second).expect("the stores answer");
            scene.replica().look().await.expect("the stores answer");
            expected.extend(within.map(|within| format!("within: {within}")));
            assert_eq!(scene.told().await, expected, "after {passed} days");
        }
        // A server that was down for the week before says so of the last day alone.
        scene.clock.set(Timestamp::from_seconds(1_000_000) + days(39));
        scene.replica().look().await.expect("the stores answer");
        assert_eq!(scene.told().await.last().map(String::as_str), Some("within: 1d"));
        assert_eq!(scene.told().await.len(), 4);
    }

    #[tokio::test]
    async fn the_gauge_counts_what_ends_within_each_span() {
        let scene = Scene::new().await;
        let replica = scene.replica();
        let gauge = |within| replica.expiring.get_or_create(&WithinLabels { within }).get();
        for (passed, expected) in [(5, [0, 0, 0, 0]), (30, [1, 1, 0, 0]), (39, [1, 1, 1, 1]), (41, [0, 0, 0, 0])] {
            scene.clock.set(Timestamp::from_seconds(1_000_000) + days(passed));
            replica.look().await.expect("the stores answer");
            assert_eq!(THRESHOLDS.map(|(_, within)| gauge(within)), expected, "after {passed} days");
        }
    }
}
