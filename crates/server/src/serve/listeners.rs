//! The listeners for browsers and clients: plain HTTP behind a proxy or on loopback, or TLS; the one that asks for
//! client certificates; and the one that believes a proxy. They have the same routes and differ in their [`Door`].
//! One of its own is for gateways, which ask for one thing only.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::{Server, ServiceRequest};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer, middleware, web};
use mtls_listener::{
    Door, Followed, ServerIdentity, asking_for_certificates, for_proxies, note_peer, without_client_certificates,
};
use oauth_endpoints::{observe, verify_routes};
use rustls::ServerConfig;

use super::door::admit;
use super::{Replica, StartFault};
use crate::config::{Config, Listen, ProxiedAddress};
use crate::dev::{Demo, MailboxDoor, mailbox_page, only_this_machine};

/// Where a replica listens.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// For browsers and clients.
    pub public: SocketAddr,
    /// For clients with certificates.
    pub mutual_tls: Option<SocketAddr>,
    /// For proxies that speak for those.
    pub proxied: Option<SocketAddr>,
    /// For gateways.
    pub verify: Option<SocketAddr>,
    /// For probes.
    pub management: SocketAddr,
}

/// What was bound.
pub(super) struct Bound {
    pub(super) servers: Vec<Server>,
    pub(super) public: SocketAddr,
    pub(super) mutual_tls: Option<SocketAddr>,
    pub(super) proxied: Option<SocketAddr>,
    pub(super) verify: Option<SocketAddr>,
    /// Certificates that are to be read again when their files change.
    pub(super) followed: Vec<Followed>,
}

/// Binds every listener that is configured.
pub(super) fn bind(replica: &Arc<Replica>, config: &Config, demo: Option<&Demo>) -> Result<Bound, StartFault> {
    let own = demo.and_then(|demo| demo.certificates.as_ref()).map(|own| own.server.clone());
    let mut followed = vec![];
    let bounds = config.listen.bounds;
    let mut identity = |listener, (certificate, key): (PathBuf, PathBuf)| {
        let identity = ServerIdentity::read(&certificate, &key)?;
        replica.certificates.note(listener, identity.clone());
        followed.push(Followed::Identity(identity.clone(), certificate, key));
        Ok::<_, StartFault>(identity)
    };
    let public = match config.listen.tls.clone() {
        None => Socket::Plain(config.listen.http),
        Some(files) => {
            Socket::tls(config.listen.http, without_client_certificates(&identity("http", files)?, bounds.sessions))
        }
    };
    let mutual_tls = match (config.mtls.listen, config.mtls.identity.clone().or(own)) {
        (Some(address), Some(files)) => {
            Some(Socket::tls(address, asking_for_certificates(&identity("mtls", files)?, bounds.sessions)))
        }
        _ => None,
    };
    let proxied =
        match (&config.proxied.listen, config.proxied.identity.clone().zip(config.proxied.authorities.clone())) {
            (Some(ProxiedAddress::Unix(path)), _) => Some(Socket::Unix(path.clone())),
            (Some(ProxiedAddress::Tcp(address)), None) => Some(Socket::Plain(*address)),
            (Some(ProxiedAddress::Tcp(address)), Some((files, authorities))) => {
                Some(Socket::tls(*address, for_proxies(&identity("proxied", files)?, &authorities)?))
            }
            (None, _) => None,
        };
    let verify = match (config.verify.listen.clone(), config.verify.identity.clone()) {
        (Some(ProxiedAddress::Unix(path)), _) => Some(Socket::Unix(path)),
        (Some(ProxiedAddress::Tcp(address)), None) => Some(Socket::Plain(address)),
        (Some(ProxiedAddress::Tcp(address)), Some(files)) => {
            Some(Socket::tls(address, without_client_certificates(&identity("verify", files)?, bounds.sessions)))
        }
        (None, _) => None,
    };
    let inside = Inside { replica: Arc::clone(replica), demo: demo.map(|demo| demo.mailbox_token.clone()) };
    let open = |door, socket| inside.open(door, socket, &config.listen, routes);
    let (server, public) = open(Door::Plain, public)?;
    let mut servers = vec![server];
    let mut also = |(server, address)| {
        servers.push(server);
        address
    };
    let mutual_tls = mutual_tls.map(|socket| open(Door::Tls, socket)).transpose()?.map(&mut also);
    let proxied = proxied.zip(config.proxied.form).map(|(socket, form)| open(Door::Proxied(form), socket));
    let proxied = proxied.transpose()?.map(&mut also);
    let verify = verify.map(|socket| inside.open(config.verify.door(), socket, &config.listen, verify_routes));
    let verify = verify.transpose()?.map(&mut also);
    Ok(Bound { servers, public, mutual_tls, proxied, verify, followed })
}

