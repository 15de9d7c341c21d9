//! The demo: two environments, two customers, people, and a developer team whose app may act for one of the customers.

use std::fs;
use std::path::PathBuf;

use client_registry::{
    Answer, AppDraft, AppEdit, Authority, CertificateDraft, ConnectionRequestDraft, CustomerDraft, EnvironmentDraft,
    Holder, Initiator, KeyDraft, Registry, RegistryError, UserDraft,
};
use domain::{
    ApplicationKind, ClientId, Customer, CustomerId, EnvironmentName, KeyKind, Membership, MutualTls, Publisher,
    Random, Role, ScopeWords, TeamId, TeamMember, TeamRole, UserId, UserKind, WorkspaceId,
};
use storage::{Directory as _, StoreError};
use zeroize::Zeroizing;

use super::certificates::{DemoCertificates, certificates};
use super::demo_file::DemoFile;
use crate::config::Config;
use crate::passwords::{Password, Passwords};
use crate::serve::{Replica, StartFault};

/// Where the demo app is called back; a small script of the README listens there.
pub(super) const CALLBACK: &str = "http://127.0.0.1:8765/callback";
/// The environment beside the default one.
pub(super) const SECOND: &str = "prod2";

const SCOPES: [(&str, &str); 3] =
    [("cases.read", "See cases"), ("cases.write", "Change cases"), ("reports.read", "See reports")];

/// What the announcement tells of the demo.
pub struct Demo {
    /// Where the file with keys and passwords is.
    pub file: PathBuf,
    /// The demo key, when the file tells it.
    pub key: Option<String>,
    /// What opens the mailbox page.
    pub mailbox_token: String,
    /// What clients need for mutual TLS, where the server made it.
    pub certificates: Option<DemoCertificates>,
}

/// Makes the demo on the first start; finds it on later ones. With certificates, when there is a listener for them
/// that has none of the operator's.
///
/// # Errors
/// [`StartFault::Demo`], [`StartFault::File`] or [`StartFault::Certificates`].
pub async fn prepare(replica: &Replica, config: &Config) -> Result<Demo, StartFault> {
    let folder = &config.data_directory;
    let path = folder.join("demo.env");
    let fault = |cause| StartFault::File(path.clone(), cause);
    let random = &*replica.state.protocol.random;
    let file = if let Some(file) = DemoFile::read(&path).map_err(fault)? {
        file
    } else {
        let made = make(&replica.state.registry, random).await;
        let file = made.map_err(|cause| {
            if let RegistryError::Store(cause @ StoreError::Unavailable { .. }) = cause {
                return StartFault::Store(cause);
            }
            let (file, folder) = (path.display(), folder.display());
            StartFault::Demo(format!(
                "{cause}. There is data but no {file}. If `serve --dev` made the data, delete {folder} and start again, \
                 which makes the demo anew; if it was made by hand, start without --dev or with another data_directory"
            ))
        })?;
        file.write(&path).map_err(fault)?;
        file
    };
    let certificates = match (config.mtls.listen, &config.mtls.identity) {
        (Some(_), None) => Some(certificates(folder, replica.state.protocol.clock.now())?),
        _ => None,
    };
    if let (Some(made), Some(key)) = (&certificates, file.find("API_KEY").and_then(|key| key.parse().ok())) {
        let shown = fs::read(&made.client.0).map_err(|cause| StartFault::File(made.client.0.clone(), cause))?;
        register(replica, key, &shown).await.map_err(|cause| StartFault::Demo(cause.to_string()))?;
    }
    Ok(Demo {
        certificates,
        key: file.find("API_KEY").map(str::to_owned),
        mailbox_token: file.find("MAILBOX_TOKEN").map_or_else(|| word(random), str::to_owned),
        file: path,
    })
}

