//! Legacy parameters: old client libraries post everything in the query string with an empty body.

use domain::{KeyKind, Reason};
use storage::ClientRecord;

use crate::Protocol;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::trail::Trail;

/// What belongs in the body and nowhere else.
const OURS: &[&str] = &[
    "assertion",
    "client_id",
    "client_secret",
    "code",
    "code_verifier",
    "grant_type",
    "redirect_uri",
    "refresh_token",
    "scope",
    "token",
];

/// Where parameters were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Body,
    Query,
    Both,
}

/// All parameters from the query or all from the body. Of both, those of the query: they name the key to be told.
pub(crate) fn choose(query: &[u8], body: &[u8]) -> Result<(Parameters, Place), Refusal> {
    let in_query = form_urlencoded::parse(query).any(|(name, _)| OURS.contains(&&*name));
    match (in_query, body.is_empty()) {
        (false, _) => Ok((Parameters::parse(body)?, Place::Body)),
        (true, true) => Ok((Parameters::parse(query)?, Place::Query)),
        (true, false) => Ok((Parameters::parse(query)?, Place::Both)),
    }
}

impl Protocol {
    /// Refuses a request of an endpoint that never reads its query, if the query holds what belongs in the body. A
    /// secret there is exposed, and the key's owners are told.
    ///
    /// # Errors
    /// [`Reason::CredentialsInQuery`].
    pub async fn refuse_query(&self, query: &[u8], trail: &mut Trail) -> Result<(), Refusal> {
        match choose(query, b"")? {
            (parameters, Place::Query) => Err(refuse(self, &parameters, Reason::CredentialsInQuery, trail).await?),
            _ => Ok(()),
        }
    }
}

async fn refuse(
    protocol: &Protocol,
    parameters: &Parameters,
    reason: Reason,
    trail: &mut Trail,
) -> Result<Refusal, Refusal> {
    if let Some(id) = parameters.find("client_id").and_then(|id| id.parse().ok())
        && let Some(stored) = &protocol.records.client(id).await?.value
    {
        trail.found(stored.key.id, stored.app.id);
    }
    let exposed = if parameters.find("client_secret").is_some() { "exposed: a secret was sent in a URL" } else { "" };
    Ok(Refusal::new(reason).detail(exposed))
}

/// Whether the app that the query names may do this.
pub(crate) async fn check(
    protocol: &Protocol,
    parameters: &Parameters,
    place: Place,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    if place == Place::Both {
        return Err(refuse(protocol, parameters, Reason::ParametersInTwoPlaces, trail).await?);
    }
    let refusal = refuse(protocol, parameters, Reason::CredentialsInQuery, trail).await?;
    let Some(key) = trail.key else { return Err(refusal) };
    let record = protocol.records.client(key).await?;
    let now = protocol.clock.now();
    let may = |stored: &ClientRecord| stored.app.accepts_legacy_parameters(now) && stored.key.kind == KeyKind::Secret;
    if !record.value.as_ref().is_some_and(may) {
        return Err(refusal);
    }
    trail.legacy = true;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_one_place() {
        let place = |query: &[u8], body: &[u8]| choose(query, body).map(|(_, place)| place).ok();
        assert_eq!(place(b"grant_type=x", b"grant_type=x"), Some(Place::Both));
        assert_eq!(place(b"grant_type=x", b""), Some(Place::Query));
        assert_eq!(place(b"utm_source=x", b"grant_type=x"), Some(Place::Body));
    }
}
