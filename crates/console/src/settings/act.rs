//! What is done to an app as a whole, each by a page that says what will happen: the client-credentials switch, giving
//! the app to another team, deleting it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use client_registry::{AppEdit, Permitted};
use domain::{ApiKey, App, Permission, TeamId};
use oauth_endpoints::sessions::{Confirmed, PageBody, PageError, PageForm, PageResult, Visitor};
use serde::Deserialize;
use storage::{AppUse, Living};

use crate::app::{Named, head};
use crate::developer::{Developer, answer, problem, refused};
use crate::pages::{AskPage, Choice, Problem, TypedName};
use crate::place::{Place, Tab};

/// The field in which a team is chosen.
const TEAM: &str = "team";
/// The field in which the app's name is typed.
const NAME: &str = "name";

/// An app, and what is to be done to it.
#[derive(Deserialize)]
pub(crate) struct NamedAct {
    app: String,
    act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Act {
    ClientCredentials,
    Transfer,
    Delete,
}

impl Act {
    const fn segment(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client-credentials",
            Self::Transfer => "transfer",
            Self::Delete => "delete",
        }
    }

    const fn needs(self) -> Permission {
        match self {
            Self::ClientCredentials => Permission::Edit,
            Self::Transfer | Self::Delete => Permission::Delete,
        }
    }

    /// What nobody takes back with a click asks who it is.
    const fn is_confirmed(self) -> bool {
        !matches!(self, Self::ClientCredentials)
    }
}

pub(crate) async fn ask(visitor: Visitor, named: Path<NamedAct>) -> HttpResponse {
    let result = question(&visitor, &named).await;
    answer(visitor, result)
}

pub(crate) async fn make(visitor: Visitor, named: Path<NamedAct>, body: PageBody) -> HttpResponse {
    let result = change(&visitor, &named, &body).await;
    answer(visitor, result)
}

async fn question(visitor: &Visitor, named: &NamedAct) -> PageResult {
    let target = Target::read(visitor, named).await?;
    Ok(visitor.show(&target.page("", Vec::new()).await?, StatusCode::OK))
}

async fn change(visitor: &Visitor, named: &NamedAct, body: &PageBody) -> PageResult {
    let target = Target::read(visitor, named).await?;
    let form = target.developer.form(body)?;
    let again = async |problem| {
        let page = target.page(form.one(TEAM), vec![problem]).await?;
        Ok(visitor.show(&page, StatusCode::BAD_REQUEST))
    };
    let wanted = match target.wanted(&form) {
        Ok(wanted) => wanted,
        Err(problem) => return again(problem).await,
    };
    let done = match wanted {
        Wanted::Switch(on) => target.switch(on).await,
        Wanted::Confirmed(what) => match visitor.confirm(&form).await? {
            Ok(confirmed) => target.do_confirmed(what, confirmed).await,
            Err(why) => return again(why.into()).await,
        },
    };
    match done {
        Ok(place) => Ok(visitor.go(&place.path())),
        Err(error) => again(problem(error)?).await,
    }
}

/// What a form asks for.
enum Wanted {
    Switch(bool),
    Confirmed(Protected),
}

/// What only somebody does who has just signed in or typed the password.
enum Protected {
    GiveTo(TeamId),
    Delete,
}

/// What the path names, for somebody who may do that.
struct Target<'a> {
    developer: Developer<'a>,
    app: Permitted<App>,
    act: Act,
}

impl<'a> Target<'a> {
    async fn read(visitor: &'a Visitor, named: &NamedAct) -> Result<Self, PageError> {
        let place = Named { app: named.app.clone() };
        let back = place.id().map_or(Place::all_apps(), |app| Place::Settings(app, named.act.segment()));
        let developer = Developer::at(visitor, &back).await?;
        let app = developer.app_for(place.id(), named.act.needs()).await?;
        Ok(Self { developer, app, act: named.act })
    }

