//! What proxies say of the certificate that a client showed to them: one parser a form.
//!
//! Each is given the values of its headers, empty where one is absent, and returns the chain as DER, the client's own
//! first; empty if the client showed none. Whether the proxy may be believed is the [`Door`](crate::Door)'s question.

mod alb;
mod der_base64;
mod envoy;
mod escaped;
mod nginx;
mod rfc9440;
mod traefik;

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;

use crate::possession::is_readable;

/// In whose manner a proxy says it. Fixed for a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `Client-Cert` and `Client-Cert-Chain` (RFC 9440).
    Rfc9440,
    /// `X-SSL-Client-Cert`: nginx' `$ssl_client_escaped_cert`.
    Nginx,
    /// `X-SSL-Client-DER` and `X-SSL-Client-Chain-DER`: HAProxy's `ssl_c_der` and `ssl_c_chain_der` in base64.
    Haproxy,
    /// `X-SSL-Client-DER`: Caddy's `tls_client_certificate_der_base64`.
    Caddy,
    /// `X-Forwarded-Client-Cert` of Envoy, with `sanitize_set`.
    Envoy,
    /// `X-Forwarded-Tls-Client-Cert` of Traefik's middleware `passTLSClientCert`.
    Traefik,
    /// `X-Amzn-Mtls-Clientcert` of an AWS application load balancer that passes through.
    Alb,
}

/// Text that names no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write rfc9440, nginx, haproxy, caddy, envoy, traefik or alb")]
pub struct InvalidForm;

/// What a proxy said cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// A chain as DER, the client's own first.
type Ders = Vec<Vec<u8>>;

const FORMS: [(Form, &str); 7] = [
    (Form::Rfc9440, "rfc9440"),
    (Form::Nginx, "nginx"),
    (Form::Haproxy, "haproxy"),
    (Form::Caddy, "caddy"),
    (Form::Envoy, "envoy"),
    (Form::Traefik, "traefik"),
    (Form::Alb, "alb"),
];

impl Form {
    /// The headers that are believed: the one with the client's own certificate, and where there is one, that with
    /// the others.
    pub(crate) const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Rfc9440 => &["client-cert", "client-cert-chain"],
            Self::Nginx => &["x-ssl-client-cert"],
            Self::Haproxy => &["x-ssl-client-der", "x-ssl-client-chain-der"],
            Self::Caddy => &["x-ssl-client-der"],
            Self::Envoy => &["x-forwarded-client-cert"],
            Self::Traefik => &["x-forwarded-tls-client-cert"],
            Self::Alb => &["x-amzn-mtls-clientcert"],
        }
    }

    /// The chain of these two values, within the bounds that hold for handshakes.
    pub(crate) fn read(self, own: &str, others: &str) -> Result<Ders, Unreadable> {
        let chain = match self {
            Self::Rfc9440 => rfc9440::read(own, others),
            Self::Nginx => nginx::read(own),
            Self::Haproxy | Self::Caddy => der_base64::read(own, others),
            Self::Envoy => envoy::read(own),
            Self::Traefik => traefik::read(own),
            Self::Alb => alb::read(own),
        }?;
        let ders: Vec<_> = chain.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        match ders.split_first() {
            Some((own, others)) if !is_readable(own, others) => Err(Unreadable),
            _ => Ok(chain),
        }
    }
}

impl FromStr for Form {
    type Err = InvalidForm;

    fn from_str(text: &str) -> Result<Self, InvalidForm> {
        FORMS.iter().find(|(_, name)| *name == text).map(|(form, _)| *form).ok_or(InvalidForm)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FORMS.iter().find(|(form, _)| form == self).map_or("", |(_, name)| *name);
        f.write_str(name)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use testkit::Authority;

    use super::*;

    #[test]
    fn absent_is_none_and_rubbish_is_unreadable_in_every_form() {
        let der = Authority::new("Example CA").client("Report Bot").der().to_vec();
        let inner = STANDARD.encode(&der[1..]);
        for (form, name) in FORMS {
            assert_eq!(name.parse(), Ok(form));
            assert_eq!(form.to_string(), name);
            assert_eq!(form.read("", ""), Ok(vec![]), "{name}");
            for rubbish in [
                "x",
                ":",
                "::",
                "%",
                "%zz",
                "Cert=",
                "Cert=\"",
                "-----BEGIN CERTIFICATE-----",
                &inner,
                &format!(":{inner}:"),
                &format!("Cert=\"{inner}\""),
            ] {
                assert_eq!(form.read(rubbish, ""), Err(Unreadable), "{name}: {rubbish}");
            }
        }
        assert_eq!("apache".parse::<Form>(), Err(InvalidForm));
    }

    #[test]
    fn a_chain_beyond_the_bounds_is_unreadable() {
        let der = Authority::new("Example CA").client("Report Bot").der().to_vec();
        let one = format!(":{}:", STANDARD.encode(&der));
        assert!(Form::Rfc9440.read(&one, &[one.as_str(); 9].join(", ")).is_ok());
        assert_eq!(Form::Rfc9440.read(&one, &[one.as_str(); 10].join(", ")), Err(Unreadable));
    }

    proptest! {
        #[test]
        fn no_value_panics(own in "[ -~]{0,120}", others in "[ -~]{0,60}") {
            for (form, _) in FORMS {
                let _ = form.read(&own, &others);
            }
        }

        #[test]
        fn nothing_that_looks_like_an_element_panics(value in "((By|Hash|Cert|Chain)=(\"[%A-Za-z0-9\\\\\"]{0,9}|[a-z%]{0,5})[;,]?){0,5}") {
            let _ = Form::Envoy.read(&value, "");
        }
    }
}
