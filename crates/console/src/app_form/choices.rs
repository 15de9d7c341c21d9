//! What can be chosen in the form of an app, and the form as a page shows it.

use client_registry::callback_url::{self, ChecklistLine, Outcome, Rule};
use domain::{App, ApplicationKind, EnvironmentName, ScopeSet, ScopeWords};
use oauth_endpoints::pages::{AppIdentity, Publisher, ReturnTarget};
use oauth_endpoints::sessions::Visitor;
use storage::StoreError;

use super::{KINDS, Typed, word};
use crate::pages::{AppFields, CallbackRow, CheckedLine, Choice, OfferedScope, Preview, Problem, words};

/// The environments of this server, and the scopes of their APIs.
pub(crate) struct Offered {
    environments: Vec<(EnvironmentName, String)>,
    scopes: Vec<ScopeWords>,
    /// Those of the environment at hand that only let an app look.
    pub(crate) looking: ScopeSet,
}

impl Offered {
    pub(crate) async fn read(visitor: &Visitor) -> Result<Self, StoreError> {
        let directory = &visitor.state.protocol.directory;
        let mut offered = Self { environments: Vec::new(), scopes: Vec::new(), looking: ScopeSet::default() };
        for environment in directory.environments().await? {
            for words in directory.apis(&environment.name).await?.into_iter().flat_map(|api| api.scopes) {
                if !offered.scopes.iter().any(|known| known.scope == words.scope) {
                    offered.scopes.push(words);
                }
            }
            offered.environments.push((environment.name, environment.display_name));
        }
        let here = visitor.environment();
        let looks = |words: &&ScopeWords| ["See ", "View ", "Read "].iter().any(|verb| words.words.starts_with(verb));
        let all = directory.apis(here).await?.into_iter().flat_map(|api| api.scopes).collect::<Vec<_>>();
        offered.looking = all.iter().filter(looks).map(|words| words.scope.clone()).collect();
        Ok(offered)
    }
}

/// The form with what stands in it; the callback URLs looked at one by one, if that is asked for.
pub(crate) fn fields(
    visitor: &Visitor,
    offered: &Offered,
    (typed, app): (&Typed, Option<&App>),
    checked: bool,
    problems: Vec<Problem>,
) -> AppFields {
    let environments = offered.environments.iter().map(|(name, words)| Choice {
        value: name.to_string(),
        words: format!("{words} ({name})"),
        chosen: typed.environments.contains(name),
    });
    let scope = |words: &ScopeWords| OfferedScope {
        value: words.scope.to_string(),
        words: words.words.clone(),
        chosen: typed.scopes.contains(&words.scope),
    };
    let mut scopes: Vec<_> = offered.scopes.iter().map(scope).collect();
    // What the app has stays its own, even where no API says any more what it is.
    let known = |value: &str| offered.scopes.iter().any(|words| words.scope.as_str() == value);
    scopes.extend(typed.scopes.iter().filter(|scope| !known(scope.as_str())).map(|scope| OfferedScope {
        value: scope.to_string(),
        words: "No API understands it at present".to_owned(),
        chosen: true,
    }));
    let verified = app.is_some_and(|app| app.publisher.verified && app.publisher.name == typed.publisher);
    AppFields {
        problems,
        name: typed.name.clone(),
        description: typed.description.clone(),
        publisher: typed.publisher.clone(),
        verified,
        support_email: typed.support_email.clone(),
        homepage: typed.homepage.clone(),
        privacy: typed.privacy.clone(),
        kinds: KINDS
            .map(|kind| Choice {
                value: word(kind).to_owned(),
                words: words::application(kind).to_owned(),
                chosen: kind == typed.kind,
            })
            .into(),
        rows: rows(visitor, typed, checked),
        most_rows: visitor.state.registry.policy().callback_urls_per_app,
        environments: environments.collect(),
        scopes,
        preview: preview(visitor, typed, verified),
    }
}

/// By the rules that decide when the form is sent.
fn rows(visitor: &Visitor, typed: &Typed, checked: bool) -> Vec<CallbackRow> {
    let texts: Vec<&str> = typed.callback_urls.iter().map(String::as_str).collect();
    let beside = callback_url::beside_each_other(&texts, typed.kind);
    let mut reminded = false;
    let row = |((place, url), beside): ((usize, &&str), Vec<ChecklistLine>)| {
        let mut lines = Vec::new();
        if checked && !url.is_empty() {
            lines = callback_url::checklist(url, typed.kind, &visitor.state.registry.policy().callback_urls);
            // Nobody needs to read of exactness in every row.
            lines.retain(|line| !(reminded && is_reminder(line)));
            reminded = true;
            lines.extend(beside);
        }
        CallbackRow {
            number: place + 1,
            url: (*url).to_owned(),
            lines: lines.into_iter().map(CheckedLine::from).collect(),
        }
    };
    texts.iter().enumerate().zip(beside).map(row).collect()
}

fn is_reminder(line: &ChecklistLine) -> bool {
    line.rule == Rule::ExactMatch && line.outcome == Outcome::Notice && line.message.starts_with("We compare")
}

/// The head of the authorize page, in the same words.
fn preview(visitor: &Visitor, typed: &Typed, verified: bool) -> Preview {
    let or = |text: &str, instead: &str| if text.is_empty() { instead.to_owned() } else { text.to_owned() };
    let name = or(&typed.name, "Your app");
    let publisher = or(&typed.publisher, "your company");
    let description = or(&typed.description, "Your description, in one sentence");
    let taken =
        |url: &&String| callback_url::parse(url, typed.kind, &visitor.state.registry.policy().callback_urls).is_ok();
    let instead = || match typed.kind {
        ApplicationKind::Web => ReturnTarget::Site("the host of your callback URL".to_owned()),
        ApplicationKind::Native => ReturnTarget::ThisComputer("127.0.0.1".to_owned()),
    };
    let returns_to = typed.callback_urls.iter().find(taken).map_or_else(instead, |url| ReturnTarget::of(url));
    let publisher = match verified {
        true if publisher == visitor.state.operator => Publisher::Operator,
        true => Publisher::Verified(publisher),
        false => Publisher::Unverified(publisher),
    };
    Preview {
        title: if verified { description.clone() } else { format!("{name} (unverified) asks to connect") },
        app: AppIdentity { name, publisher, returns_to },
        quoted: (!verified).then_some(description),
    }
}
