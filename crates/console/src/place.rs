//! The addresses of the console: made of ids that were read and written again, so that none leads elsewhere.

use domain::{AppId, ClientId, EnvironmentName, InvitationToken, RequestId, TeamId};

use crate::teams::Done;

use crate::{customers, tokens};

/// A page of the console, without the environment in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The apps whose name, key or callback host is searched for.
    Apps { search: String, page: u32 },
    /// *Create App*.
    NewApp,
    /// The apps that can be restored.
    DeletedApps,
    /// What an app is, and how it is called with a key in an environment.
    Overview { app: AppId, key: Option<ClientId>, environment: Option<EnvironmentName> },
    /// The attempts of an app.
    Activity(AppId, Which),
    /// The connections of an app.
    Customers(AppId, customers::Listing),
    /// The tokens of an app that were made by hand.
    Tokens(AppId, tokens::Listing),
    /// What the head of an app's pages leads to.
    Tab(AppId, Tab),
    /// Where a test authorization of an app begins.
    Test(AppId),
    /// What asks before something is done to an app as a whole, under its settings.
    Settings(AppId, &'static str),
    /// The teams of the person.
    Teams,
    /// A team, where something was just done.
    Team(TeamId, Option<Done>),
}

/// The pages that the head of every page of an app leads to, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Keys,
    Tokens,
    Certificates,
    Customers,
    Activity,
    Settings,
}

impl Tab {
    pub(crate) const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Keys,
        Self::Tokens,
        Self::Certificates,
        Self::Customers,
        Self::Activity,
        Self::Settings,
    ];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Keys => "API keys",
            Self::Tokens => "Tokens",
            Self::Certificates => "Certificates",
            Self::Customers => "Customers",
            Self::Activity => "Activity",
            Self::Settings => "Settings",
        }
    }

    /// What comes after the app in its path.
    const fn segment(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Keys => "/keys",
            Self::Tokens => "/tokens",
            Self::Certificates => "/certificates",
            Self::Customers => "/customers",
            Self::Activity => "/activity",
            Self::Settings => "/settings",
        }
    }
}

/// Some of an app's attempts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Which {
    pub(crate) request: Option<RequestId>,
    pub(crate) key: Option<ClientId>,
    pub(crate) refused: bool,
    pub(crate) page: u32,
}

impl Place {
    /// The first page of the list.
    pub(crate) const fn all_apps() -> Self {
        Self::Apps { search: String::new(), page: 0 }
    }

    /// An app's first page.
    pub(crate) const fn app(app: AppId) -> Self {
        Self::Overview { app, key: None, environment: None }
    }

    /// A team.
    pub(crate) const fn team(team: TeamId) -> Self {
        Self::Team(team, None)
    }

    /// The path of an invitation, for whoever has its token. No place: it is not to be kept.
    pub(crate) fn invitation(token: &InvitationToken) -> String {
        oauth_endpoints::invitations::page(token)
    }

    /// Its path, with its query.
    pub(crate) fn path(&self) -> String {
        let (path, pairs) = match self {
            Self::Apps { search, page } => ("/ui/apps".to_owned(), {
                vec![("search", (!search.is_empty()).then(|| search.clone())), ("page", number(*page))]
            }),
            Self::NewApp => ("/ui/apps/new".to_owned(), Vec::new()),
            Self::DeletedApps => ("/ui/apps/deleted".to_owned(), Vec::new()),
            Self::Overview { app, key, environment } => (format!("/ui/apps/{app}"), {
                let environment = environment.as_ref().map(ToString::to_string);
                vec![("key", key.map(|key| key.to_string())), ("environment", environment)]
            }),
            Self::Activity(app, which) => (Self::Tab(*app, Tab::Activity).path(), which.pairs()),
            Self::Customers(app, listing) => (Self::Tab(*app, Tab::Customers).path(), listing.pairs()),
            Self::Tokens(app, listing) => (Self::Tab(*app, Tab::Tokens).path(), listing.pairs()),
            Self::Test(app) => (format!("/ui/apps/{app}/test"), Vec::new()),
            Self::Settings(app, act) => (format!("{}/{act}", Self::Tab(*app, Tab::Settings).path()), Vec::new()),
            Self::Tab(app, tab) => (format!("/ui/apps/{app}{}", tab.segment()), Vec::new()),
            Self::Teams => ("/ui/teams".to_owned(), Vec::new()),
            Self::Team(team, done) => {
                (format!("/ui/teams/{team}"), { vec![("done", done.map(|done| done.word().to_owned()))] })
            }
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let query = query.finish();
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }
}

impl Which {
    fn pairs(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("request", self.request.map(|request| request.to_string())),
            ("key", self.key.map(|key| key.to_string())),
            ("refused", self.refused.then(|| "yes".to_owned())),
            ("page", number(self.page)),
        ]
    }
}

fn number(page: u32) -> Option<String> {
    (page > 0).then(|| page.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places() -> impl Strategy<Value = Place> {
        let which = (any::<Option<[u8; 16]>>(), any::<Option<[u8; 16]>>(), any::<bool>(), any::<u32>());
        (any::<u8>(), any::<[u8; 16]>(), "\\PC{0,40}", which).prop_map(|(kind, app, search, which)| {
            let app = AppId::from_bytes(app);
            let (request, key, refused, page) = which;
            let (request, key) = (request.map(RequestId::from_bytes), key.map(ClientId::from_bytes));
            match kind % 6 {
                0 => Place::Apps { search, page },
                1 => Place::Overview { app, key, environment: Some(EnvironmentName::default_environment()) },
                2 => Place::Tab(app, Tab::ALL[usize::from(kind) % Tab::ALL.len()]),
                3 => Place::Teams,
                4 => Place::Team(TeamId::from_bytes(*app.as_bytes()), refused.then_some(Done::Joined)),
                _ => Place::Activity(app, Which { request, key, refused, page }),
            }
        })
    }

    proptest! {
        #[test]
        fn every_place_is_a_page_of_this_host(place in places()) {
            let base = url::Url::parse("https://login.example/").expect("a URL");
            let joined = base.join(&place.path()).expect("a path");
            prop_assert_eq!(joined.host_str(), Some("login.example"));
            let begins = ["/ui/apps/app_", "/ui/teams/team_"].iter().any(|begin| joined.path().starts_with(begin));
            prop_assert!(begins || matches!(joined.path(), "/ui/apps" | "/ui/teams"), "{}", joined);
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_in_the_query() {
        let app = AppId::from_bytes([1; 16]);
        assert_eq!(Place::all_apps().path(), "/ui/apps");
        assert_eq!(Place::Activity(app, Which::default()).path(), format!("/ui/apps/{app}/activity"));
        let refused = Which { refused: true, page: 2, ..Which::default() };
        assert_eq!(Place::Activity(app, refused).path(), format!("/ui/apps/{app}/activity?refused=yes&page=2"));
    }
}
