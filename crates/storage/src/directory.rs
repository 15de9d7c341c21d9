//! Reads for people: lists and single things, for commands and pages. Nothing here is on the token path.

use async_trait::async_trait;
use domain::{
    AnchorId, Api, ApiId, ApiKey, ApiSecret, App, AppId, CertificateId, ClientId, ConnectionRequest, Customer,
    CustomerId, Environment, EnvironmentName, Invitation, Membership, RegisteredCertificate, RequestId, Team, TeamId,
    TeamMember, Thumbprint, Timestamp, TrustAnchor, User, UserId, Workspace, WorkspaceAccess,
};

use crate::{
    AppFacts, AppUse, ConnectionsOfApp, Cursor, FactsAt, NamedConnection, NamedCustomer, OpenRequest, StoreError,
};

/// Some of many apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPage {
    /// Those of the page.
    pub apps: Vec<App>,
    /// How many there are on all pages.
    pub total: u64,
}

/// A place in a list of apps that is ordered by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPlace {
    /// The name of the last app that was seen.
    pub name: String,
    /// Its id.
    pub id: AppId,
}

/// Lists and single things. Every method fails with [`StoreError::Unavailable`] or [`StoreError::Corrupt`].
#[async_trait]
pub trait Directory: Send + Sync {
    /// All environments, the default one first, then by name.
    async fn environments(&self) -> Result<Vec<Environment>, StoreError>;

    /// The APIs of an environment, the default one first.
    async fn apis(&self, environment: &EnvironmentName) -> Result<Vec<Api>, StoreError>;

    /// One API.
    async fn api_by_id(&self, id: ApiId) -> Result<Option<Api>, StoreError>;

    /// Apps whose name contains `search` (without case), by name, deleted ones left out.
    async fn apps(&self, search: &str, offset: u32, limit: u32) -> Result<Vec<App>, StoreError>;

    /// Teams whose name contains `search` (without case), by name.
    async fn teams(&self, search: &str, offset: u32, limit: u32) -> Result<Vec<Team>, StoreError>;

    /// One team.
    async fn team(&self, id: TeamId) -> Result<Option<Team>, StoreError>;

    /// The teams that `user` is a member of, by name, with its part in each.
    async fn teams_of(&self, user: UserId) -> Result<Vec<(Team, TeamMember)>, StoreError>;

    /// Everybody's part in a team, with who they are, by address.
    async fn team_members(&self, team: TeamId) -> Result<Vec<(User, TeamMember)>, StoreError>;

    /// The invitations into a team, by address; those that were taken or withdrawn are none.
    async fn invitations(&self, team: TeamId) -> Result<Vec<Invitation>, StoreError>;

    /// The invitation whose token has this hash.
    async fn invitation_by_token(&self, token_hash: [u8; 32]) -> Result<Option<Invitation>, StoreError>;

    /// Apps of any of `teams`, by name, deleted ones left out: those whose name contains `search` (without case), that
    /// have the API key `search`, or that have a callback URL which begins with `search`, as a whole or at its host or a
    /// label of its host. One statement for the page and one for the total, however many apps there are.
    async fn apps_of(&self, teams: &[TeamId], search: &str, offset: u32, limit: u32) -> Result<AppPage, StoreError>;

    /// Apps of any of `teams` that were deleted at `since` or later, the last one first.
    async fn deleted_apps(&self, teams: &[TeamId], since: Timestamp, limit: u32) -> Result<Vec<App>, StoreError>;

    /// What lists say of each of `apps`, in their order: the same number of statements for any number of apps.
    async fn app_facts(&self, apps: &[AppId], at: FactsAt) -> Result<Vec<AppFacts>, StoreError>;

    /// Who has used `app` since then, and which connections of it can be used at `now`.
    async fn app_use(&self, app: AppId, now: Timestamp, since: Timestamp) -> Result<AppUse, StoreError>;