async fn make(registry: &Registry, random: &dyn Random) -> Result<DemoFile, RegistryError> {
    let [ana, ben, gina, dana] = [(); 4].map(|()| word(random));
    let people = People { registry, passwords: Passwords::new(1), random };
    let (key, secret) = everything(registry, &people, [&ana, &ben, &gina, &dana]).await?;
    Ok(DemoFile::new([
        ("API_KEY", key),
        ("API_SECRET", secret),
        ("CALLBACK_URL", CALLBACK.to_owned()),
        ("ANA_PASSWORD", ana),
        ("BEN_PASSWORD", ben),
        ("GINA_PASSWORD", gina),
        ("DANA_PASSWORD", dana),
        ("MAILBOX_TOKEN", word(random)),
    ]))
}

/// Registers a new certificate for the demo key, and lets its app bind tokens. One that is known changes nothing:
/// whoever tries things out may have switched them off.
async fn register(replica: &Replica, key: ClientId, shown: &[u8]) -> Result<(), RegistryError> {
    let Some(key) = replica.store.key(key).await? else { return Ok(()) };
    let Some(app) = replica.store.app(key.app).await? else { return Ok(()) };
    let (registry, by) = (&replica.state.registry, Initiator::operator());
    let draft = CertificateDraft { holder: Holder::App(app.id), label: Some("Development".into()) };
    match registry.add_certificate(&by, draft, shown).await {
        Err(RegistryError::CertificateRegistered(_)) => return Ok(()),
        added => added?,
    };
    if app.mutual_tls == MutualTls::Off {
        registry.edit_app(&by, app.id, None, vec![AppEdit::MutualTls(MutualTls::Optional)]).await?;
    }
    Ok(())
}

async fn everything(
    registry: &Registry,
    people: &People<'_>,
    [ana, ben, gina, dana]: [&str; 4],
) -> Result<(String, String), RegistryError> {
    let by = Initiator::operator();
    let default = EnvironmentName::default_environment();
    let second: EnvironmentName = SECOND.parse().expect("a name of an environment");
    environment(registry, &default, "Production", "https://api.platform.example").await?;
    environment(registry, &second, "Production 2", "https://api2.platform.example").await?;
    let (acme, workspaces) = customer(registry, &default, "Acme", ["Americas", "Asia Pacific", "Europe"]).await?;
    let (globex, _) = customer(registry, &second, "Globex", ["Brands", "Care", "Research"]).await?;
    let ana = people.person("Ana Admin", "ana@acme.example", ana).await?;
    let ben = people.person("Ben Connector", "ben@acme.example", ben).await?;
    let gina = people.person("Gina Admin", "gina@globex.example", gina).await?;
    let dana = people.person("Dana Developer", "dana@reportbot.example", dana).await?;
    let robot = UserDraft {
        email: "reporting@acme.example".into(),
        name: "Acme reporting".into(),
        kind: UserKind::Service,
        password_hash: None,
    };
    let robot = registry.create_user(&by, robot).await?.id;
    people.joins(ana, acme.id, Role::Admin, vec![]).await?;
    people.joins(ben, acme.id, Role::Connector, workspaces.last().copied().into_iter().collect()).await?;
    people.joins(robot, acme.id, Role::Admin, vec![]).await?;
    people.joins(gina, globex.id, Role::Admin, vec![]).await?;
    // So that she can generate a token: nobody does for workspaces that they may not connect themselves.
    people.joins(dana, acme.id, Role::Connector, workspaces.first().copied().into_iter().collect()).await?;
    let app = AppDraft {
        team: team(registry, dana).await?,
        name: "Report Bot".into(),
        description: "Report Bot sends your team a report of its open cases every morning".into(),
        publisher: Publisher { name: "Demo Integrations".into(), verified: true },
        support_email: Some("help@reportbot.example".into()),
        homepage_url: None,
        privacy_url: None,
        kind: ApplicationKind::Web,
        callback_urls: vec![CALLBACK.into()],
        client_credentials: true,
        environments: vec![default, second],
        scopes: SCOPES.iter().map(|(scope, _)| scope.parse().expect("a scope")).collect(),
    };
    let app = registry.create_app(&by, app).await?;
    let draft =
        KeyDraft { app: app.id, label: "Demo".into(), kind: KeyKind::Secret, environments: None, expires_at: None };
    let key = registry.create_key(&by, draft).await?;
    let request = ConnectionRequestDraft { key: key.key.id, customer: acme.id, scopes: app.scopes };
    let request = registry.request_connection(&by, request).await?;
    let answer = Answer { user: robot, granted_by: ana, workspaces };
    registry.answer_connection_request(&by, request.id, answer).await?;
    let secret = key.secret.expect("a key of this kind has a secret").text.reveal();
    Ok((key.key.id.to_string(), secret))
}

