//! Whose attempt it was, where a request was refused before anybody looked: for the owners' activity, never for a
//! decision.

use domain::ClientId;

use crate::Protocol;
use crate::client_authentication::named_in_header;
use crate::trail::Trail;

/// What of a request may name a key.
#[derive(Clone, Copy)]
pub struct Spoken<'a> {
    /// Its `Authorization` header.
    pub authorization: Option<&'a str>,
    /// Its query string.
    pub query: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
}

impl Spoken<'_> {
    /// The first key that is named, in header, body or query.
    fn key(&self) -> Option<ClientId> {
        let in_header = self.authorization.and_then(named_in_header).and_then(|name| name.parse().ok());
        in_header.or_else(|| named(self.body)).or_else(|| named(self.query))
    }
}

fn named(form: &[u8]) -> Option<ClientId> {
    form_urlencoded::parse(form).find(|(name, _)| name == "client_id").and_then(|(_, id)| id.parse().ok())
}

impl Protocol {
    /// Leaves in `trail` which key a request names, if that exists and is not known yet. A store that is down
    /// leaves it open.
    pub async fn attribute(&self, spoken: Spoken<'_>, trail: &mut Trail) {
        if trail.key.is_some() {
            return;
        }
        let Some(id) = spoken.key() else { return };
        if let Ok(record) = self.records.client(id).await
            && let Some(stored) = &record.value
        {
            trail.found(stored.key.id, stored.app.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_found_wherever_it_is_named() {
        let id = ClientId::from_bytes([7; 16]);
        let header = format!("Basic {}", STANDARD.encode(format!("{id}:mistyped")));
        let form = format!("a=b&client_id={id}&client_id={id}");
        let nothing = Spoken { authorization: None, query: b"", body: b"{\"client_id\":1}" };
        assert_eq!(nothing.key(), None);
        assert_eq!(Spoken { authorization: Some(&header), ..nothing }.key(), Some(id));
        assert_eq!(Spoken { query: form.as_bytes(), ..nothing }.key(), Some(id));
        assert_eq!(Spoken { body: form.as_bytes(), ..nothing }.key(), Some(id));
    }

    proptest! {
        #[test]
        fn anything_is_read_without_panic(header: String, query: Vec<u8>, body: Vec<u8>) {
            let _ = Spoken { authorization: Some(&header), query: &query, body: &body }.key();
        }
    }
}
