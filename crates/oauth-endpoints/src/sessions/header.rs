//! A change that a script of ours sends, in a signed-in session: the form's token comes in a header.

use super::Visitor;
use super::form::comes_from;
use protocol::authorize::{form_token, is_form_token};

/// The header.
const FORM_TOKEN: &str = "x-form-token";
/// As in the forms of the account.
const PURPOSE: &str = "account";

impl Visitor {
    /// What a script sends as `X-Form-Token` to change something in this session.
    #[must_use]
    pub fn form_token(&self) -> Option<String> {
        self.session.as_ref().map(|session| form_token(PURPOSE, &session.stem))
    }

    /// Whether the request comes from a page of ours in this session: a page of another site cannot read the token, and
    /// the browser says where it comes from.
    #[must_use]
    pub fn sent_by_our_page(&self) -> bool {
        let headers = self.request.headers();
        let shown = headers.get(FORM_TOKEN).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let stands = |session: &super::Session| is_form_token(shown, PURPOSE, &session.stem);
        comes_from(headers, &self.state.protocol.settings.public_url) && self.session.as_ref().is_some_and(stands)
    }
}
