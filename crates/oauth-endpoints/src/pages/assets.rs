//! The stylesheet, the icon and the small modules, named by their content so that browsers may keep them for ever.

use actix_web::HttpResponse;
use actix_web::http::header::{self, CONTENT_TYPE};

/// A file served as it is.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    stem: &'static str,
    extension: &'static str,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    fingerprint: u64,
}

/// Value of `Cache-Control`: the name changes with the content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The stylesheet of every page.
pub static STYLESHEET: Asset =
    Asset::new("countersign", "css", "text/css; charset=utf-8", include_bytes!("../../assets/countersign.css"));
/// The icon of the browser's tab.
pub static ICON: Asset = Asset::new("icon", "svg", "image/svg+xml", include_bytes!("../../assets/icon.svg"));
/// On every page: times in the reader's zone, countdowns, the theme switch.
pub static PAGE_SCRIPT: Asset = Asset::new("page", "js", JAVASCRIPT, include_bytes!("../../assets/page.js"));
/// Sign-in: show the password, Caps Lock.
pub static PASSWORD_SCRIPT: Asset =
    Asset::new("password", "js", JAVASCRIPT, include_bytes!("../../assets/password.js"));
/// Workspaces: filter, count, select all, what changed.
pub static PICKER_SCRIPT: Asset = Asset::new("picker", "js", JAVASCRIPT, include_bytes!("../../assets/picker.js"));
/// `form_post`: sends the form at once.
pub static SUBMIT_SCRIPT: Asset = Asset::new("submit", "js", JAVASCRIPT, include_bytes!("../../assets/submit.js"));

/// Every asset, for the routes.
#[must_use]
pub fn all() -> [&'static Asset; 6] {
    [&STYLESHEET, &ICON, &PAGE_SCRIPT, &PASSWORD_SCRIPT, &PICKER_SCRIPT, &SUBMIT_SCRIPT]
}

impl Asset {
    /// A file of another crate's pages.
    #[must_use]
    pub const fn new(
        stem: &'static str,
        extension: &'static str,
        content_type: &'static str,
        bytes: &'static [u8],
    ) -> Self {
        Self { stem, extension, content_type, bytes, fingerprint: fingerprint(bytes) }
    }

    /// The answer to whoever asks for it.
    #[must_use]
    pub fn answer(&self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
            .insert_header(("X-Content-Type-Options", "nosniff"))
            .body(self.bytes)
    }

    /// Path from the origin's root, the same in every environment.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/assets/{}-{:016x}.{}", self.stem, self.fingerprint, self.extension)
    }
}

/// FNV-1a, because it can be computed at compile time. It tells our own versions apart; it protects nothing.
#[expect(clippy::indexing_slicing, reason = "iterators are not const; the loop's condition bounds the index")]
const fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}
