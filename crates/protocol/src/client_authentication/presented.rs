//! What a client shows of itself: HTTP Basic or body parameters, never both, and the certificate of its connection.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use domain::{ApiSecretText, ClientId, Reason};
use zeroize::Zeroizing;

use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::shown::Shown;

/// Standard base64 (RFC 4648 §4) that does not insist on padding: some clients leave it out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Where the client put its credential, which decides what a failure looks like (RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// The `Authorization` header: a failure carries `WWW-Authenticate`.
    Header,
    /// The body.
    Body,
}

/// What a client showed: a name, and perhaps a secret and a certificate that are not checked yet.
pub struct Presented {
    client_id: String,
    secret: Option<Zeroizing<String>>,
    transport: Transport,
    certificate: Shown,
}

impl Presented {
    /// Reads `Authorization` and the parameters of a request that came with `certificate`.
    ///
    /// # Errors
    /// Two methods at once, an unreadable header, differing client ids, or nothing at all.
    pub fn read(authorization: Option<&str>, parameters: &Parameters, certificate: &Shown) -> Result<Self, Refusal> {
        let certificate = certificate.clone();
        let in_body = parameters.find("client_id");
        let Some(authorization) = authorization else {
            let client_id = in_body.ok_or_else(|| {
                Refusal::new(Reason::AuthenticationMissing).saying(
                    "no client authentication was sent; use HTTP Basic, or client_id and client_secret in the body.",
                )
            })?;
            let secret = parameters.find("client_secret").map(|secret| Zeroizing::new(secret.to_owned()));
            return Ok(Self { client_id: client_id.to_owned(), secret, transport: Transport::Body, certificate });
        };
        // RFC 6749 §2.3: the client must not use more than one authentication method in each request.
        if parameters.find("client_secret").is_some() {
            return Err(Reason::TwoAuthenticationMethods.into());
        }
        let (client_id, secret) = basic(authorization).ok_or_else(|| {
            Refusal::new(Reason::AuthenticationMissing)
                .saying("the Authorization header is not HTTP Basic with an API key and a secret.")
        })?;
        if in_body.is_some_and(|in_body| in_body != client_id) {
            return Err(Reason::ClientIdsDiffer.into());
        }
        let secret = Some(secret).filter(|secret| !secret.is_empty());
        Ok(Self { client_id, secret, transport: Transport::Header, certificate })
    }

    /// Where the credential was.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The name as it was sent.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.client_id
    }

    /// Whether there is a secret.
    pub(crate) fn has_secret(&self) -> bool {
        self.secret.is_some()
    }

    /// The certificate of its connection.
    pub(crate) fn certificate(&self) -> &Shown {
        &self.certificate
    }

    pub(super) fn client_id(&self) -> Result<ClientId, Refusal> {
        self.client_id
            .parse()
            .map_err(|_| Refusal::new(Reason::ClientUnknown).detail("the client_id is not an API key's text"))
    }

    pub(super) fn secret(&self) -> Result<Option<ApiSecretText>, Refusal> {
        let malformed = |cause: domain::Malformed| {
            Refusal::new(Reason::SecretMalformed).saying(format!("the secret cannot be read: {cause}."))
        };
        self.secret.as_ref().map(|text| ApiSecretText::parse(text).map_err(malformed)).transpose()
    }
}

/// The name in an `Authorization` header.
pub(crate) fn named_in_header(header: &str) -> Option<String> {
    basic(header).map(|(client_id, _)| client_id)
}

/// RFC 7617 with RFC 6749 §2.3.1: scheme without case, id and secret form-decoded after the split.
fn basic(header: &str) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = Zeroizing::new(LENIENT.decode(encoded.trim()).ok()?);
    let text = std::str::from_utf8(&decoded).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((form_decoded(client_id), Zeroizing::new(form_decoded(secret))))
}

fn form_decoded(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    // A lone key parses as a pair whose name is the text; `&` and `=` are escaped in form-encoded credentials.
    form_urlencoded::parse(text.replace('=', "%3D").replace('&', "%26").as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    fn read(header: Option<&str>, body: &str) -> Result<Presented, Refusal> {
        Presented::read(header, &Parameters::parse(body.as_bytes()).expect("no repeats"), &Shown::NotAsked)
    }

    fn header(credentials: &str) -> String {
        format!("bAsIc {}", STANDARD.encode(credentials))
    }

    #[test]
    fn basic_credentials_are_form_decoded_and_the_scheme_has_no_case() {
        let presented = read(Some(&header("ak%5F1:sk%5f2%2B+x")), "").expect("well formed");
        assert_eq!(presented.name(), "ak_1");
        assert_eq!(presented.secret.as_ref().map(|secret| secret.as_str()), Some("sk_2+ x"));
    }

    #[test]
    fn two_methods_in_one_request_are_refused() {
        let refused = read(Some(&header("a:b")), "client_id=a&client_secret=b").err().map(|refusal| refusal.reason());
        assert_eq!(refused, Some(Reason::TwoAuthenticationMethods));
    }

    #[test]
    fn a_client_id_in_the_body_must_be_the_one_in_the_header() {
        assert!(read(Some(&header("a:b")), "client_id=a").is_ok());
        let refused = read(Some(&header("a:b")), "client_id=c").err().map(|refusal| refusal.reason());
        assert_eq!(refused, Some(Reason::ClientIdsDiffer));
    }

    #[test]
    fn nothing_at_all_is_told_what_to_send() {
        let refused = read(None, "grant_type=client_credentials").err().expect("refused").public();
        assert_eq!(refused.reason, Reason::AuthenticationMissing);
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(header: String, raw: Vec<u8>) {
            let _ = read(Some(&header), "");
            let _ = read(Some(&format!("Basic {}", STANDARD.encode(raw))), "");
        }
    }
}
