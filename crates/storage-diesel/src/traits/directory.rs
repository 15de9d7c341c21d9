//! Reads for people.

use async_trait::async_trait;
use domain::{
    AnchorId, Api, ApiId, ApiKey, ApiSecret, App, AppId, CertificateId, ClientId, ConnectionRequest, Customer,
    CustomerId, Environment, EnvironmentName, Invitation, Membership, RegisteredCertificate, RequestId, Team, TeamId,
    TeamMember, Thumbprint, Timestamp, TrustAnchor, User, UserId, Workspace, WorkspaceAccess,
};
use storage::{
    AppFacts, AppPage, AppPlace, AppUse, ConnectionsOfApp, Cursor, Directory, FactsAt, NamedConnection, NamedCustomer,
    OpenRequest, StoreError,
};

use crate::store::{DieselStore, Engine};

#[async_trait]
impl Directory for DieselStore {
    async fn environments(&self) -> Result<Vec<Environment>, StoreError> {
        read!(self, directory::environments())
    }

    async fn apis(&self, environment: &EnvironmentName) -> Result<Vec<Api>, StoreError> {
        read!(self, directory::apis(environment))
    }

    async fn api_by_id(&self, id: ApiId) -> Result<Option<Api>, StoreError> {
        read!(self, directory::api_by_id(id))
    }

    async fn apps(&self, search: &str, offset: u32, limit: u32) -> Result<Vec<App>, StoreError> {
        read!(self, directory::apps(search, offset, limit))
    }

    async fn teams(&self, search: &str, offset: u32, limit: u32) -> Result<Vec<Team>, StoreError> {
        read!(self, teams::teams(search, offset, limit))
    }

    async fn team(&self, id: TeamId) -> Result<Option<Team>, StoreError> {
        read!(self, teams::team(id))
    }

    async fn teams_of(&self, user: UserId) -> Result<Vec<(Team, TeamMember)>, StoreError> {
        read!(self, teams::of_user(user))
    }

    async fn team_members(&self, team: TeamId) -> Result<Vec<(User, TeamMember)>, StoreError> {
        read!(self, teams::members(team))
    }

    async fn invitations(&self, team: TeamId) -> Result<Vec<Invitation>, StoreError> {
        read!(self, invitations::of_team(team))
    }

    async fn invitation_by_token(&self, token_hash: [u8; 32]) -> Result<Option<Invitation>, StoreError> {
        read!(self, invitations::by_token(token_hash))
    }

    async fn apps_of(&self, teams: &[TeamId], search: &str, offset: u32, limit: u32) -> Result<AppPage, StoreError> {
        read!(self, teams::apps(teams, search, offset, limit))
    }

    async fn deleted_apps(&self, teams: &[TeamId], since: Timestamp, limit: u32) -> Result<Vec<App>, StoreError> {
        read!(self, overview::deleted_apps(teams, since, limit))
    }

    async fn app_facts(&self, apps: &[AppId], at: FactsAt) -> Result<Vec<AppFacts>, StoreError> {
        read!(self, overview::facts(apps, at))
    }

    async fn app_use(&self, app: AppId, now: Timestamp, since: Timestamp) -> Result<AppUse, StoreError> {
        read!(self, overview::uses(app, now, since))
    }

    async fn apps_after(
        &self,
        teams: Option<&[TeamId]>,
        search: &str,
        after: Option<&AppPlace>,
        limit: u32,
    ) -> Result<Vec<App>, StoreError> {
        read!(self, teams::apps_after(teams, search, after, limit))
    }

    async fn app(&self, id: AppId) -> Result<Option<App>, StoreError> {
        read!(self, directory::app(id))
    }

    async fn keys(&self, app: AppId) -> Result<Vec<ApiKey>, StoreError> {
        read!(self, directory::keys(app))
    }

    async fn key(&self, id: ClientId) -> Result<Option<ApiKey>, StoreError> {
        read!(self, directory::key(id))
    }

    async fn secrets(&self, key: ClientId) -> Result<Vec<ApiSecret>, StoreError> {
        read!(self, directory::secrets(key))
    }

    async fn certificates(&self, app: AppId) -> Result<Vec<RegisteredCertificate>, StoreError> {
        read!(self, certificates::of_app(app))
    }

    async fn certificate(&self, id: CertificateId) -> Result<Option<RegisteredCertificate>, StoreError> {
        read!(self, certificates::one(id))
    }

    async fn is_certificate_registered(&self, thumbprint: &Thumbprint) -> Result<bool, StoreError> {
        read!(self, certificates::is_registered(thumbprint))
    }

    async fn certificates_ending(
        &self,
        from: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<RegisteredCertificate>, StoreError> {
        read!(self, certificates::ending(from, until, limit))
    }

    async fn anchors(&self, app: AppId) -> Result<Vec<TrustAnchor>, StoreError> {
        read!(self, certificates::anchors(app))
    }

    async fn anchor(&self, id: AnchorId) -> Result<Option<TrustAnchor>, StoreError> {
        read!(self, certificates::anchor(id))
    }

    async fn customers(&self, environment: &EnvironmentName) -> Result<Vec<Customer>, StoreError> {
        read!(self, people::customers(environment))
    }

    async fn customer(&self, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        read!(self, people::customer(id))
    }

    async fn workspaces(&self, customer: CustomerId) -> Result<Vec<Workspace>, StoreError> {
        read!(self, people::workspaces(customer))
    }

    async fn users(&self, offset: u32, limit: u32) -> Result<Vec<User>, StoreError> {
        read!(self, people::users(offset, limit))
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        read!(self, people::user(id))
    }

    async fn user_by_email(&self, email: &str) -> Result<Option<User>, StoreError> {
        read!(self, people::user_by_email(email))
    }

    async fn access_of(&self, user: UserId, environment: &EnvironmentName) -> Result<Vec<WorkspaceAccess>, StoreError> {
        read!(self, people::access_of(user, environment))
    }

    async fn members(&self, customer: CustomerId) -> Result<Vec<(User, Membership)>, StoreError> {
        read!(self, people::members(customer))
    }

    async fn connection_request(&self, id: RequestId) -> Result<Option<ConnectionRequest>, StoreError> {
        read!(self, directory::connection_request(id))
    }

    async fn connection_requests(&self, key: ClientId) -> Result<Vec<ConnectionRequest>, StoreError> {
        read!(self, directory::connection_requests(key))
    }

    async fn connections_of_app(
        &self,
        which: &ConnectionsOfApp,
        cursor: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<NamedConnection>, StoreError> {
        read!(self, developers_view::connections(which, cursor, limit))
    }

    async fn customers_of_app(&self, app: AppId, limit: u32) -> Result<Vec<NamedCustomer>, StoreError> {
        read!(self, developers_view::customers(app, limit))
    }

    async fn open_requests_of_app(
        &self,
        app: AppId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<OpenRequest>, StoreError> {
        read!(self, developers_view::open_requests(app, now, limit))
    }

    async fn count_failed_login(&self, user: UserId) -> Result<u32, StoreError> {
        write!(self, self.options.wait, people::count_failed_login(user))
    }

    async fn clear_failed_logins(&self, user: UserId) -> Result<(), StoreError> {
        write!(self, self.options.wait, people::clear_failed_logins(user))
    }
}
