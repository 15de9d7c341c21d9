//! Pins what oxide-auth does that we work around, so that an upgrade that changes it is noticed.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{AccessToken, Authorization, Error, Input, Output, Request};
use oxide_auth::primitives::scope::Scope;

struct Bare {
    redirect_uri: Option<&'static str>,
}

impl Request for Bare {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some("code".into())
    }
    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username("client".into())
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Into::into)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("authorization_code".into())
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

#[test]
fn the_machine_insists_on_a_redirect_uri() {
    let mut machine = AccessToken::new(&Bare { redirect_uri: None });
    assert!(matches!(machine.advance(Input::None), Output::Err(_)));
}

#[test]
fn an_unknown_code_is_not_invalid_grant_to_the_machine() {
    let mut machine = AccessToken::new(&Bare { redirect_uri: Some("https://a.example/") });
    machine.advance(Input::None);
    machine.advance(Input::Authenticated);
    let Output::Err(error) = machine.advance(Input::Recovered(None)) else { panic!("an unknown code was accepted") };
    let Error::Invalid(description) = *error else { panic!("not a protocol error") };
    assert!(description.to_json().contains("invalid_request"));
}

#[test]
fn the_order_of_a_scope_is_not_defined() {
    let scope: Scope = "write read admin".parse().expect("three scopes");
    let mut names: Vec<_> = scope.iter().collect();
    names.sort_unstable();
    assert_eq!(names, ["admin", "read", "write"], "so ours is sorted before it is shown or signed");
}
