//! What a transaction is about, as people read it: the app, what it asks for, where the browser goes afterwards.

use std::time::Duration;

use domain::{App, CallbackUrl, ClientId, ConnectionRequest, CustomerId, Reason, ScopeSet};
use protocol::authorize::Stop;
use protocol::{Refusal, Trail};

use super::transaction::{Asked, Transaction};
use crate::pages::{AppIdentity, Notice, Permission, Permissions, Publisher, Purpose, ReturnTarget, Verb};
use crate::sessions::{PageError, Session, Visitor};

/// How many of a person's connections are looked at for an earlier one with the same app.
const LOOKED_AT: u32 = 200;

/// What a transaction is about, looked up again for every page.
pub(crate) struct Case {
    pub(crate) app: App,
    pub(crate) key: ClientId,
    pub(crate) scopes: ScopeSet,
    pub(crate) purpose: Purpose,
    pub(crate) returns_to: ReturnTarget,
    /// The customer that is asked, where only one is.
    pub(crate) customer: Option<CustomerId>,
}

impl Transaction {
    /// What it is about; an error page if its app may not be connected any more.
    pub(crate) async fn case(&self, visitor: &Visitor) -> Result<Case, PageError> {
        match &self.asked {
            Asked::Attended(request) => {
                let app = visitor.state.protocol.reaffirm_authorization(request, &mut Trail::default()).await?;
                Ok(Case {
                    app,
                    key: request.client,
                    scopes: request.scopes.clone(),
                    purpose: if request.is_test() { Purpose::Test } else { Purpose::Interactive },
                    returns_to: return_target(&request.callback),
                    customer: None,
                })
            }
            Asked::Unattended(id) => {
                let request = visitor.state.protocol.directory.connection_request(*id).await?;
                match request {
                    Some(request) if request.environment == visitor.at.name => {
                        Case::unattended(visitor, &request).await
                    }
                    _ => Err(PageError::notice(Notice::NotFound)),
                }
            }
        }
    }
}

impl Case {
    /// The case of a link that asks for an unattended connection.
    pub(crate) async fn unattended(visitor: &Visitor, request: &ConnectionRequest) -> Result<Self, PageError> {
        visitor.state.protocol.log.fresh().map_err(Refusal::from)?;
        let record = visitor.state.protocol.records.client(request.key).await?;
        let stored = record.value.as_ref().ok_or_else(|| PageError::notice(Notice::NotFound))?;
        let works = stored.key.is_usable(visitor.now()) && stored.app.deleted_at.is_none();
        if !works || !stored.app.client_credentials || !stored.key.is_allowed_in(&request.environment, &stored.app) {
            return Err(stopped(&stored.app).into());
        }
        Ok(Self {
            app: stored.app.clone(),
            key: request.key,
            scopes: request.scopes.clone(),
            purpose: Purpose::Unattended,
            returns_to: ReturnTarget::StaysHere,
            customer: Some(request.customer),
        })
    }

    /// The identity line.
    pub(crate) fn identity(&self, visitor: &Visitor) -> AppIdentity {
        AppIdentity {
            name: self.app.name.clone(),
            publisher: publisher(visitor, &self.app),
            returns_to: self.returns_to.clone(),
        }
    }

    /// What the app asks for, in the words of the APIs.
    pub(crate) fn permissions(&self, visitor: &Visitor) -> Permissions {
        let apis = &visitor.at.record().apis;
        let words = |scope: &domain::Scope| {
            let mut all = apis.iter().flat_map(|api| &api.scopes);
            all.find(|words| words.scope == *scope).map_or_else(|| format!("Use {scope}"), |words| words.words.clone())
        };
        let settings = &visitor.state.protocol.settings;
        let most = self.app.lifetimes.connection_absolute.unwrap_or(settings.connection_absolute);
        let idle = self.app.lifetimes.connection_idle.unwrap_or(settings.connection_idle);
        Permissions {
            list: self.scopes.iter().map(|scope| permission(&words(scope))).collect(),
            duration: format!(
                "Until you end it, at most {}; it also ends after {} without use",
                days(most),
                days(idle)
            ),
        }
    }

