//! Where a request came from: the peer, or what a trusted proxy says of it.

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::{HttpMessage, HttpRequest};
use domain::Origin;

/// Proxies whose `X-Forwarded-For` is believed; nobody else's is.
pub struct TrustedProxies(Box<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl TrustedProxies {
    /// Believes the addresses that `is_trusted` accepts.
    pub fn new(is_trusted: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Box::new(is_trusted))
    }

    /// The origin of `request`, found once.
    #[must_use]
    pub fn origin(&self, request: &HttpRequest) -> Arc<Origin> {
        if let Some(known) = request.extensions().get::<Arc<Origin>>() {
            return Arc::clone(known);
        }
        let origin = Arc::new(self.find(request));
        request.extensions_mut().insert(Arc::clone(&origin));
        origin
    }

    fn find(&self, request: &HttpRequest) -> Origin {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let address = peer.map_or_else(String::new, |peer| self.client(peer, request.headers()).to_string());
        let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Origin { address, user_agent: agent.chars().filter(|letter| !letter.is_control()).take(200).collect() }
    }

    /// The last address in `X-Forwarded-For` that is not a trusted proxy's own.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !(self.0)(peer) {
            return peer;
        }
        let forwarded = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let mut hops: Vec<&str> = forwarded.flat_map(|value| value.split(',')).map(str::trim).collect();
        hops.reverse();
        let mut client = peer;
        for hop in hops {
            let Ok(address) = hop.parse::<IpAddr>() else { return client };
            client = address.to_canonical();
            if !(self.0)(client) {
                return client;
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().expect("an address")).collect();
        let proxies = TrustedProxies::new(move |address| trusted.contains(&address));
        let request = TestRequest::default()
            .peer_addr(format!("{peer}:1000").parse().expect("an address"))
            .insert_header(("X-Forwarded-For", forwarded))
            .to_http_request();
        proxies.origin(&request).address.clone()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(seen("203.0.113.9", "198.51.100.1", &[]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "198.51.100.1", &["10.0.0.1"]), "198.51.100.1");
    }

    #[test]
    fn what_a_client_wrote_before_the_proxy_is_not_believed() {
        assert_eq!(seen("10.0.0.1", "1.1.1.1, 198.51.100.1", &["10.0.0.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "198.51.100.1, 10.0.0.2", &["10.0.0.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "nonsense", &["10.0.0.1"]), "10.0.0.1");
    }
}