    fn wanted(&self, form: &PageForm) -> Result<Wanted, Problem> {
        match self.act {
            Act::ClientCredentials => Ok(Wanted::Switch(form.one("on") == "yes")),
            Act::Transfer => {
                let team = form.one(TEAM).parse().map_err(|_| Problem::new(TEAM, "choose a team"))?;
                Ok(Wanted::Confirmed(Protected::GiveTo(team)))
            }
            Act::Delete if form.one(NAME).trim() == self.app.name => Ok(Wanted::Confirmed(Protected::Delete)),
            Act::Delete => Err(Problem::new(NAME, "this is not the name of the app; type it as it is written above")),
        }
    }

    async fn switch(&self, on: bool) -> Result<Place, client_registry::RegistryError> {
        if on != self.app.client_credentials {
            let edits = vec![AppEdit::ClientCredentials(on)];
            let registry = &self.developer.visitor.state.registry;
            registry.edit_app(self.app.by(), self.app.id, Some(self.app.version), edits).await?;
        }
        Ok(Place::Tab(self.app.id, Tab::Settings))
    }

    async fn do_confirmed(&self, what: Protected, _: Confirmed) -> Result<Place, client_registry::RegistryError> {
        let registry = &self.developer.visitor.state.registry;
        match what {
            Protected::GiveTo(team) => {
                let app = registry.transfer_app(&self.developer.authority, self.app.id, team).await?;
                Ok(Place::app(app.id))
            }
            Protected::Delete => {
                registry.delete_app(self.app.by(), self.app.id).await?;
                Ok(Place::DeletedApps)
            }
        }
    }

    async fn page(&self, team: &str, problems: Vec<Problem>) -> Result<AskPage, PageError> {
        let visitor = self.developer.visitor;
        let (registry, settings) = (&visitor.state.registry, Place::Tab(self.app.id, Tab::Settings).path());
        let uses = registry.use_of(&self.app).await.map_err(refused)?;
        let keys: Vec<ApiKey> =
            registry.keys_of(&self.app).await.map_err(refused)?.into_iter().map(|(key, _)| key).collect();
        let mut form = self.developer.post_to(&Place::Settings(self.app.id, self.act.segment()).path());
        let (title, button) = match self.act {
            Act::ClientCredentials if self.app.client_credentials => {
                form = form.with("on", "no");
                ("Disable Client Credentials?", "Disable Client Credentials")
            }
            Act::ClientCredentials => {
                form = form.with("on", "yes");
                ("Enable Client Credentials?", "Enable Client Credentials")
            }
            Act::Transfer => ("Give this app to another team?", "Give it away"),
            Act::Delete => ("Delete this app?", "Delete app"),
        };
        let teams = if self.act == Act::Transfer { self.teams(team) } else { Vec::new() };
        Ok(AskPage {
            frame: visitor.frame(),
            head: head(&self.developer, &self.app, Tab::Settings),
            title,
            sentences: self.sentences(&uses, &keys),
            stopping: self.stopping(&uses, &keys),
            form,
            problems,
            nothing_to_choose: (self.act == Act::Transfer && teams.is_empty()).then_some(
                "You are in no other team in which you may create apps. Ask the operator, or join the team first.",
            ),
            teams,
            typed: (self.act == Act::Delete).then(|| TypedName { name: self.app.name.clone() }),
            needs_password: self.act.is_confirmed() && visitor.needs_password(),
            button,
            is_dangerous: self.act != Act::ClientCredentials || self.app.client_credentials,
            back_url: visitor.path(&settings),
        })
    }

    /// The teams it can go to.
    fn teams(&self, chosen: &str) -> Vec<Choice> {
        let teams = self.developer.authority.teams();
        let others = teams.filter(|(team, can)| team.id != self.app.team && can.allow(Permission::Create));
        let choice = |id: String, name: &str| Choice { words: name.to_owned(), chosen: id == chosen, value: id };
        others.map(|(team, _)| choice(team.id.to_string(), &team.name)).collect()
    }

