//! The console's pages, as data: structs of plain strings with a template each, inside the frame of every page.

mod activity;
mod app_form;
mod apps;
mod certificates;
mod confirm;
mod connections;
mod docs;
mod forms;
mod invitation;
mod keys;
mod new_app;
mod overview;
mod said;
mod settings;
mod teams;
mod test_authorization;
mod tokens;
pub(crate) mod words;

use oauth_endpoints::pages::assets::{self, Asset};
use oauth_endpoints::pages::{Frame, Moment, Publisher, ReturnTarget, WorkspaceState};

pub(crate) use activity::{ActivityPage, Attempt, Chosen, KeyChoice, Nothing, ReasonGroup};
pub(crate) use app_form::{AppFields, CallbackRow, CheckedLine, OfferedScope, Preview};
pub(crate) use apps::{AppCard, AppsPage, Badge, TeamName};
pub(crate) use certificates::{
    CertificateCard, CertificateNamePage, CertificateRefusal, CertificateUrls, CertificateView, CertificatesPage,
    KeyReady, LookPage, MutualTlsChoice, MutualTlsPage, PastePage, Standing,
};
pub(crate) use confirm::{ConfirmPage, Tick};
pub(crate) use connections::{ConnectionCard, CustomersPage, NewRequestPage, NoConnection, RequestRow};
pub(crate) use docs::{Filled, ManyCustomersPage, MovingPage, MutualTlsGuidePage, QuickstartPage};
pub(crate) use forms::{Problem, ShownSecret, ShownValue};
pub(crate) use invitation::{GuestForm, InvitationPage};
pub(crate) use keys::{Action, KeyCard, KeysPage, KindChoice, NewKeyPage, NewSecretPage, SecretFormPage, SecretRow};
pub(crate) use new_app::NewAppPage;
pub(crate) use overview::{Choice, Example, KeyLine, NextSteps, OverviewPage};
pub(crate) use said::SaidPage;
pub(crate) use settings::{
    AskPage, BehaviourFields, DeletedApp, DeletedAppsPage, Differing, Life, Parting, SettingsPage, Stale, TypedName,
};
pub(crate) use teams::{
    InvitationRow, InvitePage, Mark, MemberPage, MemberRow, PartForm, PermissionBox, RenamePage, RoleChoice, TeamCard,
    TeamConfirmPage, TeamHead, TeamPage, TeamsPage,
};
pub(crate) use test_authorization::{TestPage, TestResultPage, TestedConnection};
pub(crate) use tokens::{NewTokenPage, NewTokensPage, ScopeChoice, TokenCodePage, TokensPage};

/// What the console's pages have beyond [`assets::STYLESHEET`].
pub(crate) static CONSOLE_STYLESHEET: Asset =
    Asset::new("console", "css", "text/css; charset=utf-8", include_bytes!("../../assets/console.css"));
/// Copy buttons.
pub(crate) static CONSOLE_SCRIPT: Asset =
    Asset::new("console", "js", "text/javascript; charset=utf-8", include_bytes!("../../assets/console.js"));

/// Looks at the form of an app while people type.
pub(crate) static APP_FORM_SCRIPT: Asset =
    Asset::new("app_form", "js", "text/javascript; charset=utf-8", include_bytes!("../../assets/app_form.js"));

/// Which of many are shown, counted from one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) total: u64,
}

/// What the pages of an app begin with.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) team: String,
    pub(crate) apps_url: String,
    pub(crate) overview_url: String,
    pub(crate) keys_url: String,
    pub(crate) activity_url: String,
    pub(crate) tabs: Vec<TabLink>,
}

/// A tab of an app.
#[derive(Clone, Debug)]
pub(crate) struct TabLink {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) is_current: bool,
}

/// A moment as pages show it.
pub(crate) fn moment(at: domain::Timestamp) -> Moment {
    Moment::at_unix_seconds(at.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_stylesheet_stays_small() {
        assert!(CONSOLE_STYLESHEET.bytes.len() <= 8 * 1024);
    }
}
