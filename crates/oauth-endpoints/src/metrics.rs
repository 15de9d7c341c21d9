//! What is counted, under the names of Prometheus' conventions: base units, few labels, no client or customer.

use std::time::Duration;

use domain::{ActivityKind, CertificateShown, Reason};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use protocol::Trail;

/// The boundaries of OpenTelemetry's `http.server.request.duration`, in seconds.
const SECONDS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The meters of the endpoints.
#[derive(Clone)]
pub struct Metrics {
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    issued: Family<IssuedLabels, Counter>,
    refused: Family<RefusedLabels, Counter>,
    grace_hits: Counter,
    reuse: Counter,
    callback_mismatches: Counter,
    active: Gauge,
    authorize: Family<OutcomeLabels, Counter>,
    logins: Family<StepLabels, Counter>,
    second_factors: Family<StepLabels, Counter>,
    consents: Family<OutcomeLabels, Counter>,
    mails: Family<OutcomeLabels, Counter>,
    limited: Family<ScopeLabels, Counter>,
    certificates: Family<OutcomeLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StepLabels {
    method: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ScopeLabels {
    scope: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IssuedLabels {
    grant_type: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusedLabels {
    endpoint: &'static str,
    grant_type: &'static str,
    error: &'static str,
    reason: &'static str,
}

impl Metrics {
    /// The meters, entered in `registry`.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let metrics = Self {
            requests: Family::new_with_constructor(histogram),
            issued: Family::default(),
            refused: Family::default(),
            grace_hits: Counter::default(),
            reuse: Counter::default(),
            callback_mismatches: Counter::default(),
            active: Gauge::default(),
            authorize: Family::default(),
            logins: Family::default(),
            second_factors: Family::default(),
            consents: Family::default(),
            mails: Family::default(),
            limited: Family::default(),
            certificates: Family::default(),
        };
        for outcome in ["registered", "unregistered"] {
            // Known beforehand, and so there before the first.
            drop(metrics.certificates.get_or_create(&OutcomeLabels { outcome }));
        }
        metrics.register_pages(registry);
        registry.register_with_unit(
            "http_server_request_duration",
            "How long requests took",
            Unit::Seconds,
            metrics.requests.clone(),
        );
        registry.register("countersign_tokens_issued", "Access tokens issued", metrics.issued.clone());
        registry.register("countersign_token_errors", "Refusals of the JSON endpoints", metrics.refused.clone());
        registry.register(
            "countersign_refresh_grace_hits",
            "Rotated refresh tokens that were given their successor again",
            metrics.grace_hits.clone(),
        );
        registry.register(
            "countersign_refresh_reuse_detected",
            "Connections that ended because an old refresh token came back",
            metrics.reuse.clone(),
        );
        registry.register(
            "countersign_callback_mismatch",
            "Authorize requests with a callback URL that is not registered",
            metrics.callback_mismatches.clone(),
        );
        metrics
    }

    fn register_pages(&self, registry: &mut Registry) {
        registry.register("http_server_active_requests", "Requests that are being answered", self.active.clone());
        registry.register("countersign_authorize", "Outcomes at the authorize pages", self.authorize.clone());
        registry.register("countersign_login_attempts", "Passwords tried", self.logins.clone());
        registry.register("countersign_second_factor", "Mailed codes tried", self.second_factors.clone());
        registry.register("countersign_consents", "Answers on the workspace page", self.consents.clone());
        registry.register("mail_sent", "Mails handed over, or not", self.mails.clone());
        registry.register(
            "mtls_client_auth",
            "Client certificates that came with attempts, by whether the app registered them",
            self.certificates.clone(),
        );
        registry.register("countersign_rate_limited", "Requests told to wait", self.limited.clone());
    }

    pub(crate) fn began(&self) {
        self.active.inc();
    }

    /// A password was tried.
    pub(crate) fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&StepLabels { method: "password", outcome }).inc();
    }

    /// A mailed code was tried.
    pub(crate) fn second_factor(&self, outcome: &'static str) {
        self.second_factors.get_or_create(&StepLabels { method: "email", outcome }).inc();
    }

    /// A mail was handed over, or not.
    pub(crate) fn mail(&self, sent: bool) {
        self.mails.get_or_create(&OutcomeLabels { outcome: if sent { "sent" } else { "failed" } }).inc();
    }

    /// A person answered on the workspace page.
    pub(crate) fn consent(&self, outcome: &'static str) {
        self.consents.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    pub(crate) fn request(&self, method: &str, route: String, status: u16, elapsed: Duration) {
        self.active.dec();
        let labels = RequestLabels { method: known_method(method), route, status };
        self.requests.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    pub(crate) fn attempt(&self, kind: ActivityKind, trail: &Trail, refusal: Option<Reason>) {
        let grant_type = trail.grant.unwrap_or("none");
        match refusal {
            None if kind == ActivityKind::Token => {
                self.issued.get_or_create(&IssuedLabels { grant_type }).inc();
            }
            None => {}
            Some(reason) => {
                let labels = RefusedLabels {
                    endpoint: endpoint(kind),
                    grant_type,
                    error: reason.error().as_str(),
                    reason: reason.code(),
                };
                self.refused.get_or_create(&labels).inc();
            }
        }
        if kind == ActivityKind::Authorize {
            let outcome = refusal.map_or("code_sent", Reason::code);
            self.authorize.get_or_create(&OutcomeLabels { outcome }).inc();
        }
        if refusal == Some(Reason::RateLimited) {
            self.limited.get_or_create(&ScopeLabels { scope: endpoint(kind) }).inc();
        }
        match trail.certificate {
            CertificateShown::None => 0,
            CertificateShown::Registered => {
                self.certificates.get_or_create(&OutcomeLabels { outcome: "registered" }).inc()
            }
            CertificateShown::Unregistered => {
                self.certificates.get_or_create(&OutcomeLabels { outcome: "unregistered" }).inc()
            }
        };
        if trail.notice == Some("refresh_grace") {
            self.grace_hits.inc();
        }
        match refusal {
            Some(Reason::RefreshUsed) => self.reuse.inc(),
            Some(Reason::CallbackMismatch) => self.callback_mismatches.inc(),
            _ => 0,
        };
    }
}

/// Anybody may invent a method; labels must stay few.
fn known_method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn endpoint(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Authorize => "authorize",
        ActivityKind::Token => "token",
        ActivityKind::Introspect => "introspect",
        ActivityKind::Revoke => "revoke",
        ActivityKind::Connections => "connections",
        ActivityKind::Verify => "verify",
    }
}
