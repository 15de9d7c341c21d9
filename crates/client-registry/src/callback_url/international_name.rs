//! Internationalised host names: both forms shown, broken ones refused, mixed scripts pointed out.

use idna::AsciiDenyList;
use idna::uts46::{Hyphens, Uts46};
use unicode_security::MixedScript;

/// A host name with `xn--` labels, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InternationalName {
    /// The form that people read.
    pub(super) unicode: String,
    /// Whether one label mixes writing systems, as names that imitate others do.
    pub(super) mixes_scripts: bool,
}

/// Whether a label of `host` is in the ASCII form of IDNA.
pub(super) fn is_international(host: &str) -> bool {
    host.split('.').any(|label| label.starts_with("xn--"))
}

/// `None` when a label is not what IDNA would have made of any name (UTS #46 §4.1).
pub(super) fn read(host: &str) -> Option<InternationalName> {
    let (unicode, outcome) = Uts46::new().to_unicode(host.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
    outcome.ok()?;
    let mixes_scripts = unicode.split('.').any(|label| !label.is_single_script());
    Some(InternationalName { unicode: unicode.into_owned(), mixes_scripts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_mixtures_noticed() {
        for (host, unicode, mixes_scripts) in [
            ("xn--bcher-kva.example.com", "bücher.example.com", false),
            ("xn--80ak6aa92e.com", "аррӏе.com", false),
            ("xn--pple-43d.com", "аpple.com", true),
            ("xn--wgv71a119e.jp", "日本語.jp", false),
        ] {
            let name = read(host).expect("the name is sound");
            assert_eq!(name.unicode, unicode);
            assert_eq!(name.mixes_scripts, mixes_scripts, "{host}");
        }
    }

    #[test]
    fn labels_that_idna_does_not_make_are_refused() {
        for host in ["xn--a.com", "xn--.com", "xn--zzzzzz.com", "xn--ls8h-.com"] {
            assert_eq!(read(host), None, "{host}");
        }
    }
}
