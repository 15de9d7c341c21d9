//! Whether the certificate that a request came with is one that the app of its client registered, and counts now
//! (RFC 8705 §2; DESIGN, decision 12). Whoever took the connection proved only that the caller holds its key.
//!
//! A verdict is kept as long as all three hold: the client's cached record is the one it was judged by, because the log
//! has not touched it; the operator's trust is of the same generation; and nothing that vouches for it has ended.

use std::cell::LazyCell;
use std::hash::Hash;
use std::sync::{Arc, Weak};
use std::time::Duration;

use certificates::{Anchor, Certificate, Fault, Trust, judge, judge_exact};
use domain::{
    Actor, AuditRecord, CertificateId, CertificateShown, ClientId, Effect, MutualTls, NewLogEntry,
    PresentedCertificate, Reason, Recognition, RegisteredCertificate, Subject, Thumbprint, Timestamp, Voucher,
};
use quick_cache::sync::{EntryAction, EntryResult};
use storage::{Bounded, Cached, ClientRecord, Unit, bounded};

use crate::refusal::Refusal;
use crate::settings::ENTRY_LIFE;
use crate::shown::Shown;
use crate::{Protocol, revocation};

/// How long a fault is believed: time, a new list or a new authority may heal it.
const FAULT_LIFE: Duration = Duration::from_secs(10);
/// How long a doubt that was told of is no news.
const NO_NEWS: Duration = Duration::from_secs(3600);

/// Proof that a request came over a certificate that its client's app registered and that counted then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenCertificate {
    registration: CertificateId,
    thumbprint: Thumbprint,
    ends: Timestamp,
}

impl ProvenCertificate {
    /// The registration that recognised it.
    #[must_use]
    pub fn registration(&self) -> CertificateId {
        self.registration
    }

    /// Its thumbprint: `x5t#S256` (RFC 8705 §3.1).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }

    /// When it ends; nothing that is bound to it lives longer.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.ends
    }
}

/// Why a certificate that was shown counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doubt {
    pub(crate) reason: Reason,
    pub(crate) fault: Option<Fault>,
    /// Whether it is itself registered: then it is the client's own, whatever else is wrong with it.
    registered: bool,
}

impl Doubt {
    fn new(reason: Reason) -> Self {
        Self { reason, fault: None, registered: false }
    }

    fn of(fault: Fault) -> Self {
        Self { reason: fault.reason(), fault: Some(fault), registered: false }
    }

    fn detail(self) -> String {
        self.fault.map_or_else(String::new, |fault| fault.to_string())
    }
}

/// What the certificate of a request is to the app of its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The app has mutual TLS off: certificates are not looked at.
    Ignored,
    /// There was none.
    Missing {
        /// Whether the listener asked for one.
        asked: bool,
    },
    /// There was one that counts for nothing.
    Doubted {
        doubt: Doubt,
        /// Whether the app's owners are to be told: once an hour, because activity counts the rest.
        news: bool,
    },
    /// There was one of the app's.
    Proven(ProvenCertificate),
}

