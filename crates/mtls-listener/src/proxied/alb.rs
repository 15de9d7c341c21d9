//! AWS application load balancers in the mode *passthrough*: the whole chain as PEM, escaped except for `+`, `=` and
//! `/`. ("Mutual authentication with TLS in Application Load Balancer", AWS documentation.) Not run against one.

use super::{Ders, Unreadable, escaped};

pub(super) fn read(value: &str) -> Result<Ders, Unreadable> {
    if value.is_empty() { Ok(vec![]) } else { escaped::certificates(value) }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    use testkit::Authority;

    use super::*;

    const SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'+').remove(b'=').remove(b'/').remove(b'-');

    #[test]
    fn the_chain_is_read_in_its_order() {
        let authority = Authority::new("Example CA");
        let client = authority.client("Report Bot");
        let pem = format!("{}{}", client.pem(), authority.pem());
        let value = utf8_percent_encode(&pem, SAFE).to_string();
        assert!(value.starts_with("-----BEGIN%20CERTIFICATE-----%0A"), "as the documentation shows it");
        assert_eq!(read(&value), Ok(vec![client.der().to_vec(), authority.der().to_vec()]));
    }
}
