//! Traefik's middleware `passTLSClientCert` with `pem: true`: base64 without the lines around it, the certificates of a
//! chain separated by commas; older versions escape it. (Traefik's documentation of it.) Not run against one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::{Ders, Unreadable};

pub(super) fn read(value: &str) -> Result<Ders, Unreadable> {
    if value.is_empty() {
        return Ok(vec![]);
    }
    let value = percent_decode_str(value).decode_utf8().map_err(|_| Unreadable)?;
    let decoded = |one| STANDARD.decode(one).ok().filter(|der| !der.is_empty()).ok_or(Unreadable);
    value.split(',').map(decoded).collect()
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use testkit::Authority;

    use super::*;

    #[test]
    fn a_chain_is_read_escaped_and_not() {
        let authority = Authority::new("Example CA");
        let client = authority.client("Report Bot");
        let value = [client.der(), authority.der()].map(|der| STANDARD.encode(der)).join(",");
        let expected = Ok(vec![client.der().to_vec(), authority.der().to_vec()]);
        assert_eq!(read(&value), expected);
        assert_eq!(read(&utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string()), expected);
        assert_eq!(read(&format!("{value},")), Err(Unreadable));
    }
}