impl Standing {
    pub(crate) fn proven(&self) -> Option<&ProvenCertificate> {
        match self {
            Self::Proven(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// What the app's activity says of it.
    pub(crate) fn noted(&self) -> CertificateShown {
        match self {
            Self::Ignored | Self::Missing { .. } => CertificateShown::None,
            Self::Doubted { .. } => CertificateShown::Unregistered,
            Self::Proven(_) => CertificateShown::Registered,
        }
    }

    /// Why a client that must show one of its certificates is refused; nothing when it did.
    pub(crate) fn refusal(&self, elsewhere: Option<&str>) -> Option<Refusal> {
        Some(match self {
            Self::Proven(_) => return None,
            Self::Ignored => Refusal::new(Reason::CertificateUnregistered).detail("mutual TLS is off for this app"),
            Self::Missing { asked: true } => Reason::CertificateMissing.into(),
            Self::Missing { asked: false } => Refusal::new(Reason::CertificateMissing).saying(not_asked(elsewhere)),
            Self::Doubted { doubt, .. } => {
                let refusal = Refusal::new(doubt.reason).detail(doubt.detail());
                if doubt.registered { refusal.after_authentication() } else { refusal }
            }
        })
    }

    /// Why a connection that is bound to a certificate cannot be used; nothing when one of the app's came.
    pub(crate) fn refusal_of_bound(&self, elsewhere: Option<&str>) -> Option<Refusal> {
        Some(match self {
            Self::Proven(_) => return None,
            Self::Ignored => Refusal::new(Reason::RefreshCertificateMissing).saying(
                "this connection is bound to a client certificate, and mutual TLS is off for this app; set it to \
                 optional and show the certificate.",
            ),
            Self::Missing { asked: true } => Reason::RefreshCertificateMissing.into(),
            Self::Missing { asked: false } => {
                let sentence = not_asked(elsewhere);
                Refusal::new(Reason::RefreshCertificateMissing)
                    .saying(format!("this connection is bound to a client certificate: {sentence}"))
            }
            Self::Doubted { doubt, .. } => {
                let (code, detail) = (doubt.reason.code(), doubt.detail());
                Refusal::new(Reason::RefreshCertificateRefused).detail(format!("{code}: {detail}")).saying(format!(
                    "this connection is bound to a client certificate, and the one that came does not count: {code}."
                ))
            }
        })
    }
}

fn not_asked(elsewhere: Option<&str>) -> String {
    match elsewhere {
        Some(url) => {
            format!("this address asks for no client certificate; send the request to {url} , at the same path.")
        }
        None => "this address asks for no client certificate, and this server has no other that does.".to_owned(),
    }
}

/// The cached record of a client, as authentication found it.
type Record = Cached<Option<ClientRecord>>;

struct Verdict<R = Record> {
    /// What it was judged by; only its identity counts.
    record: Weak<R>,
    chain: Arc<[Vec<u8>]>,
    generation: u64,
    until: Timestamp,
    finding: Finding,
}

type Finding = Result<ProvenCertificate, Doubt>;

impl<R> Verdict<R> {
    fn holds(&self, record: &Arc<R>, shown: &PresentedCertificate, generation: u64, now: Timestamp) -> bool {
        std::ptr::eq(self.record.as_ptr(), Arc::as_ptr(record))
            && self.generation == generation
            && now < self.until
            && (Arc::ptr_eq(&self.chain, &shown.chain) || self.chain == shown.chain)
    }

    fn standing(&self, news: bool) -> Standing {
        match self.finding {
            Ok(certificate) => Standing::Proven(certificate),
            Err(doubt) => Standing::Doubted { doubt, news },
        }
    }
}

/// What was judged before, for the key and the certificate.
pub struct Verdicts {
    judged: Bounded<(ClientId, Thumbprint), Arc<Verdict>>,
    /// Doubts that the owners were told of, and when.
    told: Bounded<(ClientId, Thumbprint), Timestamp>,
    /// Certificates that their issuers took back, as this replica has written down.
    taken_back: Bounded<Thumbprint, Timestamp>,
}

impl Verdicts {
    /// Remembers up to `capacity` verdicts.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { judged: bounded(capacity), told: bounded(capacity), taken_back: bounded(capacity) }
    }
}

/// Whether `key` was not among `seen` for `life`; it is from now on.
fn is_news<K: Hash + Eq + Clone>(seen: &Bounded<K, Timestamp>, key: &K, now: Timestamp, life: Duration) -> bool {
    let again = |_: &K, at: &mut Timestamp| {
        let is_old = now.since(*at) >= life;
        if is_old {
            *at = now;
        }
        EntryAction::Retain(is_old)
    };
    match seen.entry(key, Some(Duration::ZERO), again) {
        EntryResult::Retained(is_old) => is_old,
        EntryResult::Vacant(place) => place.insert(now).is_ok(),
        // Somebody else is telling it at this very moment.
        _ => false,
    }
}

impl Protocol {
    /// What `shown` is to the app of `record`.
    pub(crate) async fn standing(&self, record: &Arc<Record>, shown: &Shown) -> Standing {
        let Some(stored) = record.value.as_ref().filter(|stored| stored.app.mutual_tls != MutualTls::Off) else {
            return Standing::Ignored;
        };
        let shown = match shown {
            Shown::NotAsked => return Standing::Missing { asked: false },
            Shown::Without => return Standing::Missing { asked: true },
            Shown::Unreadable => {
                return Standing::Doubted { doubt: Doubt::new(Reason::CertificateMalformed), news: false };
            }
            Shown::With(shown) => shown,
        };
        let (now, trust) = (self.clock.now(), self.trust.current());
        let key = (stored.key.id, shown.thumbprint);
        if let Some(kept) =
            self.verdicts.judged.get(&key).filter(|kept| kept.holds(record, shown, trust.generation, now))
        {
            return kept.standing(false);
        }
        let (finding, until) = examine(stored, shown, &trust, now);
        match finding {
            Ok(_) => drop(self.verdicts.taken_back.remove(&shown.thumbprint)),
            Err(Doubt { fault: Some(Fault::Revoked), .. }) => self.take_back(stored, shown.thumbprint, now).await,
            Err(_) => {}
        }
        let verdict = Verdict {
            record: Arc::downgrade(record),
            chain: Arc::clone(&shown.chain),
            generation: trust.generation,
            until,
            finding,
        };
        let news = finding.is_err() && is_news(&self.verdicts.told, &key, now, NO_NEWS);
        let standing = verdict.standing(news);
        self.verdicts.judged.insert(key, Arc::new(verdict));
        standing
    }

    /// Ends what is bound to a certificate that its issuer took back: written once, when it is first seen.
    async fn take_back(&self, stored: &ClientRecord, thumbprint: Thumbprint, now: Timestamp) {
        if !is_news(&self.verdicts.taken_back, &thumbprint, now, Duration::MAX) {
            return;
        }
        let entry =
            NewLogEntry { subject: Subject::Certificate(thumbprint), effect: Effect::Revoke, until: now + ENTRY_LIFE };
        let audit = AuditRecord {
            at: now,
            actor: Actor::Server,
            action: "certificate.taken_back",
            target: thumbprint.to_string(),
            app: Some(stored.app.id),
            customer: None,
            detail: "its issuer's revocation list names it".to_owned(),
            request: None,
        };
        match self.units.commit(Unit { changes: vec![], entries: vec![entry], audit: vec![audit] }).await {
            Ok(_) => revocation::apply_here(self).await,
            Err(error) => {
                self.verdicts.taken_back.remove(&thumbprint);
                tracing::warn!(%error, %thumbprint, "tokens of a revoked certificate could not be ended; tried again");
            }
        }
    }
}

/// What was found, and until when that holds if nothing else changes.
fn examine(stored: &ClientRecord, shown: &PresentedCertificate, trust: &Trust, now: Timestamp) -> (Finding, Timestamp) {
    if let Some((registered, ends)) = registered_itself(stored, shown.thumbprint) {
        return match judge_exact(shown, &trust.anchors, &trust.crls, now) {
            Ok(until) => (Ok(proven(registered, shown, ends)), until),
            Err(fault) => (Err(Doubt { registered: true, ..Doubt::of(fault) }), now + FAULT_LIFE),
        };
    }
    let Some(Ok(certificate)) = shown.chain.first().map(|own| Certificate::read(own)) else {
        return (Err(Doubt::of(Fault::Malformed)), Timestamp::from_millis(i64::MAX));
    };
    let names = certificate.names();
    // An app's anchors are read only where one of its names was shown.
    let own = LazyCell::new(|| -> Vec<Anchor> {
        stored.anchors.iter().filter_map(|anchor| Anchor::read(&anchor.der).ok()).collect()
    });
    let mut doubt = None;
    for registered in &stored.certificates {
        let Recognition::Named { name, voucher } = &registered.recognition else { continue };
        if !names.contains(name) {
            continue;
        }
        let anchors = match voucher {
            Voucher::App => own.as_slice(),
            Voucher::Operator => &trust.vouching,
        };
        match judge(shown, anchors, &trust.crls, now) {
            Ok(vouched) => return (Ok(proven(registered, shown, vouched.certificate.not_after)), vouched.until),
            Err(fault) => doubt = doubt.or(Some(Doubt::of(fault))),
        }
    }
    match doubt {
        Some(doubt) => (Err(doubt), now + FAULT_LIFE),
        // What no registration names stays that until the record changes.
        None => (Err(Doubt::new(Reason::CertificateUnregistered)), Timestamp::from_millis(i64::MAX)),
    }
}

fn registered_itself(stored: &ClientRecord, shown: Thumbprint) -> Option<(&RegisteredCertificate, Timestamp)> {
    stored.certificates.iter().find_map(|registered| match registered.recognition {
        Recognition::Exact { thumbprint, not_after, .. } if thumbprint == shown => Some((registered, not_after)),
        _ => None,
    })
}

fn proven(registered: &RegisteredCertificate, shown: &PresentedCertificate, ends: Timestamp) -> ProvenCertificate {
    ProvenCertificate { registration: registered.id, thumbprint: shown.thumbprint, ends }
}

#[cfg(test)]
mod tests;
