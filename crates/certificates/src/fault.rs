//! Why a certificate that was shown does not count.

use domain::Reason;

/// Why a certificate does not count now. What is told to people is the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
    /// Its time has not come.
    #[error("the certificate is not valid yet; compare the clocks")]
    NotYetValid,
    /// It is on its issuer's revocation list.
    #[error("the certificate is on its issuer's revocation list")]
    Revoked,
    /// It is for something else.
    #[error(
        "the certificate is not for clients: its key usage lacks digitalSignature, or its extended key usage lacks \
         clientAuth"
    )]
    UsageWrong,
    /// It is that of an authority, which vouches for others and cannot be vouched for.
    #[error("the certificate is an authority's; only a certificate that was registered itself may be that")]
    AuthorityShown,
    /// No anchor vouches for it.
    #[error("no trust anchor vouches for the certificate; were its intermediate certificates sent along?")]
    UnknownIssuer,
    /// Its chain ends at an anchor, but the time of the anchor, or of an intermediate one, is over.
    #[error("a certificate above it in the chain has expired or is not valid yet")]
    IssuerExpired,
    /// An authority above it may not vouch for such names, or for so long a chain.
    #[error("an authority above it may not vouch for it: name constraints or path length forbid it")]
    IssuerConstrained,
    /// Its issuer has a revocation list, and that is out of date: whether it was revoked is not known.
    #[error("the revocation list of its issuer is out of date, so that nobody knows whether it was revoked")]
    ListStale,
    /// It, or a signature above it, is of an algorithm that is not accepted.
    #[error("the certificate or one above it is signed with an algorithm that this server does not accept")]
    AlgorithmRefused,
    /// It cannot be read.
    #[error("the certificate cannot be read")]
    Malformed,
}

impl Fault {
    /// What a refusal for it is called.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Expired => Reason::CertificateExpired,
            Self::NotYetValid => Reason::CertificateNotYetValid,
            Self::Revoked => Reason::CertificateRevoked,
            Self::UsageWrong => Reason::CertificateUsageWrong,
            Self::AuthorityShown | Self::UnknownIssuer | Self::IssuerExpired | Self::IssuerConstrained => {
                Reason::CertificateIssuerUnknown
            }
            Self::ListStale => Reason::CertificateListStale,
            Self::AlgorithmRefused | Self::Malformed => Reason::CertificateMalformed,
        }
    }

    pub(crate) fn of(error: &webpki::Error) -> Self {
        use webpki::Error;
        match error {
            Error::CertExpired { .. } | Error::CertNotValidYet { .. } => Self::IssuerExpired,
            Error::CertRevoked => Self::Revoked,
            Error::CrlExpired { .. } => Self::ListStale,
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => Self::UsageWrong,
            Error::CaUsedAsEndEntity => Self::AuthorityShown,
            Error::NameConstraintViolation
            | Error::PathLenConstraintViolated
            | Error::EndEntityUsedAsCa
            | Error::IssuerNotCrlSigner => Self::IssuerConstrained,
            // Another authority of the same name: its key does not verify the signature.
            Error::UnknownIssuer
            | Error::InvalidSignatureForPublicKey
            | Error::CertDistrusted
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumPathDepthExceeded
            | Error::MaximumSignatureChecksExceeded
            | Error::MaximumNameConstraintComparisonsExceeded => Self::UnknownIssuer,
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Self::AlgorithmRefused,
            _ => Self::Malformed,
        }
    }
}