/// What is served to browsers and clients. Paths are compared in this order: what machines call comes first.
fn routes(config: &mut ServiceConfig) {
    oauth_endpoints::routes(config);
    management_api::routes(config);
    console::routes(config);
}

/// Where one listener listens, and how.
enum Socket {
    Plain(SocketAddr),
    Tls(SocketAddr, Box<ServerConfig>),
    Unix(PathBuf),
}

impl Socket {
    fn tls(address: SocketAddr, tls: ServerConfig) -> Self {
        Self::Tls(address, Box::new(tls))
    }
}

/// What is behind every door.
struct Inside {
    replica: Arc<Replica>,
    /// What opens the mailbox page, in development.
    demo: Option<String>,
}

impl Inside {
    fn open(
        &self,
        door: Door,
        socket: Socket,
        listen: &Listen,
        routes: fn(&mut ServiceConfig),
    ) -> Result<(Server, SocketAddr), StartFault> {
        let state = self.replica.state.clone();
        let mailbox = Arc::clone(&self.replica.mailbox);
        let mailbox_door =
            self.demo.clone().map(|token| web::Data::new(MailboxDoor { mailbox: Arc::clone(&mailbox), token }));
        let bounds = listen.bounds;
        let mut server = HttpServer::new(move || {
            let development = mailbox_door.is_some();
            App::new()
                .app_data(state.clone())
                .wrap(middleware::from_fn(move |request: ServiceRequest, next| admit(door, request, next)))
                .wrap(middleware::from_fn(observe))
                .wrap(middleware::Condition::new(development, middleware::from_fn(only_this_machine)))
                .configure(routes)
                .configure(|config| {
                    if let Some(door) = &mailbox_door {
                        config.app_data(door.clone()).route("/mailbox/{token}", web::get().to(mailbox_page));
                    }
                })
        })
        .client_request_timeout(bounds.head)
        .keep_alive(bounds.keep_alive)
        // The session that a TLS client may resume is a small write of its own; the first answer would wait for its
        // acknowledgement, which the client delays by 40 ms.
        .tcp_nodelay(true)
        .max_connections(bounds.connections)
        .max_connection_rate(bounds.handshakes)
        .tls_handshake_timeout(bounds.handshake)
        .shutdown_timeout(self.replica.drain.as_secs())
        .disable_signals();
        if let Some(workers) = listen.workers {
            server = server.workers(workers);
        }
        if door == Door::Tls {
            server = server.on_connect(note_peer);
        }
        let (server, address) = match socket {
            Socket::Plain(address) => {
                (server.bind(address).map_err(|cause| StartFault::Listen { address, cause })?, address)
            }
            Socket::Tls(address, tls) => (
                server.bind_rustls_0_23(address, *tls).map_err(|cause| StartFault::Listen { address, cause })?,
                address,
            ),
            Socket::Unix(path) => {
                must_be_free(&path)?;
                let fault = |cause| StartFault::File(path.clone(), cause);
                let server = server.bind_uds(&path).map_err(fault)?;
                // For the proxy's group; who may reach the folder is the operator's to say.
                fs::set_permissions(&path, Permissions::from_mode(0o660)).map_err(fault)?;
                return Ok((server.run(), SocketAddr::from(([127, 0, 0, 1], 0))));
            }
        };
        let bound = server.addrs().first().copied().unwrap_or(address);
        Ok((server.run(), bound))
    }
}

/// Makes sure that nothing is lost by listening at `path`, since binding deletes what is there: a socket that nobody
/// answers, left by a server that ended, and nothing else.
fn must_be_free(path: &Path) -> Result<(), StartFault> {
    must_be_socket(path)?;
    match UnixStream::connect(path) {
        Ok(_) => Err(StartFault::SocketInUse(path.to_owned())),
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => Ok(()),
        Err(cause) => Err(StartFault::Socket { path: path.to_owned(), cause }),
    }
}

/// Makes sure that `path` is a socket, if anything.
pub(super) fn must_be_socket(path: &Path) -> Result<(), StartFault> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.file_type().is_socket() => Ok(()),
        Ok(_) => Err(StartFault::NotASocket(path.to_owned())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(StartFault::Socket { path: path.to_owned(), cause }),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_a_socket_that_nobody_answers_makes_room() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("proxied.sock");
        must_be_free(&path).expect("nothing is there");
        let listener = UnixListener::bind(&path).expect("a socket");
        assert!(matches!(must_be_free(&path), Err(StartFault::SocketInUse(_))));
        drop(listener);
        assert!(path.exists());
        must_be_free(&path).expect("its server has ended");
    }

    #[test]
    fn what_is_no_socket_stays() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("precious");
        fs::write(&file, "data").expect("the scratch folder is writable");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        for path in [&file, &link, &folder.path().to_owned()] {
            let fault = must_be_free(path).expect_err("it is no socket").to_string();
            assert!(fault.contains(&format!("{} exists and is not a socket", path.display())), "{fault}");
        }
    }
}
