//! Legacy parameters: old client libraries post everything in the query string with an empty body.

use domain::{KeyKind, Reason};
use storage::ClientRecord;

use crate::Protocol;
use crate::attribution::Spoken;
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

/// All parameters from the query or all from the body. Of both, those of the query: they must not be there.
pub(crate) fn choose(query: &[u8], body: &[u8]) -> Result<(Parameters, Place), Refusal> {
    let in_query = form_urlencoded::parse(query).any(|(name, _)| OURS.contains(&&*name));
    match (in_query, body.is_empty()) {
        (false, _) => Ok((Parameters::parse(body)?, Place::Body)),
        (true, true) => Ok((Parameters::parse(query)?, Place::Query)),
        (true, false) => Ok((Parameters::parse(query)?, Place::Both)),
    }
}

/// Refuses a request of an endpoint that never reads its query, if the query holds what belongs in the body.
///
/// # Errors
/// [`Reason::CredentialsInQuery`].
pub fn refuse_query(query: &[u8]) -> Result<(), Refusal> {
    match choose(query, b"")? {
        (parameters, Place::Query) => Err(in_query(&parameters)),
        _ => Ok(()),
    }
}

/// A URL is kept in histories and logs: what it held is known to others.
pub(crate) fn in_query(parameters: &Parameters) -> Refusal {
    let refusal = Refusal::new(Reason::CredentialsInQuery);
    let sentence = Reason::CredentialsInQuery.sentence();
    if parameters.find("client_secret").is_some() {
        let advice = "a secret that was in a URL is exposed: rotate it.";
        return refusal.saying(format!("{sentence} {advice}")).detail("exposed: a secret was sent in a URL");
    }
    if ["token", "refresh_token"].iter().any(|name| parameters.find(name).is_some()) {
        let advice = "a token that was in a URL is exposed: revoke it.";
        return refusal.saying(format!("{sentence} {advice}")).detail("exposed: a token was sent in a URL");
    }
    refusal
}

/// Whether the app of the key that is named may send its parameters where they were.
pub(crate) async fn check(
    protocol: &Protocol,
    parameters: &Parameters,
    place: Place,
    spoken: Spoken<'_>,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    protocol.attribute(spoken, trail).await;
    let Some(key) = trail.key else { return Err(in_query(parameters)) };
    let record = protocol.records.client(key).await?;
    let now = protocol.clock.now();
    let may = |stored: &ClientRecord| stored.app.accepts_legacy_parameters(now) && stored.key.kind == KeyKind::Secret;
    if !record.value.as_ref().is_some_and(may) {
        return Err(in_query(parameters));
    }
    if place == Place::Both {
        return Err(Reason::ParametersInTwoPlaces.into());
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