    fn sentences(&self, uses: &AppUse, keys: &[ApiKey]) -> Vec<String> {
        let plain = |sentences: &[&str]| sentences.iter().map(|sentence| (*sentence).to_owned()).collect::<Vec<_>>();
        match self.act {
            Act::ClientCredentials if self.app.client_credentials => {
                let mut sentences = plain(&[
                    "No API key of the app gets a token by client credentials any more, and what they got by it ends within a second. Everything else goes on.",
                ]);
                sentences.extend(connections(
                    uses.unattended,
                    [
                        "by which it acts on its own rests until it is switched on again",
                        "by which it acts on its own rest until it is switched on again",
                    ],
                ));
                sentences
            }
            Act::ClientCredentials => plain(&[
                "Its API keys can then act on their own, without a person who is present: as the user whom a customer chose for that.",
                "Nothing is reached before a customer says yes: that is asked for one customer at a time.",
            ]),
            Act::Transfer => self.sentences_of_transfer(),
            Act::Delete => {
                let now = self.developer.visitor.now();
                let mut sentences = vec![match keys.iter().filter(|key| key.is_usable(now)).count() {
                    0 => "It has no API key that could be used.".to_owned(),
                    1 => "1 API key stops at once and for good.".to_owned(),
                    many => format!("{many} API keys stop at once and for good."),
                }];
                let all = Living {
                    live: uses.attended.live + uses.unattended.live,
                    used: uses.attended.used + uses.unattended.used,
                };
                sentences.extend(connections(all, ["with a customer ends", "with customers end"]));
                sentences.extend(plain(&[
                    "Certificates that it registered are free for other apps.",
                    "Within 7 days the app itself can be restored, with its name and its callback URLs. Its keys stay dead, and customers would have to connect again.",
                ]));
                sentences
            }
        }
    }

    fn sentences_of_transfer(&self) -> Vec<String> {
        let mut sentences = vec![
            "Its keys, certificates and connections go on working; nothing stops.".to_owned(),
            "Members of the team that it leaves cannot see it any more. They may know its secrets: the new team should rotate them.".to_owned(),
        ];
        if self.app.publisher.verified {
            sentences.push(format!(
                "The operator verified the publisher {} for this team; customers will read “unverified” until it looks again.",
                self.app.publisher.name
            ));
        }
        sentences
    }

    /// The keys that would notice.
    fn stopping(&self, uses: &AppUse, keys: &[ApiKey]) -> Vec<String> {
        let counts = |grant: &str| match self.act {
            Act::ClientCredentials => self.app.client_credentials && grant == "client_credentials",
            Act::Transfer => false,
            Act::Delete => true,
        };
        let of_key = |key: &ApiKey| {
            let of = uses.tokens.iter().filter(|used| used.key == key.id && counts(&used.grant));
            let (tokens, last) =
                of.fold((0, None), |(tokens, last), used| (tokens + used.tokens, last.max(Some(used.last))));
            let at = crate::pages::moment(last?);
            Some(format!(
                "{} ({}): {tokens} {}, the last after {}",
                key.label,
                key.id,
                if tokens == 1 { "token" } else { "tokens" },
                at.words
            ))
        };
        keys.iter().filter_map(of_key).collect()
    }
}

/// What becomes of connections, and how many of them somebody would miss.
fn connections(all: Living, [one, many]: [&str; 2]) -> Option<String> {
    let used = match all.used {
        0 => "not used in the last 30 days".to_owned(),
        used if used == all.live => "used in the last 30 days".to_owned(),
        used => format!("{used} of them used in the last 30 days"),
    };
    match all.live {
        0 => None,
        1 => Some(format!("1 connection {one}: {used}.")),
        live => Some(format!("{live} connections {many}: {used}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_as_people_count() {
        let of = |live, used| connections(Living { live, used }, ["ends", "end"]);
        assert_eq!(of(0, 0), None);
        assert_eq!(of(1, 1).as_deref(), Some("1 connection ends: used in the last 30 days."));
        assert_eq!(of(3, 0).as_deref(), Some("3 connections end: not used in the last 30 days."));
        assert_eq!(of(3, 2).as_deref(), Some("3 connections end: 2 of them used in the last 30 days."));
    }
}