    /// As [`Self::apps_of`], those that follow `after`, however many were made or renamed meanwhile. No teams are every
    /// team but [`domain::MANAGEMENT_TEAM`].
    async fn apps_after(
        &self,
        teams: Option<&[TeamId]>,
        search: &str,
        after: Option<&AppPlace>,
        limit: u32,
    ) -> Result<Vec<App>, StoreError>;

    /// One app, deleted or not.
    async fn app(&self, id: AppId) -> Result<Option<App>, StoreError>;

    /// The keys of an app, oldest first.
    async fn keys(&self, app: AppId) -> Result<Vec<ApiKey>, StoreError>;

    /// One key.
    async fn key(&self, id: ClientId) -> Result<Option<ApiKey>, StoreError>;

    /// The secrets of a key, newest first, revoked ones included.
    async fn secrets(&self, key: ClientId) -> Result<Vec<ApiSecret>, StoreError>;

    /// The registered certificates of an app, oldest first.
    async fn certificates(&self, app: AppId) -> Result<Vec<RegisteredCertificate>, StoreError>;

    /// One registered certificate.
    async fn certificate(&self, id: CertificateId) -> Result<Option<RegisteredCertificate>, StoreError>;

    /// Whether any app has registered the very certificate of this thumbprint.
    async fn is_certificate_registered(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError>;

    /// The registered certificates of all apps that end being valid after `from` and not after `until`, the first to
    /// end first, at most `limit`.
    async fn certificates_ending(
        &self,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<RegisteredCertificate>, StoreError>;

    /// The trust anchors of an app, oldest first.
    async fn anchors(&self, app: AppId) -> Result<Vec<TrustAnchor>, StoreError>;

    /// One trust anchor.
    async fn anchor(&self, id: AnchorId) -> Result<Option<TrustAnchor>, StoreError>;

    /// The customers of an environment, by name.
    async fn customers(&self, environment: &EnvironmentName) -> Result<Vec<Customer>, StoreError>;

    /// One customer.
    async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, StoreError>;

    /// The workspaces of a customer, by name.
    async fn workspaces(&self, customer: CustomerId) -> Result<Vec<Workspace>, StoreError>;

    /// Users by address, at most `limit` after `offset`.
    async fn users(&self, offset: u32, limit: u32) -> Result<Vec<User>, StoreError>;

    /// One user.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// The user with this address (compared in lower case).
    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError>;

    /// What `user` may reach, at every customer of `environment` it is part of, by the customer's name.
    async fn access_of(&self, user: UserId, environment: &EnvironmentName) -> Result<Vec<WorkspaceAccess>, StoreError>;

    /// Everybody's part in a customer, with who they are, by address.
    async fn members(&self, customer: CustomerId) -> Result<Vec<(User, Membership)>, StoreError>;

    /// One request for an unattended connection.
    async fn connection_request(&self, id: RequestId) -> Result<Option<ConnectionRequest>, StoreError>;

    /// The requests of a key, newest first.
    async fn connection_requests(&self, key: ClientId) -> Result<Vec<ConnectionRequest>, StoreError>;

    /// The connections of an app, newest first, after `cursor`, at most `limit`: two statements, however many there are.
    async fn connections_of_app(
        &self,
        which: &ConnectionsOfApp,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<NamedConnection>, StoreError>;

    /// The customers that an app has a connection with, live or not, by name, at most `limit`.
    async fn customers_of_app(&self, app: AppId, limit: u32) -> Result<Vec<NamedCustomer>, StoreError>;

    /// The requests of an app's keys that were not answered and can be at `now`, newest first, at most `limit`.
    async fn open_requests_of_app(
        &self,
        app: AppId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError>;

    /// Counts one more failed sign-in in a row and gives the new count.
    async fn count_failed_login(&self, user: UserId) -> Result<u32, StoreError>;

    /// Forgets the failed sign-ins: one succeeded, or the operator unlocked the account.
    async fn clear_failed_logins(&self, user: UserId) -> Result<(), StoreError>;
}
