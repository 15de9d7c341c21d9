//! What a URL says before anybody connects. It may hold a password, so that no fault repeats it.

use redis::{ConnectionAddr, IntoConnectionInfo};

/// Judges a `redis://` or `rediss://` URL without connecting.
///
/// # Errors
/// What to write instead. Never repeats the URL.
pub fn check_redis_url(url: &str) -> Result<(), &'static str> {
    if !(url.starts_with("redis://") || url.starts_with("rediss://")) {
        return Err("is neither redis://HOST:PORT nor rediss://HOST:PORT; write one of them");
    }
    // The driver passes over parameters that it does not know, and takes `#insecure` for no verification.
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    if url.contains('#')
        || !matches!(parameters, "" | "protocol=2" | "protocol=3" | "protocol=resp2" | "protocol=resp3")
    {
        return Err(
            "has something else than ?protocol=resp3 after its host; leave it out. In USER and PASSWORD, write \
                    characters other than letters and digits as %XX",
        );
    }
    match url.into_connection_info().map(|info| info.addr().clone()) {
        Ok(ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. }) if !host.is_empty() => Ok(()),
        _ => Err(
            "cannot be read as redis://USER:PASSWORD@HOST:PORT/NUMBER; in USER and PASSWORD, write characters other \
                  than letters and digits as %XX",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_connected_to_is_taken() {
        for url in ["redis://cache", "redis://:hunter2@cache:6379/1", "rediss://ana:hun%3Fter@cache?protocol=resp3"] {
            assert_eq!(check_redis_url(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_the_driver_would_pass_over_or_fail_at_is_told() {
        for (url, said) in [
            ("cache:6379", "neither redis://"),
            ("http://cache", "neither redis://"),
            ("redis://cache:port", "redis://USER:PASSWORD@HOST:PORT/NUMBER"),
            ("redis://cache/sessions", "redis://USER:PASSWORD@HOST:PORT/NUMBER"),
            ("redis://", "redis://USER:PASSWORD@HOST:PORT/NUMBER"),
            ("redis://cache?db=1", "?protocol=resp3"),
            ("redis://:hun?ter@cache", "?protocol=resp3"),
            ("rediss://cache#insecure", "?protocol=resp3"),
        ] {
            let why = check_redis_url(url).expect_err(url);
            assert!(why.contains(said), "{url}: {why}");
        }
    }
}
