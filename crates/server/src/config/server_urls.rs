//! What a URL of a mail server says before anybody connects. It may hold a password, so that no fault repeats it.

use std::net::IpAddr;

use url::Url;

/// Judges the URL of an SMTP server: mails carry the codes people sign in with, so that they leave this machine by TLS
/// only. Whatever is not understood is refused, since a mistyped `tls` would mean none.
///
/// # Errors
/// What to write instead, after the setting's name.
pub(super) fn check_smtp(text: &str) -> Result<(), &'static str> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.fragment().is_none());
    let host = url.as_ref().and_then(Url::host_str).filter(|host| !host.is_empty());
    let Some((url, host)) = url.as_ref().zip(host) else {
        return Err(
            "is neither smtps://USER:PASSWORD@HOST:PORT nor smtp://USER:PASSWORD@HOST:PORT?tls=required; write \
                    one of them, with %XX for characters of USER and PASSWORD that are neither letters nor digits",
        );
    };
    if url.query_pairs().any(|(name, value)| name != "tls" || value != "required") {
        return Err("has another parameter than tls=required; write smtps://HOST, or smtp://HOST?tls=required");
    }
    let encrypted = url.scheme() == "smtps" || url.query_pairs().next().is_some();
    if !encrypted && !is_here(host) {
        return Err("would send passwords and codes in clear text to another machine; write smtps://HOST, or \
                    smtp://HOST?tls=required for STARTTLS");
    }
    Ok(())
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> &'static str {
        check_smtp(url).expect_err(url)
    }

    #[test]
    fn mail_leaves_this_machine_by_tls_only() {
        for url in [
            "smtps://u:p@mail.example.com",
            "smtps://u:p@mail.example.com:465/me.example.com?tls=required",
            "smtp://u:p@mail.example.com?tls=required",
            "smtp://localhost",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:25",
        ] {
            assert_eq!(check_smtp(url), Ok(()), "{url}");
        }
        for url in ["smtp://u:p@mail.example.com", "smtp://10.0.0.1:25", "smtp://localhost.example.com"] {
            assert!(refused(url).contains("clear text"), "{url}");
        }
    }

    #[test]
    fn a_mistyped_parameter_is_not_no_parameter() {
        for parameters in ["tsl=required", "tls=opportunistic", "tls=yes", "tls", "tls=required&x=1", "TLS=required"] {
            assert!(refused(&format!("smtp://u:p@mail.example.com?{parameters}")).contains("another parameter"));
            assert!(refused(&format!("smtps://u:p@mail.example.com?{parameters}")).contains("another parameter"));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_how_it_is_written() {
        for url in ["", "mail.example.com", "smtp:mail", "http://mail.example.com", "smtps://", "smtp://u:p#w@h"] {
            assert!(refused(url).contains("smtps://USER:PASSWORD@HOST"), "{url}");
        }
    }
}
