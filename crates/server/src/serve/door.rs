//! The door of every listener: what a request came with is put where `protocol` finds it.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _};
use domain::Reason;
use mtls_listener::{Door, Peer};
use oauth_endpoints::{Call, Failure};
use protocol::{Refusal, Shown};

/// The middleware. It stands within `observe`, so that what it refuses is logged too.
pub(super) async fn admit<B: MessageBody + 'static>(
    door: Door,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let shown = match door.admit(&mut request) {
        Ok(Peer::NotAsked) => Shown::NotAsked,
        Ok(Peer::Without) => Shown::Without,
        Ok(Peer::With(certificate)) => Shown::With(certificate),
        Ok(Peer::Unreadable) => Shown::Unreadable,
        Err(cause) => {
            let refusal = Refusal::new(Reason::CertificateHeaderRepeated).detail(cause.to_string());
            let call = Call::of(request.request());
            return Ok(request.into_response(Failure::Refused(call.id, refusal).into_response()).map_into_right_body());
        }
    };
    if let (Door::Proxied(_), None) = (door, request.peer_addr()) {
        // A UNIX socket has no address; its peer is a proxy on this machine.
        request.head_mut().peer_addr = Some(([127, 0, 0, 1], 0).into());
    }
    request.extensions_mut().insert(shown);
    Ok(next.call(request).await?.map_into_left_body())
}
