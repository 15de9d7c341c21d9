//! nginx: `proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;`, the client's own certificate alone.

use super::{Ders, Unreadable, escaped};

pub(super) fn read(value: &str) -> Result<Ders, Unreadable> {
    if value.is_empty() {
        return Ok(vec![]);
    }
    escaped::certificates(value).and_then(|found| if found.len() == 1 { Ok(found) } else { Err(Unreadable) })
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use testkit::Authority;

    use super::*;

    #[test]
    fn one_escaped_certificate_is_read() {
        let client = Authority::new("Example CA").client("Report Bot");
        let escaped = utf8_percent_encode(&client.pem(), NON_ALPHANUMERIC).to_string();
        assert_eq!(read(&escaped), Ok(vec![client.der().to_vec()]));
        assert_eq!(read(&escaped.repeat(2)), Err(Unreadable));
        assert_eq!(read(&format!("{escaped}, {escaped}")), Err(Unreadable), "two headers in one line");
    }
}