/// The developers of the demo app: one who may do everything.
async fn team(registry: &Registry, developer: UserId) -> Result<TeamId, RegistryError> {
    let team = registry.create_team(&Initiator::operator(), "Demo developers").await?.id;
    let permissions = TeamRole::Admin.permissions();
    registry.set_team_member(&Authority::operator(), TeamMember { team, user: developer, permissions }).await?;
    Ok(team)
}

async fn environment(registry: &Registry, name: &EnvironmentName, words: &str, api: &str) -> Result<(), RegistryError> {
    let scopes =
        SCOPES.map(|(scope, words)| ScopeWords { scope: scope.parse().expect("a scope"), words: words.into() });
    let draft = EnvironmentDraft {
        name: name.clone(),
        display_name: words.into(),
        api_base_url: api.into(),
        scopes: scopes.into(),
    };
    registry.create_environment(&Initiator::operator(), draft).await.map(drop)
}

async fn customer<const N: usize>(
    registry: &Registry,
    environment: &EnvironmentName,
    name: &str,
    workspaces: [&str; N],
) -> Result<(Customer, Vec<WorkspaceId>), RegistryError> {
    let by = Initiator::operator();
    let draft = CustomerDraft { environment: environment.clone(), name: name.into() };
    let customer = registry.create_customer(&by, draft).await?;
    let mut ids = Vec::with_capacity(N);
    for workspace in workspaces {
        ids.push(registry.create_workspace(&by, customer.id, workspace).await?.id);
    }
    Ok((customer, ids))
}

struct People<'a> {
    registry: &'a Registry,
    passwords: Passwords,
    random: &'a dyn Random,
}

impl People<'_> {
    async fn person(&self, name: &str, email: &str, password: &str) -> Result<UserId, RegistryError> {
        let password = Password::presented(Zeroizing::new(password.to_owned()));
        let hash = self.passwords.hash(password, self.random).await.ok();
        let draft = UserDraft { email: email.into(), name: name.into(), kind: UserKind::Person, password_hash: hash };
        Ok(self.registry.create_user(&Initiator::operator(), draft).await?.id)
    }

    async fn joins(
        &self,
        user: UserId,
        customer: CustomerId,
        role: Role,
        workspaces: Vec<WorkspaceId>,
    ) -> Result<(), RegistryError> {
        let membership = Membership { user, customer, role, workspaces };
        self.registry.set_membership(&Initiator::operator(), membership).await
    }
}

/// A word that nobody guesses and every shell takes as it is.
fn word(random: &dyn Random) -> String {
    domain::TokenId::generate(random).to_string().replacen("jti_", "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Mode, Sources};
    use crate::serve::{Overrides, start};

    #[tokio::test(flavor = "multi_thread")]
    async fn who_lost_the_file_is_told_that_the_data_can_be_deleted() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let data = folder.path().display();
        let flags = [
            format!("data_directory={data}"),
            "listen.http=127.0.0.1:0".into(),
            "listen.management=127.0.0.1:0".into(),
            "shutdown.drain=0s".into(),
        ];
        let sources = Sources { mode: Mode::Development, files: vec![], environment: vec![], flags: flags.to_vec() };
        let config = Config::load(&sources).unwrap_or_else(|faults| panic!("{faults}"));
        let first = start(&config, Overrides::default()).await.unwrap_or_else(|fault| panic!("{fault}"));
        first.stop(&config).await;
        fs::remove_file(folder.path().join("demo.env")).expect("the demo's file was made");
        let fault = start(&config, Overrides::default()).await.err().expect("there is no file").to_string();
        assert!(fault.contains(&format!("If `serve --dev` made the data, delete {data} and start again")), "{fault}");
    }
}
