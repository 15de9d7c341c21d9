//! Where the server listens: for everybody, for clients with certificates, and for proxies that speak for those.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use mtls_listener::{Door, Form, TrustFiles};
use url::Url;

use super::public_url::base_url;
use super::reader::Reader;
use super::sections::{D, MIN, ms, s};
use super::{Mode, Network};

/// Where `listen.http` is unless set.
pub(super) const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));

/// Where the server listens, and what holds for every listener.
#[derive(Clone, Debug)]
pub struct Listen {
    /// For browsers and clients: plain HTTP, or TLS where a certificate is set.
    pub http: SocketAddr,
    /// Certificate chain and private key (PEM) of that listener.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// For health checks and metrics.
    pub management: SocketAddr,
    /// Whether that one may be reached from other machines.
    pub management_beyond_loopback: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Worker threads of each listener; one per core when not set.
    pub workers: Option<usize>,
    /// What a listener lets strangers take.
    pub bounds: Bounds,
    /// How often files that can be replaced (certificates, anchors, lists) are looked at.
    pub reload: Duration,
}

/// What a listener lets strangers take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Open connections of a worker; more wait.
    pub connections: usize,
    /// Handshakes of a worker at once; more wait, so that this many that go nowhere keep everybody waiting until their
    /// time is over.
    pub handshakes: usize,
    /// How long a handshake may take.
    pub handshake: Duration,
    /// How long a client may take to send a request's head.
    pub head: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// TLS sessions that can be resumed, kept in memory; there are no tickets.
    pub sessions: usize,
}

impl Listen {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            http: reader.value("listen.http", LOOPBACK),
            tls: together(reader, "listen.tls_certificate", "listen.tls_key"),
            management: reader.value("listen.management", SocketAddr::from(([127, 0, 0, 1], 9090))),
            management_beyond_loopback: reader.value("listen.management_beyond_loopback", false),
            trusted_proxies: reader.value("listen.trusted_proxies", Vec::new()),
            workers: reader.optional("listen.workers"),
            bounds: Bounds {
                connections: reader.within("listen.connections", 25_000, &(16..=1_000_000)),
                handshakes: reader.within("listen.handshakes", 4096, &(1..=100_000)),
                handshake: reader.within("listen.handshake_timeout", s(3), &(ms(100)..=s(30))),
                head: reader.within("listen.head_timeout", s(10), &(ms(500)..=MINUTE)),
                keep_alive: reader.within("listen.keep_alive", s(75), &(s(1)..=s(10 * MIN))),
                sessions: reader.within("listen.tls_sessions", 10_000, &(0..=10_000_000)),
            },
            reload: reader.within("listen.reload", s(1), &(ms(20)..=MINUTE)),
        }
    }
}

const MINUTE: Duration = s(MIN);

fn together(reader: &mut Reader, certificate: &'static str, key: &'static str) -> Option<(PathBuf, PathBuf)> {
    let (one, other) = (reader.optional(certificate), reader.optional(key));
    if one.is_some() != other.is_some() {
        reader.fault(format!("{certificate} and {key} go together; set both or neither"));
    }
    one.zip(other)
}

/// Mutual TLS: where clients show certificates, and whose word on them the operator takes.
#[derive(Clone, Debug)]
pub struct Mtls {
    /// Where; `None` has no such listener.
    pub listen: Option<SocketAddr>,
    /// The URL under which clients reach it, or the proxy before `proxied.listen`.
    pub public_url: Option<Url>,
    /// Certificate chain and private key (PEM) of that listener. Development makes its own.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whose certificates and lists are known, and whose word counts.
    pub trust: TrustFiles,
}

impl Mtls {
    pub(super) fn read(reader: &mut Reader, mode: Mode) -> Self {
        let listen: Option<SocketAddr> = reader.optional("mtls.listen");
        let text: Option<String> = reader.optional("mtls.public_url");
        // In development it is there unless the server was moved to another port, where a second fixed one could be
        // taken.
        let default = (mode == Mode::Development && !reader.is_set("listen.http"))
            .then(|| SocketAddr::from(([127, 0, 0, 1], 8443)));
        Self {
            listen: listen.or(default),
            public_url: text.and_then(|text| base_url(reader, "mtls.public_url", &text)),
            identity: together(reader, "mtls.certificate", "mtls.key"),
            trust: TrustFiles {
                anchors: reader.value("mtls.anchors", Vec::new()),
                vouching: reader.value("mtls.vouching_anchors", Vec::new()),
                crls: reader.value("mtls.crls", Vec::new()),
                crl_grace: reader.within("mtls.crl_grace", s(0), &(s(0)..=s(7 * D))),
            },
        }
    }
}

/// A listener that believes the proxy before it.
#[derive(Clone, Debug)]
pub struct Proxied {
    /// Where; `None` has no such listener.
    pub listen: Option<ProxiedAddress>,
    /// In whose manner the proxy says what clients showed.
    pub form: Option<Form>,
    /// Certificate chain and private key (PEM) of that listener.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whose certificates proxies must show.
    pub authorities: Option<PathBuf>,
}

impl Proxied {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            listen: reader.optional("proxied.listen"),
            form: reader.optional("proxied.form"),
            identity: together(reader, "proxied.certificate", "proxied.key"),
            authorities: reader.optional("proxied.authorities"),
        }
    }
}

/// Where gateways ask whether a request may pass (`/oauth/verify`). The management listener answers them too.
#[derive(Clone, Debug)]
pub struct Verify {
    /// A listener of its own; `None` has none.
    pub listen: Option<ProxiedAddress>,
    /// In whose manner gateways say what certificate their callers showed; `None` believes nothing of that.
    pub form: Option<Form>,
    /// Certificate chain and private key (PEM) of that listener.
    pub identity: Option<(PathBuf, PathBuf)>,
}

impl Verify {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            listen: reader.optional("verify.listen"),
            form: reader.optional("verify.form"),
            identity: together(reader, "verify.certificate", "verify.key"),
        }
    }

    /// How its listeners learn of callers' certificates.
    #[must_use]
    pub fn door(&self) -> Door {
        self.form.map_or(Door::Plain, Door::Proxied)
    }
}

/// A place that only proxies reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxiedAddress {
    /// An address of TCP.
    Tcp(SocketAddr),
    /// A UNIX socket.
    Unix(PathBuf),
}

impl FromStr for ProxiedAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix("unix:") {
            Some("") => Err(()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text.parse().map(Self::Tcp).map_err(drop),
        }
    }
}

impl fmt::Display for ProxiedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
