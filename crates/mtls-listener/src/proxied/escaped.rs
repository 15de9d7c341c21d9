//! PEM with what may not stand in a header as `%` and two digits, which several proxies send.

use percent_encoding::percent_decode_str;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::{Ders, Unreadable};

/// All certificates of an escaped PEM text, at least one.
pub(super) fn certificates(value: &str) -> Result<Ders, Unreadable> {
    let pem: Vec<u8> = percent_decode_str(value).collect();
    // PEM has no comma: two headers were made one line on the way, and only one of them can be the proxy's.
    if pem.contains(&b',') {
        return Err(Unreadable);
    }
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|one| one.map(|der| der.to_vec())).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(Unreadable)
}
