//! What happens when files change.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use certificates::OperatorTrust;
use mtls_listener::{Followed, TrustFiles, follow};
use rustls::version;
use testkit::{Authority, Issued};

use crate::listening::{Listener, raw_client, thumbprint};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_serves_new_handshakes_and_drops_no_connection() {
    let listener = Listener::start();
    let followed = Followed::Identity(listener.identity.clone(), listener.certificate.clone(), listener.key.clone());
    let following = tokio::spawn(follow(vec![followed], Duration::from_millis(20)));
    let kept = listener.client(None);
    assert_eq!(listener.answers(&kept).await.expect("it answers"), "without");

    let next = Authority::new("Next CA");
    let renewed = next.server(&[]);
    replace(&listener, &renewed);
    let shown = Issued::self_signed("Report Bot");
    // A client that never resumes: a resumed session has no new certificate.
    let anew = || raw_client(&[&listener.authority, &next], &shown, &version::TLS13);
    let deadline = Instant::now() + Duration::from_secs(10);
    while listener.exchange(&anew()).await.1 != renewed.der() {
        assert!(Instant::now() < deadline, "the new certificate is served within ten seconds");
    }
    // This client does not trust the new authority: it can only have kept its connection.
    assert_eq!(listener.answers(&kept).await.expect("it answers"), "without");
    assert!(listener.answers(&listener.client(None)).await.is_err());
    following.abort();
    listener.handle.stop(false).await;
}

fn replace(listener: &Listener, renewed: &Issued) {
    let aside = listener.folder.path().join("aside");
    std::fs::create_dir_all(&aside).expect("a folder");
    let (certificate, key) = renewed.write_into(&aside);
    std::fs::rename(key, &listener.key).expect("it can be moved");
    std::fs::rename(certificate, &listener.certificate).expect("it can be moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_new_file_leaves_the_old_certificate() {
    let listener = Listener::start();
    let shown = Issued::self_signed("Report Bot");
    let anew = || raw_client(&[&listener.authority], &shown, &version::TLS13);
    let before = listener.exchange(&anew()).await.1;
    let other = tempfile::tempdir().expect("a folder");
    let (_, other_key) = listener.authority.server(&[]).write_into(other.path());
    let empty = other.path().join("empty.pem");
    std::fs::write(&empty, "").expect("it can be written");
    for (certificate, key, expected) in [
        (listener.certificate.as_path(), other_key.as_path(), "certificate.pem"),
        (&empty, &listener.key, "empty.pem"),
        (&listener.certificate, Path::new("/nowhere.pem"), "/nowhere.pem"),
    ] {
        let fault = listener.identity.read_again(certificate, key).expect_err("it cannot be used").to_string();
        assert!(fault.contains(expected), "{fault}");
        assert_eq!(listener.exchange(&anew()).await.1, before);
    }
    listener.handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_anchors_and_lists_are_trusted_and_bad_ones_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let [anchors, vouching, lists] = ["anchors", "vouching", "lists"].map(|name| folder.path().join(name));
    for folder in [&anchors, &vouching, &lists] {
        std::fs::create_dir(folder).expect("a folder");
    }
    let [known, trusted] = ["Known CA", "Trusted CA"].map(Authority::new);
    let files = TrustFiles {
        anchors: vec![anchors.clone()],
        vouching: vec![vouching.clone()],
        crls: vec![lists.clone()],
        crl_grace: Duration::ZERO,
    };
    let trust = OperatorTrust::default();
    let following =
        tokio::spawn(follow(vec![Followed::Trust(trust.clone(), files.clone())], Duration::from_millis(20)));
    std::fs::write(anchors.join("known.pem"), known.pem()).expect("it can be written");
    std::fs::write(vouching.join("trusted.pem"), trusted.pem()).expect("it can be written");
    std::fs::write(vouching.join(".ignored"), "nothing").expect("it can be written");
    until(|| trust.current().anchors.len() == 2).await;
    assert_eq!(trust.current().vouching.len(), 1, "a known authority does not vouch");

    let generation = trust.current().generation;
    std::fs::write(lists.join("trusted.crl"), trusted.revocation_list(&[], |_| {})).expect("it can be written");
    until(|| trust.current().crls.len() == 1).await;
    assert!(trust.current().generation > generation, "verdicts from before are out of date");

    // A list that cannot be read, with a new anchor beside it: all or nothing.
    std::fs::write(lists.join("trusted.crl"), "nothing").expect("it can be written");
    std::fs::write(anchors.join("another.pem"), Authority::new("Another CA").pem()).expect("it can be written");
    let fault = files.read().expect_err("the list cannot be read").to_string();
    assert!(fault.contains("trusted.crl"), "{fault}");
    assert_eq!((trust.current().anchors.len(), trust.current().crls.len()), (2, 1));
    std::fs::write(lists.join("trusted.crl"), trusted.revocation_list(&[], |_| {})).expect("it can be written");
    until(|| trust.current().anchors.len() == 3).await;
    following.abort();
}

async fn until(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < deadline, "it is so within ten seconds");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

// RELIABILITY F15: no handshake fails while the server's certificate is replaced, again and again.
#[tokio::test(flavor = "multi_thread")]
async fn certificates_roll_over_under_load_without_a_failed_handshake() {
    let listener = Arc::new(Listener::start());
    let next = Arc::new(Authority::new("Next CA"));
    let following = tokio::spawn(follow(
        vec![Followed::Identity(listener.identity.clone(), listener.certificate.clone(), listener.key.clone())],
        Duration::from_millis(20),
    ));
    let clients: Vec<_> = (0..3)
        .map(|_| {
            let (listener, next) = (Arc::clone(&listener), Arc::clone(&next));
            tokio::spawn(async move {
                let shown = Issued::self_signed("Report Bot");
                let mut seen = std::collections::HashSet::new();
                while seen.len() < 4 {
                    // A client that trusts both authorities, and begins anew each time.
                    let config = raw_client(&[&listener.authority, &next], &shown, &version::TLS13);
                    let (_, server, answer) = listener.exchange(&config).await;
                    assert_eq!(answer, thumbprint(&shown));
                    seen.insert(server);
                }
            })
        })
        .collect();
    let deadline = Instant::now() + Duration::from_secs(30);
    while !clients.iter().all(tokio::task::JoinHandle::is_finished) {
        assert!(Instant::now() < deadline, "every client has seen four certificates within half a minute");
        for authority in [&listener.authority, &*next] {
            replace(&listener, &authority.server(&[]));
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }
    for client in clients {
        client.await.expect("no handshake failed");
    }
    following.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hang_up_has_files_read_again() {
    let trust = OperatorTrust::default();
    let folder = tempfile::tempdir().expect("a folder");
    let files = TrustFiles { anchors: vec![folder.path().to_owned()], ..TrustFiles::default() };
    let followed = Followed::Trust(trust.clone(), files);
    let following = tokio::spawn(follow(vec![followed], Duration::from_millis(20)));
    // After the first look the signal is heard, and nothing changes by itself.
    until(|| trust.current().generation > 0).await;
    let before = trust.current().generation;
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP).expect("it is ours");
    until(|| trust.current().generation > before).await;
    following.abort();
}
