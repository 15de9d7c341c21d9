//! Envoy's `X-Forwarded-Client-Cert`, with `forward_client_cert_details: SANITIZE_SET` and `cert` or `chain` in
//! `set_current_client_cert_details`. One element, that of the proxy before us; with `APPEND_FORWARD` there would be what
//! clients wrote before it. ("HTTP header manipulation", Envoy documentation.) Not run against one.

use std::fmt::Write as _;

use certificates::thumbprint;

use super::{Ders, Unreadable, escaped};

pub(super) fn read(value: &str) -> Result<Ders, Unreadable> {
    if value.is_empty() {
        return Ok(vec![]);
    }
    let pairs = element(value)?;
    let of = |wanted: &str| {
        let mut found = pairs.iter().filter(|(key, _)| key.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(Unreadable),
        }
    };
    // The chain begins with the client's own.
    let pem = of("Chain")?.or(of("Cert")?).ok_or(Unreadable)?;
    let chain = escaped::certificates(pem)?;
    match (of("Hash")?, chain.first()) {
        (Some(hash), Some(own)) if !hash.eq_ignore_ascii_case(&digits(own)) => Err(Unreadable),
        _ => Ok(chain),
    }
}

fn digits(own: &[u8]) -> String {
    thumbprint(own).as_bytes().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The pairs of the only element: separated by `;`, a value with a special character in it within quotes, in which a
/// quote is escaped.
fn element(value: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let mut pairs = vec![];
    let mut characters = value.chars().peekable();
    loop {
        let mut pair = (String::new(), String::new());
        for character in characters.by_ref() {
            match character {
                '=' => break,
                ',' | ';' | '"' => return Err(Unreadable),
                plain => pair.0.push(plain),
            }
        }
        let quoted = characters.next_if_eq(&'"').is_some();
        let mut closed = !quoted;
        let mut after = None;
        while let Some(character) = characters.next() {
            match character {
                '\\' if quoted => pair.1.push(characters.next().ok_or(Unreadable)?),
                '"' if quoted => {
                    closed = true;
                    after = characters.next();
                    break;
                }
                ';' | ',' if !quoted => {
                    after = Some(character);
                    break;
                }
                plain => pair.1.push(plain),
            }
        }
        if !closed || pair.0.is_empty() {
            return Err(Unreadable);
        }
        pairs.push(pair);
        match after {
            None => return Ok(pairs),
            Some(';') => {}
            // A comma begins the element of another proxy.
            Some(_) => return Err(Unreadable),
        }
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use testkit::{Authority, Issued};

    use super::*;

    fn escape(pem: &str) -> String {
        utf8_percent_encode(pem, NON_ALPHANUMERIC).to_string()
    }

    fn value(client: &Issued) -> String {
        format!(
            "By=spiffe://example.com/proxy;Hash={};Cert=\"{}\";Subject=\"CN=a\\\"b,O=c;d\";URI=",
            digits(client.der()),
            escape(&client.pem()),
        )
    }

    #[test]
    fn the_certificate_is_read_and_its_hash_compared() {
        let client = Authority::new("Example CA").client("Report Bot");
        let other = Authority::new("Example CA").client("Report Bot");
        let good = value(&client);
        assert_eq!(read(&good), Ok(vec![client.der().to_vec()]));
        assert_eq!(read(&good.replace(&digits(client.der()), &digits(other.der()))), Err(Unreadable));
    }

    #[test]
    fn the_chain_counts_before_the_certificate() {
        let authority = Authority::new("Example CA");
        let client = authority.client("Report Bot");
        let chain = escape(&format!("{}{}", client.pem(), authority.pem()));
        let both = format!("{};Chain=\"{chain}\"", value(&client));
        assert_eq!(read(&both), Ok(vec![client.der().to_vec(), authority.der().to_vec()]));
    }

    #[test]
    fn what_was_appended_to_what_a_client_wrote_is_unreadable() {
        let client = Authority::new("Example CA").client("Report Bot");
        let good = value(&client);
        for wrong in [
            format!("{good},{good}"),
            format!("Hash=1;{good}"),
            format!("{good};{good}"),
            format!("{good};"),
            "Hash=1".to_owned(),
        ] {
            assert_eq!(read(&wrong), Err(Unreadable), "{wrong}");
        }
    }
}
