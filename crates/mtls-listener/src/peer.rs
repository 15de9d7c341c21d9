//! What one connection, or one request behind a proxy, came with.

use std::any::Any;
use std::sync::Arc;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use certificates::thumbprint;
use domain::PresentedCertificate;

/// What the peer showed. Whether anybody trusts it is asked elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// It came by a listener that asks for no certificate: it could not show one.
    NotAsked,
    /// It was asked for a certificate and has sent none.
    Without,
    /// It proved to hold the key of this one.
    With(Arc<PresentedCertificate>),
    /// A proxy says that it showed one, in a way that cannot be read.
    Unreadable,
}

impl Peer {
    pub(crate) fn with(chain: Vec<Vec<u8>>) -> Self {
        match chain.first() {
            Some(own) => {
                let thumbprint = thumbprint(own);
                Self::With(Arc::new(PresentedCertificate { chain: Arc::from(chain), thumbprint }))
            }
            None => Self::Without,
        }
    }
}

/// For `HttpServer::on_connect` of a listener that asks for certificates: keeps what the peer showed with the
/// connection, its thumbprint computed once.
pub fn note_peer(connection: &dyn Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<TlsStream<TcpStream>>() {
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        data.insert(Peer::with(chain.iter().map(|one| one.to_vec()).collect()));
    }
}