    /// The workspaces of this person's newest connection with the app, which says that it knows the app.
    pub(crate) async fn earlier(
        &self,
        visitor: &Visitor,
        session: &Session,
    ) -> Result<Option<Vec<domain::WorkspaceId>>, PageError> {
        let connections = visitor.state.protocol.connections.of_user(session.user.id, LOOKED_AT).await?;
        // What an admin ticked for a service user is no choice of this person's.
        let mut same = connections.into_iter().filter(|known| {
            known.app == self.app.id
                && known.environment == visitor.at.name
                && known.ended.is_none()
                && known.purpose == domain::Purpose::Attended
        });
        Ok(same.next().map(|known| known.workspaces))
    }
}

/// Who publishes an app, as pages say it.
pub(crate) fn publisher(visitor: &Visitor, app: &App) -> Publisher {
    let name = app.publisher.name.clone();
    match app.publisher.verified {
        true if name == visitor.state.operator => Publisher::Operator,
        true => Publisher::Verified(name),
        false => Publisher::Unverified(name),
    }
}

/// An app that may not be connected at the moment.
pub(crate) fn stopped(app: &App) -> Stop {
    let refusal = Refusal::new(Reason::ClientCredentialsOff).after_authentication();
    Stop { refusal, app: Some(Box::new(app.clone())), callback: None }
}

pub(super) fn return_target(callback: &CallbackUrl) -> ReturnTarget {
    ReturnTarget::of(callback.as_str())
}

/// "See the reports" is a kind of act and its object; words that begin otherwise are shown whole.
fn permission(words: &str) -> Permission {
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    let verb = match first {
        _ if rest.is_empty() => Verb::Other,
        "See" | "View" | "Read" => Verb::See,
        "Change" | "Edit" => Verb::Change,
        "Delete" | "Remove" => Verb::Delete,
        _ => Verb::Other,
    };
    let words = if verb == Verb::Other { lower_first(words) } else { rest.to_owned() };
    Permission { verb, words }
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn days(life: Duration) -> String {
    const DAY: u64 = 24 * 3600;
    match life.as_secs() {
        seconds if seconds >= 365 * DAY && seconds % (365 * DAY) == 0 => count(seconds / (365 * DAY), "year"),
        seconds if seconds >= DAY => count(seconds / DAY, "day"),
        seconds if seconds >= 3600 => count(seconds / 3600, "hour"),
        seconds => count(seconds.div_ceil(60), "minute"),
    }
}

fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_named_by_what_it_is() {
        let of = |url: &str| return_target(&CallbackUrl::accepted(url));
        assert!(
            matches!(of("https://app.example:8443/cb?x=1"), ReturnTarget::Site(host) if host == "app.example:8443")
        );
        assert!(matches!(of("http://127.0.0.1:5000/"), ReturnTarget::ThisComputer(host) if host == "127.0.0.1:5000"));
        assert!(matches!(of("com.example.app:/cb"), ReturnTarget::NativeApp(scheme) if scheme == "com.example.app"));
    }

    #[test]
    fn words_are_sorted_by_their_verb() {
        assert_eq!(permission("See the reports").verb, Verb::See);
        assert_eq!(permission("See the reports").words, "the reports");
        assert_eq!(permission("Publish posts").verb, Verb::Other);
        assert_eq!(permission("Publish posts").words, "publish posts");
        assert_eq!(permission("").words, "");
    }

    #[test]
    fn a_life_is_said_in_the_largest_unit_that_fits() {
        assert_eq!(days(Duration::from_secs(365 * 24 * 3600)), "1 year");
        assert_eq!(days(Duration::from_secs(90 * 24 * 3600)), "90 days");
        assert_eq!(days(Duration::from_secs(3600)), "1 hour");
        assert_eq!(days(Duration::from_secs(90)), "2 minutes");
    }
}
