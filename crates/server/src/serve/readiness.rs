//! What a start would trip over, without starting: the files that the configuration names, the sender of mails.

use mtls_listener::{ServerIdentity, for_proxies};

use super::{StartFault, log};
use crate::config::Config;
use crate::mail::SmtpMail;

/// Everything that [`super::start`] would refuse, as far as it can be known without a store or a port.
#[must_use]
pub fn faults(config: &Config) -> Vec<StartFault> {
    let mut faults = Vec::new();
    let mut note = |outcome: Result<(), StartFault>| faults.extend(outcome.err());
    note(log::filter(&config.log).map(drop));
    if let Some(mail) = &config.mail {
        note(SmtpMail::new(mail).map(drop).map_err(Into::into));
    }
    let own = [&config.listen.tls, &config.mtls.identity, &config.proxied.identity, &config.verify.identity];
    for (certificate, key) in own.into_iter().flatten() {
        note(ServerIdentity::read(certificate, key).map(drop).map_err(Into::into));
    }
    if let Some(((certificate, key), authorities)) =
        config.proxied.identity.as_ref().zip(config.proxied.authorities.as_ref())
        && let Ok(identity) = ServerIdentity::read(certificate, key)
    {
        note(for_proxies(&identity, authorities).map(drop).map_err(Into::into));
    }
    note(config.mtls.trust.read().map(drop).map_err(Into::into));
    faults
}
