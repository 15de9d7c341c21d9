//! Certificates for this crate's tests.

use testkit::{Authority, Issued};

pub(crate) struct Made {
    pub(crate) authority: Authority,
    pub(crate) client: Issued,
}

pub(crate) fn made() -> Made {
    let authority = Authority::new("Example CA");
    let client = authority.client("Report Bot");
    Made { authority, client }
}
