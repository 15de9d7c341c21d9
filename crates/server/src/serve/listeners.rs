//! The listener for browsers and clients: plain HTTP behind a proxy or on loopback, or TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, middleware, web};
use oauth_endpoints::{observe, routes};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ServerSessionMemoryCache;

use super::{Replica, StartFault};
use crate::config::Config;
use crate::dev::{Demo, MailboxDoor, mailbox_page, only_this_machine};

/// How long a client may take to send a request's head.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// TLS sessions that can be resumed, kept in memory; there are no tickets.
const SESSIONS: usize = 10_000;

/// Where a replica listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For browsers and clients.
    pub public: SocketAddr,
    /// For probes.
    pub management: SocketAddr,
}

pub(super) fn bind(
    replica: &Arc<Replica>,
    config: &Config,
    demo: Option<&Demo>,
) -> Result<(Server, SocketAddr), StartFault> {
    let state = replica.state.clone();
    let mailbox = Arc::clone(&replica.mailbox);
    let door = demo.map(|demo| web::Data::new(MailboxDoor { mailbox, token: demo.mailbox_token.clone() }));
    let server = HttpServer::new(move || {
        let development = door.is_some();
        App::new()
            .app_data(state.clone())
            .wrap(middleware::from_fn(observe))
            .wrap(middleware::Condition::new(development, middleware::from_fn(only_this_machine)))
            .configure(|config| {
                if let Some(door) = &door {
                    config.app_data(door.clone()).route("/mailbox/{token}", web::get().to(mailbox_page));
                }
            })
            .configure(routes)
    });
    let address = config.listen.http;
    let fault = |cause| StartFault::Listen { address, cause };
    let mut server = server
        .client_request_timeout(HEAD_PATIENCE)
        .keep_alive(KEEP_ALIVE)
        .shutdown_timeout(config.shutdown.drain.as_secs())
        .disable_signals();
    if let Some(workers) = config.listen.workers {
        server = server.workers(workers);
    }
    let server = match &config.listen.tls {
        None => server.bind(address).map_err(fault)?,
        Some((certificate, key)) => server.bind_rustls_0_23(address, tls(certificate, key)?).map_err(fault)?,
    };
    let bound = server.addrs().first().copied().unwrap_or(address);
    Ok((server.run(), bound))
}

/// TLS 1.2 (ECDHE and AEAD only, as all suites of the provider) and 1.3, no tickets.
fn tls(certificate: &Path, key: &Path) -> Result<rustls::ServerConfig, StartFault> {
    let fault = |path: &Path, cause: &dyn std::fmt::Display| StartFault::Tls(format!("{}: {cause}", path.display()));
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).map_err(|cause| fault(certificate, &cause))?.collect();
    let chain = chain.map_err(|cause| fault(certificate, &cause))?;
    let key_der = PrivateKeyDer::from_pem_file(key).map_err(|cause| fault(key, &cause))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| fault(certificate, &cause))?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|cause| fault(certificate, &cause))?;
    tls.session_storage = ServerSessionMemoryCache::new(SESSIONS);

    Ok(tls)
}
