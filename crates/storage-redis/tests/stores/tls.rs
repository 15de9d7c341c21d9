//! TLS, with an authority of the installation's own.

use std::fs;

use storage::{Codes, Taken};
use storage_redis::{RedisOptions, RedisStore};
use testkit::{Port, Redis};

use super::{LIFE, key};

#[tokio::test]
async fn a_tls_server_is_used_when_its_authority_is_known_and_not_otherwise() {
    let folder = tempfile::tempdir().expect("a folder for certificates");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, private) = (path("certificate.pem"), path("private.pem"));
    fs::write(&certificate, certified.cert.pem()).expect("it can be written");
    fs::write(&private, certified.signing_key.serialize_pem()).expect("it can be written");
    let port = Port::claim();
    let _server = Redis::with_settings(&[
        ("tls-port", &port.number().to_string()),
        ("tls-cert-file", &certificate),
        ("tls-key-file", &private),
        ("tls-auth-clients", "no"),
    ]);
    let urls = [format!("rediss://localhost:{}", port.number())];

    let options = RedisOptions { root_certificates: Some(certified.cert.pem().into()), ..RedisOptions::default() };
    let store = RedisStore::connect(&urls, options).await.expect("the authority is known");
    store.put(key(1), b"sealed", LIFE).await.expect("the server keeps it");
    assert_eq!(store.take(key(1)).await.expect("the server answers"), Taken::Fresh(b"sealed".to_vec()));

    RedisStore::connect(&urls, RedisOptions::default()).await.err().expect("nobody vouches for it");
}
