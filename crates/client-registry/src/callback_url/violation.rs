//! What can be wrong with a callback URL, each with its stable code, its rule and its fix.

use std::net::IpAddr;

use serde::Serialize;
use thiserror::Error;

/// The rules of the policy, as the console's checklist lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// An absolute URL, written the way a browser writes it.
    WrittenForm,
    /// No part of it confuses a server, a browser or the reader of the answer.
    Parts,
    /// https; for native apps also loopback http and private schemes.
    Scheme,
    /// A host that the public internet can name.
    PublicHost,
    /// A reminder: URLs are compared character by character.
    ExactMatch,
}

/// One reason to refuse a callback URL. `Display` says what is wrong and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Violation {
    /// No WHATWG parser reads it as an absolute URL.
    #[error("This is not an absolute URL: {reason}.")]
    NotAbsoluteUrl {
        /// What stopped the parser, and the fix.
        reason: &'static str,
    },
    /// The host is no name in IDNA: a broken `xn--` label or a character that no host has.
    #[error(
        "The host is not a name that can be looked up: it has a forbidden character or a broken \
         `xn--` label. Write the name as your registrar shows it."
    )]
    InternationalName,
    /// A parser writes it back differently, so two programs could read it as two URLs.
    #[error(
        "This is not the form in which browsers send it, and we compare character by character. \
         Write `{canonical}`."
    )]
    NotCanonical {
        /// What a WHATWG parser writes back: printable ASCII.
        canonical: String,
    },
    /// Longer than the policy takes.
    #[error("The URL has {bytes} bytes; at most {limit} are taken. Keep what is long in `state`.")]
    TooLong {
        /// The length of the text in bytes.
        bytes: usize,
        /// The longest that is taken, in bytes.
        limit: usize,
    },
    /// `user:password@` before the host.
    #[error("A user name or password before the host (`…@`) is not allowed. Remove it.")]
    UserInfo,
    /// A fragment (RFC 6749 §3.1.2 forbids it).
    #[error("A fragment (`#…`) is not allowed. Remove it.")]
    Fragment,
    /// A wildcard or a template character.
    #[error(
        "`{character}` looks like a wildcard or a template, and nothing is ever filled in. \
         Register each URL in full."
    )]
    Placeholder {
        /// The first such character.
        character: char,
    },
    /// A character that no URI has (RFC 3986 §2), such as `|` or a space.
    #[error("`{}` cannot stand in a URL. Write `{}`.", .character.escape_default(), escaped(*.character))]
    NotUriCharacter {
        /// The first such character.
        character: char,
    },
    /// A `%` without two hexadecimal digits.
    #[error("A `%` must be followed by two hexadecimal digits. Write `%25` for a percent sign in the query.")]
    MalformedEscape,
    /// An escape in the path that servers decode differently.
    #[error(
        "`{escape}` in the path is read differently by different servers. Use a path without \
         escaped slashes, backslashes, control characters or percent signs."
    )]
    HiddenCharacter {
        /// The escape as it was written.
        escape: String,
    },
    /// A path segment that some servers read as `.` or `..`.
    #[error("`{segment}` in the path is read as a step up by some servers. Write the path without it.")]
    DotSegment {
        /// The segment as it was written.
        segment: String,
    },
    /// A query parameter that the answer itself carries.
    #[error(
        "The query has `{name}`, which our answer also carries. Rename the parameter or keep its \
         value in `state`."
    )]
    AnswerParameter {
        /// The parameter's name.
        name: String,
    },
    /// Port 0.
    #[error("Port 0 cannot be connected to. Remove it or write the real port.")]
    PortZero,
    /// A URL of this server itself.
    #[error("`{origin}` is this server itself. Use a URL of your own app.")]
    OwnOrigin {
        /// The origin.
        origin: String,
    },
    /// A scheme that is never taken.
    #[error("The scheme `{scheme}` is not allowed. Use `https://`{}.", native_alternative(*.native))]
    SchemeNotAllowed {
        /// The scheme.
        scheme: String,
        /// Whether the app is native, and could use a private scheme.
        native: bool,
    },
    /// Plain http to anything but a loopback address.
    #[error("`http://` is only allowed for 127.0.0.1 and [::1], in native apps. Use `https://`.")]
    PlainHttp,
    /// A loopback address for an app that runs on a server.
    #[error(
        "A loopback address is for native apps. Use `https://` and a public host, or make this a \
         native app."
    )]
    LoopbackNeedsNativeApp,
    /// A private scheme for an app that runs on a server.
    #[error(
        "A private scheme such as `{scheme}:` is for native apps. Use `https://`, or make this a \
         native app."
    )]
    PrivateSchemeNeedsNativeApp {
        /// The scheme.
        scheme: String,
    },
    /// A private scheme that is not a domain name of the app's maker, reversed (RFC 8252 §7.1).
    #[error(
        "`{scheme}` is not a domain name written backwards. Take a domain you own, for example \
         `com.example.app:/callback` for app.example.com."
    )]
    PrivateSchemeName {
        /// The scheme.
        scheme: String,
    },
    /// A private scheme that is not followed by exactly one slash.
    #[error("A private scheme is followed by one slash. Write `{scheme}:/callback`.")]
    PrivateSchemeSlash {
        /// The scheme.
        scheme: String,
    },
    /// An IP address of a special-purpose range.
    #[error(
        "{address} is not a public address ({range}{}). Use a public host name.",
        folded_note(.folded.as_ref())
    )]
    SpecialPurposeAddress {
        /// The address in the URL.
        address: IpAddr,
        /// What the range is for.
        range: &'static str,
        /// The IPv4 address inside, when the range carries one.
        folded: Option<IpAddr>,
    },
    /// A host name of one label.
    #[error("`{host}` is a name of one network only. Use a full public name such as app.example.com.")]
    SingleLabel {
        /// The host.
        host: String,
    },
    /// `localhost` and names under it.
    #[error(
        "`{host}` may be resolved to anything. Native apps use `http://127.0.0.1` or \
         `http://[::1]`; web apps need a public host."
    )]
    Localhost {
        /// The host.
        host: String,
    },
    /// A name kept for special use (RFC 6761) or for private networks.
    #[error("Names under `.{suffix}` are not public ({purpose}). Use a public host name.")]
    SpecialUseName {
        /// The special name, without its leading dot.
        suffix: &'static str,
        /// What it is kept for.
        purpose: &'static str,
    },
    /// A host that ends with a dot.
    #[error("The host ends with a dot, which makes it another name to browsers. Write `{without}`.")]
    TrailingDot {
        /// The host without it.
        without: String,
    },
    /// An empty or over-long label, or one with a character that no host name has.
    #[error("The host name is malformed: {problem}.")]
    MalformedHostName {
        /// What is wrong, and the limit.
        problem: &'static str,
    },
    /// A suffix under which the public registers names.
    #[error("`{host}` is a suffix under which anyone can register. Use your own name, such as app.{host}.")]
    BarePublicSuffix {
        /// The host.
        host: String,
    },
    /// A name under no known top-level domain.
    #[error("`.{top_level}` is not a top-level domain of the public DNS. Check the spelling.")]
    UnknownTopLevel {
        /// The last label.
        top_level: String,
    },
}

