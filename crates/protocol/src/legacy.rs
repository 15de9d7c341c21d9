//! Legacy parameters: old client libraries post everything in the query string with an empty body.

use domain::{KeyKind, Reason};

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

/// All parameters from the query or all from the body, never both. The flag says that they came from the query.
pub(crate) fn choose(query: &[u8], body: &[u8]) -> Result<(Parameters, bool), Refusal> {
    let in_query = form_urlencoded::parse(query).any(|(name, _)| OURS.contains(&&*name));
    match (in_query, body.is_empty()) {
        (false, _) => Ok((Parameters::parse(body)?, false)),
        (true, true) => Ok((Parameters::parse(query)?, true)),
        (true, false) => Err(Reason::ParametersInTwoPlaces.into()),
    }
}

/// Whether the app that the query names may do this.
pub(crate) async fn check(protocol: &Protocol, parameters: &Parameters, trail: &mut Trail) -> Result<(), Refusal> {
    let refused = || {
        let exposed =
            if parameters.find("client_secret").is_some() { "exposed: a secret was sent in a URL" } else { "" };
        Refusal::new(Reason::CredentialsInQuery).detail(exposed)
    };
    let Some(id) = parameters.find("client_id").and_then(|id| id.parse().ok()) else { return Err(refused()) };
    let record = protocol.records.client(id).await?;
    let Some(stored) = &record.value else { return Err(refused()) };
    trail.found(stored.key.id, stored.app.id);
    if stored.app.accepts_legacy_parameters(protocol.clock.now()) && stored.key.kind == KeyKind::Secret {
        trail.legacy = true;
        return Ok(());
    }
    Err(refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_from_one_place() {
        assert!(
            matches!(choose(b"grant_type=x", b"grant_type=x"), Err(refusal) if refusal.reason() == Reason::ParametersInTwoPlaces)
        );
        assert!(choose(b"grant_type=x", b"").is_ok_and(|(_, from_query)| from_query));
        assert!(choose(b"utm_source=x", b"grant_type=x").is_ok_and(|(_, from_query)| !from_query));
    }
}
