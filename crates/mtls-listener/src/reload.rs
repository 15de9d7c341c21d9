//! New files without a restart: they are looked at every second, and on SIGHUP.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use certificates::{Crl, OperatorTrust, Trust};
use tokio::signal::unix::{SignalKind, signal};

use crate::files::{LoadFault, TrustFiles, files_of};
use crate::tls::ServerIdentity;

/// Files that something was read from.
#[derive(Debug)]
pub enum Followed {
    /// A server's certificate and key.
    Identity(ServerIdentity, PathBuf, PathBuf),
    /// The operator's trust.
    Trust(OperatorTrust, TrustFiles),
}

impl Followed {
    fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Identity(_, certificate, key) => vec![certificate.clone(), key.clone()],
            Self::Trust(_, files) => files.paths(),
        }
    }

    fn read_again(&self) -> Result<(), LoadFault> {
        match self {
            Self::Identity(identity, certificate, key) => identity.read_again(certificate, key),
            Self::Trust(trust, files) => files.read().map(|read| {
                for issuer in without_list(&trust.current(), &read) {
                    tracing::error!(
                        issuer,
                        "no revocation list of this issuer is left: what it took back counts again"
                    );
                }
                trust.replace(&read);
            }),
        }
    }

    fn called(&self) -> &'static str {
        match self {
            Self::Identity(..) => "the server's certificate and key",
            Self::Trust(..) => "trust anchors and revocation lists",
        }
    }
}

/// The issuers that had a revocation list before and have none now.
fn without_list<'a>(before: &'a Trust, now: &Trust) -> BTreeSet<&'a str> {
    let has_one = |issuer: &str| now.crls.iter().any(|list| list.issuer() == issuer);
    before.crls.iter().map(Crl::issuer).filter(|issuer| !has_one(issuer)).collect()
}

/// What tells one state of a file from another: moment of change, size and number.
type Mark = Vec<(PathBuf, i64, i64, u64, u64)>;

/// Reads files again when they change, looking `every` so often, and when the process gets SIGHUP. What cannot be read
/// is logged, and what was there before stays. Never returns.
pub async fn follow(followed: Vec<Followed>, every: Duration) {
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(signal) => Some(signal),
        Err(cause) => {
            tracing::error!(%cause, "SIGHUP cannot be heard");
            None
        }
    };
    // What has no files stays as it is.
    let with_files = followed.into_iter().filter(|one| !one.paths().is_empty());
    let mut state: Vec<_> = with_files.map(|one| (None, one)).collect();
    loop {
        let told = tokio::select! {
            () = tokio::time::sleep(every) => false,
            () = heard(hang_up.as_mut()) => true,
        };
        // Files may lie on a slow disc, and lists may be large.
        let looked = tokio::task::spawn_blocking(move || {
            for (before, one) in &mut state {
                look(before, one, told);
            }
            state
        });
        match looked.await {
            Ok(after) => state = after,
            Err(cause) => return tracing::error!(%cause, "files are not followed any more"),
        }
    }
}

async fn heard(hang_up: Option<&mut tokio::signal::unix::Signal>) {
    let heard = match hang_up {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

fn look(before: &mut Option<Mark>, followed: &Followed, told: bool) {
    let now = Some(mark(&followed.paths()));
    if now == *before && !told {
        return;
    }
    // A file that changes while it is read has another mark at the next look. The first look reads in any case: files
    // may have changed since the server read them at its start.
    let is_first = std::mem::replace(before, now).is_none();
    match followed.read_again() {
        Ok(()) if is_first => {}
        Ok(()) => tracing::info!("{} were read again", followed.called()),
        Err(cause) => tracing::error!(%cause, "{} cannot be used; the former ones stay", followed.called()),
    }
}

fn mark(paths: &[PathBuf]) -> Mark {
    let files = paths.iter().flat_map(|path| files_of(path).unwrap_or_default());
    let marks = files.filter_map(|file| {
        let data = fs::metadata(&file).ok()?;
        Some((file, data.mtime(), data.mtime_nsec(), data.len(), data.ino()))
    });
    marks.collect()
}

#[cfg(test)]
mod tests {
    use testkit::Authority;

    use super::*;

    #[test]
    fn an_issuer_whose_last_list_went_away_is_told() {
        let list = |name: &str| {
            let pem = Authority::new(name).revocation_list(&[], |_| {});
            Crl::read_all(pem.as_bytes(), Duration::ZERO).expect("it is a list")
        };
        let of = |crls: Vec<Crl>| Trust { crls, ..Trust::default() };
        let before = of([list("One CA"), list("Other CA"), list("Other CA")].concat());
        let after = of([list("Other CA"), list("Third CA")].concat());
        let without: Vec<_> = without_list(&before, &after).into_iter().collect();
        assert!(matches!(without.as_slice(), [issuer] if issuer.contains("One CA")), "{without:?}");
        assert!(without_list(&before, &before).is_empty());
    }
}