impl Violation {
    /// Whether a native app could have the URL.
    #[must_use]
    pub const fn needs_native_app(&self) -> bool {
        matches!(self, Self::LoopbackNeedsNativeApp | Self::PrivateSchemeNeedsNativeApp { .. })
    }

    /// The stable code, for the JSON API and the activity page.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAbsoluteUrl { .. } => "not_absolute_url",
            Self::InternationalName => "international_name",
            Self::NotCanonical { .. } => "not_canonical",
            Self::TooLong { .. } => "too_long",
            Self::UserInfo => "user_info",
            Self::Fragment => "fragment",
            Self::Placeholder { .. } => "placeholder",
            Self::NotUriCharacter { .. } => "not_uri_character",
            Self::MalformedEscape => "malformed_escape",
            Self::HiddenCharacter { .. } => "hidden_character",
            Self::DotSegment { .. } => "dot_segment",
            Self::AnswerParameter { .. } => "answer_parameter",
            Self::PortZero => "port_zero",
            Self::OwnOrigin { .. } => "own_origin",
            Self::SchemeNotAllowed { .. } => "scheme_not_allowed",
            Self::PlainHttp => "plain_http",
            Self::LoopbackNeedsNativeApp => "loopback_needs_native_app",
            Self::PrivateSchemeNeedsNativeApp { .. } => "private_scheme_needs_native_app",
            Self::PrivateSchemeName { .. } => "private_scheme_name",
            Self::PrivateSchemeSlash { .. } => "private_scheme_slash",
            Self::SpecialPurposeAddress { .. } => "special_purpose_address",
            Self::SingleLabel { .. } => "single_label",
            Self::Localhost { .. } => "localhost",
            Self::SpecialUseName { .. } => "special_use_name",
            Self::TrailingDot { .. } => "trailing_dot",
            Self::MalformedHostName { .. } => "malformed_host_name",
            Self::BarePublicSuffix { .. } => "bare_public_suffix",
            Self::UnknownTopLevel { .. } => "unknown_top_level",
        }
    }

    /// The rule that it breaks.
    #[must_use]
    pub fn rule(&self) -> Rule {
        match self {
            Self::NotAbsoluteUrl { .. } | Self::NotCanonical { .. } => Rule::WrittenForm,
            Self::TooLong { .. }
            | Self::UserInfo
            | Self::Fragment
            | Self::Placeholder { .. }
            | Self::NotUriCharacter { .. }
            | Self::MalformedEscape
            | Self::HiddenCharacter { .. }
            | Self::DotSegment { .. }
            | Self::AnswerParameter { .. }
            | Self::PortZero
            | Self::OwnOrigin { .. } => Rule::Parts,
            Self::SchemeNotAllowed { .. }
            | Self::PlainHttp
            | Self::LoopbackNeedsNativeApp
            | Self::PrivateSchemeNeedsNativeApp { .. }
            | Self::PrivateSchemeName { .. }
            | Self::PrivateSchemeSlash { .. } => Rule::Scheme,
            Self::InternationalName
            | Self::SpecialPurposeAddress { .. }
            | Self::SingleLabel { .. }
            | Self::Localhost { .. }
            | Self::SpecialUseName { .. }
            | Self::TrailingDot { .. }
            | Self::MalformedHostName { .. }
            | Self::BarePublicSuffix { .. }
            | Self::UnknownTopLevel { .. } => Rule::PublicHost,
        }
    }
}

fn escaped(character: char) -> String {
    let mut bytes = [0; 4];
    percent_encoding::utf8_percent_encode(character.encode_utf8(&mut bytes), percent_encoding::NON_ALPHANUMERIC)
        .to_string()
}

fn native_alternative(native: bool) -> &'static str {
    if native {
        ", or a private scheme that is your domain written backwards, such as \
         `com.example.app:/callback`"
    } else {
        ""
    }
}

fn folded_note(folded: Option<&IpAddr>) -> String {
    folded.map(|address| format!(", carrying {address}")).unwrap_or_default()
}
