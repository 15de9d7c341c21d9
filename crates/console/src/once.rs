//! Forms that count once. Whoever presses twice without scripts sees the second answer alone: it leads to what the first
//! one made, and where that was a secret, which is kept nowhere, it says how to get another one.

use actix_web::http::StatusCode;
use client_registry::NewSecret;
use domain::{ApiKey, AppId, ClientId, Connection, ConnectionId, SecretId};
use oauth_endpoints::pages::field;
use oauth_endpoints::sessions::{PageError, PageForm, Visitor};
use serde::{Deserialize, Serialize};

use crate::developer::Developer;
use crate::keys;
use crate::pages::{Action, SaidPage};
use crate::place::{Place, Tab};

/// What the answer to a form came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// It led to a page: its path.
    Page(String),
    /// It showed a secret.
    Secret { app: AppId, key: ClientId, label: String, secret: SecretId, last_four: String },
    /// It showed tokens that were made by hand.
    Tokens { app: AppId, connection: ConnectionId, label: String },
}

impl Outcome {
    pub(crate) fn secret(key: &ApiKey, new: &NewSecret) -> Self {
        let last_four = new.secret.last_four.clone();
        Self::Secret { app: key.app, key: key.id, label: key.label.clone(), secret: new.secret.id, last_four }
    }

    pub(crate) fn tokens(made: &Connection) -> Self {
        Self::Tokens { app: made.app, connection: made.id, label: made.label.clone().unwrap_or_default() }
    }

    /// What a second press gets.
    pub(crate) fn again(self, visitor: &Visitor) -> PageError {
        let action = |name, path: &str| Action { name, url: visitor.path(path), is_dangerous: false };
        match self {
            Self::Page(path) => PageError::page(visitor.go(&path)),
            Self::Secret { app, key, label, secret, last_four } => said(
                visitor,
                &[
                    &format!(
                        "The answer showed the secret sk_…{last_four} of the API key “{label}”, once. Nothing was made a second time."
                    ),
                    "If you did not see it, nobody can show it again: add another secret to the key, then revoke this one.",
                ],
                vec![
                    action("Add another secret", &keys::new_secret_path(app, key)),
                    Action {
                        is_dangerous: true,
                        ..action("Revoke the unseen one", &keys::revoke_secret_path(app, key, secret))
                    },
                ],
                &Place::Tab(app, Tab::Keys),
            ),
            Self::Tokens { app, connection, label } => {
                let tokens = Place::Tab(app, Tab::Tokens);
                said(
                    visitor,
                    &[
                        &format!("The answer showed the tokens “{label}”, once. Nothing was made a second time."),
                        "If you did not see them, nobody can show them again: regenerate them, and stop these at once.",
                    ],
                    vec![action("Regenerate Token", &format!("{}/{connection}/regenerate", tokens.path()))],
                    &tokens,
                )
            }
        }
    }
}

fn said(visitor: &Visitor, sentences: &[&str], actions: Vec<Action>, back: &Place) -> PageError {
    let page = SaidPage {
        frame: visitor.frame(),
        is_good: false,
        title: "This form was answered already",
        sentences: sentences.iter().map(|sentence| (*sentence).to_owned()).collect(),
        list: Vec::new(),
        actions,
        back_url: visitor.path(&back.path()),
        back: "Go back",
    };
    PageError::page(visitor.show(&page, StatusCode::CONFLICT))
}

/// A form that nobody else has answered. Only [`Developer::spend`] makes it.
pub(crate) struct Spent<'a> {
    visitor: &'a Visitor,
    once: String,
}

impl Spent<'_> {
    /// What this answer came to.
    pub(crate) async fn came_to(&self, outcome: Outcome) {
        self.visitor.keep_outcome(&self.once, &outcome).await;
    }
}

impl<'a> Developer<'a> {
    /// Spends a form of [`Self::post_once_to`]. A second press, or its answer loaded again, gets what the first one came
    /// to; where that is not known, it is led `back`.
    pub(crate) async fn spend(&self, form: &PageForm, back: &Place) -> Result<Spent<'a>, PageError> {
        let (visitor, once) = (self.visitor, form.one(field::ONCE));
        if visitor.spend(form).await? {
            return Ok(Spent { visitor, once: once.to_owned() });
        }
        Err(match visitor.outcome_soon::<Outcome>(once).await? {
            Some(outcome) => outcome.again(visitor),
            None => said(
                visitor,
                &["Nothing was done a second time. Go back to see what came of the first."],
                Vec::new(),
                back,
            ),
        })
    }
}
