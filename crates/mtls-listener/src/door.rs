//! What every request passes: the one place that says what it came with.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};

use crate::peer::Peer;
use crate::proxied::Form;

/// How a listener learns of its peers' certificates. It either ends TLS or believes headers of one form, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// It does not ask for any.
    Plain,
    /// It ends TLS and asks.
    Tls,
    /// It believes the proxy in front of it, which says so in headers of this form.
    Proxied(Form),
}

/// The request may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Two proxies, or a client and a proxy, have said something.
    #[error("there are two {0} headers: the proxy in front of this server must replace what clients send")]
    Doubled(&'static str),
}

/// Every header by which some proxy says something of a certificate, in lower case with hyphens.
const KNOWN: &[&str] = &["client-cert", "client-cert-chain", "x-arr-clientcert", "x-forwarded-client-cert"];
/// Beginnings of such headers.
const KNOWN_BEGINNINGS: &[&str] =
    &["ssl-client-", "x-amzn-mtls-", "x-client-cert", "x-forwarded-tls-client-cert", "x-ssl-client-"];

impl Door {
    /// What the request came with. No header that speaks of certificates is left in it afterwards, in no spelling.
    ///
    /// # Errors
    /// The header that is believed here is there twice.
    pub fn admit(self, request: &mut ServiceRequest) -> Result<Peer, Refused> {
        let peer = match self {
            Self::Plain => Ok(Peer::NotAsked),
            Self::Tls => Ok(request.conn_data::<Peer>().cloned().unwrap_or(Peer::Without)),
            Self::Proxied(form) => believed(form, request.headers()),
        };
        remove_known(request.headers_mut());
        peer
    }
}

fn believed(form: Form, headers: &HeaderMap) -> Result<Peer, Refused> {
    let mut values = [None; 2];
    for (value, name) in values.iter_mut().zip(form.headers()) {
        let mut found = headers.get_all(*name);
        // What is not text is there, and cannot be read.
        *value = found.next().map(|found| found.to_str().unwrap_or("\u{fffd}"));
        if found.next().is_some() {
            return Err(Refused::Doubled(name));
        }
    }
    let [own, others] = values;
    Ok(form.read(own.unwrap_or_default(), others.unwrap_or_default()).map_or(Peer::Unreadable, Peer::with))
}

fn remove_known(headers: &mut HeaderMap) {
    let known: Vec<HeaderName> = headers.keys().filter(|name| is_known(name.as_str())).cloned().collect();
    for name in known {
        headers.remove(name);
    }
}

/// Names come in lower case from the parser; some programs take an underscore for a hyphen.
fn is_known(name: &str) -> bool {
    let begins = |known: &str| {
        let same = |(has, wanted): (u8, u8)| has == wanted || (has == b'_' && wanted == b'-');
        name.len() >= known.len() && name.bytes().zip(known.bytes()).all(same)
    };
    KNOWN.iter().any(|known| known.len() == name.len() && begins(known))
        || KNOWN_BEGINNINGS.iter().any(|beginning| begins(beginning))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use testkit::Authority;

    use super::*;

    const DOORS: [Door; 3] = [Door::Plain, Door::Tls, Door::Proxied(Form::Rfc9440)];

    fn request(headers: &[(&str, &str)]) -> ServiceRequest {
        headers.iter().fold(TestRequest::post(), |request, header| request.append_header(*header)).to_srv_request()
    }

    fn client_cert() -> String {
        format!(":{}:", STANDARD.encode(Authority::new("Example CA").client("Report Bot").der()))
    }

    #[test]
    fn no_door_leaves_a_header_about_certificates() {
        let names = [
            "Client-Cert",
            "client-cert",
            "CLIENT-CERT",
            "Client_Cert",
            "client_cert-chain",
            "Client-Cert-Chain",
            "X-SSL-Client-Cert",
            "x_ssl_client_cert",
            "X-SSL-Client-DER",
            "X-SSL-Client-Verify",
            "SSL-Client-Cert",
            "X-Forwarded-Client-Cert",
            "x-forwarded_client-cert",
            "X-Forwarded-Tls-Client-Cert",
            "X-Forwarded-Tls-Client-Cert-Info",
            "X-Amzn-Mtls-Clientcert",
            "X-Amzn-Mtls-Clientcert-Leaf",
            "X-ARR-ClientCert",
            "X-Client-Cert",
        ];
        for door in DOORS {
            for name in names {
                let mut request = request(&[(name, "anything"), ("X-Request-Id", "kept")]);
                let _ = door.admit(&mut request);
                assert_eq!(request.headers().len(), 1, "{door:?}, {name}");
            }
        }
    }

    #[test]
    fn other_headers_go_on() {
        let names = ["client-certainty", "x-client", "ssl-clients", "client-cert-chains", "host", "client"];
        for name in names {
            let mut request = request(&[(name, "anything")]);
            let _ = Door::Tls.admit(&mut request);
            assert_eq!(request.headers().len(), 1, "{name}");
        }
    }

    #[test]
    fn only_the_door_for_proxies_believes_a_header() {
        let value = client_cert();
        for (door, expected) in [(Door::Plain, Peer::NotAsked), (Door::Tls, Peer::Without)] {
            assert_eq!(door.admit(&mut request(&[("Client-Cert", &value)])), Ok(expected));
        }
        let door = Door::Proxied(Form::Rfc9440);
        for name in ["Client-Cert", "client-cert", "CLIENT-CERT"] {
            assert!(matches!(door.admit(&mut request(&[(name, &value)])), Ok(Peer::With(_))), "{name}");
        }
        for other in ["Client_Cert", "X-SSL-Client-Cert", "X-Forwarded-Client-Cert"] {
            assert_eq!(door.admit(&mut request(&[(other, &value)])), Ok(Peer::Without), "{other}");
        }
    }

    #[test]
    fn a_doubled_header_is_refused() {
        let (value, door) = (client_cert(), Door::Proxied(Form::Rfc9440));
        for (one, other) in [("Client-Cert", "client-cert"), ("Client-Cert-Chain", "Client-Cert-Chain")] {
            let mut request = request(&[(one, &value), (other, &value)]);
            assert!(matches!(door.admit(&mut request), Err(Refused::Doubled(_))));
            assert_eq!(request.headers().len(), 0);
        }
        let joined = format!("{value}, {value}");
        assert_eq!(door.admit(&mut request(&[("Client-Cert", &joined)])), Ok(Peer::Unreadable));
    }
}
