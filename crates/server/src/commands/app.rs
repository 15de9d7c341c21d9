//! `app`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use client_registry::{AppDraft, AppEdit, KeyReadiness, OPERATOR_TEAM};
use domain::{App, AppId, ApplicationKind, EnvironmentName, Lifetimes, MutualTls, Publisher, ScopeSet, TeamId};
use storage::Directory as _;

use super::answer::{Answer, Fields, ended, fields};
use super::arguments::{Moment, duration, environment, moment};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum AppCommand {
    /// Make an app. It needs a key next: `key create`.
    Create(Create),
    /// List apps by name.
    List {
        /// Only those whose name contains this.
        #[arg(default_value = "")]
        search: String,
        /// Only those of this team; then `search` may also be an API key or a callback URL's host.
        #[arg(long)]
        team: Option<TeamId>,
        /// How many to leave out at the beginning.
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// How many to show at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one.
    Show {
        /// Its id.
        id: AppId,
    },
    /// Edit one: all that is named here, or nothing.
    Set(Box<Set>),
    /// Give one to another team, with its keys and connections.
    Transfer {
        /// Its id.
        id: AppId,
        /// The team that will own it.
        #[arg(long)]
        team: TeamId,
    },
    /// Say that the operator has looked who publishes one. The new name and the word are one change.
    Verify {
        /// Its id.
        id: AppId,
        /// The publisher's name as it was found to be; the one that the app has when left out.
        #[arg(long)]
        publisher: Option<String>,
        /// Take the verification back instead.
        #[arg(long, conflicts_with = "publisher")]
        undo: bool,
    },
    /// Delete one: its keys die at once, its connections end. It can be restored for a week.
    Delete {
        /// Its id.
        id: AppId,
    },
    /// Bring a deleted one back, within a week. Its keys stay revoked.
    Restore {
        /// Its id.
        id: AppId,
    },
}

#[derive(Args, Debug)]
pub(super) struct Create {
    /// Its name, which customers read.
    name: String,
    /// What it does and why it needs access.
    #[arg(long)]
    description: String,
    /// Who publishes it.
    #[arg(long)]
    publisher: String,
    /// The operator has verified the publisher.
    #[arg(long)]
    verified: bool,
    /// The team that owns it; the operator's when left out.
    #[arg(long)]
    team: Option<TeamId>,
    /// Where users get help.
    #[arg(long)]
    support_email: Option<String>,
    /// What it is, for those who look for more: an https URL.
    #[arg(long)]
    homepage: Option<String>,
    /// Its privacy notice: an https URL.
    #[arg(long)]
    privacy_notice: Option<String>,
    /// Where it runs.
    #[arg(long, value_enum, default_value = "web")]
    kind: Kind,
    /// A callback URL.
    #[arg(long)]
    callback_url: Vec<String>,
    /// Enable client credentials.
    #[arg(long)]
    client_credentials: bool,
    /// An environment it may be used in.
    #[arg(long, value_parser = environment, default_value = "default")]
    environment: Vec<EnvironmentName>,
    /// The scopes it may ask for, separated by spaces.
    #[arg(long, default_value = "")]
    scopes: ScopeSet,
}

#[derive(Args, Debug)]
pub(super) struct Set {
    /// Its id.
    id: AppId,
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    description: Option<String>,
    /// Who publishes it; takes the verification back.
    #[arg(long)]
    publisher: Option<String>,
    /// Whether the operator has verified the publisher.
    #[arg(long)]
    verified: Option<bool>,
    /// Where users get help; empty for none.
    #[arg(long)]
    support_email: Option<String>,
    /// What it is, for those who look for more: an https URL; empty for none.
    #[arg(long)]
    homepage: Option<String>,
    /// Its privacy notice: an https URL; empty for none.
    #[arg(long)]
    privacy_notice: Option<String>,
    /// Where it runs: native where callback URLs or API keys need it.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Registers a callback URL.
    #[arg(long)]
    add_callback_url: Vec<String>,
    /// Takes a callback URL away.
    #[arg(long)]
    remove_callback_url: Vec<String>,
    /// All its environments, in place of the former ones.
    #[arg(long, value_parser = environment)]
    environment: Option<Vec<EnvironmentName>>,
    /// All its scopes, separated by spaces, in place of the former ones.
    #[arg(long)]
    scopes: Option<ScopeSet>,
    /// Enable client credentials; false ends what keys got by them.
    #[arg(long)]
    client_credentials: Option<bool>,
    /// Enable mutual TLS authentication.
    #[arg(long, value_enum)]
    mutual_tls: Option<MutualTlsMode>,
    /// Change nothing; tell for each key how its clients came in the last 30 days.
    #[arg(long, requires = "mutual_tls", conflicts_with = "force")]
    dry_run: bool,
    /// Require mutual TLS although clients came without a registered certificate within the last day.
    #[arg(long, requires = "mutual_tls")]
    force: bool,
    /// Rotate refresh tokens even for keys that authenticate.
    #[arg(long)]
    rotate_refresh_tokens: Option<bool>,
    /// Until when old client libraries may send everything in the query string: a date, or how long (90d).
    #[arg(long, value_parser = moment, conflicts_with = "no_legacy_parameters")]
    legacy_parameters_until: Option<Moment>,
    /// Ends the use of legacy parameters.
    #[arg(long)]
    no_legacy_parameters: bool,
    /// How long its access tokens live.
    #[arg(long, value_parser = duration)]
    access_token_life: Option<Duration>,
    /// How long a connection of it may stay unused.
    #[arg(long, value_parser = duration)]
    connection_idle_life: Option<Duration>,
    /// How long a connection of it may live.
    #[arg(long, value_parser = duration)]
    connection_life: Option<Duration>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Web,
    Native,
}

impl From<Kind> for ApplicationKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Web => Self::Web,
            Kind::Native => Self::Native,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MutualTlsMode {
    Off,
    Optional,
    Required,
}

/// What is said where mutual TLS is switched off.
const BOUND_WHILE_OFF: &str =
    "Connections that are bound to a certificate cannot be refreshed while mutual TLS is off.";

/// What is said where an app is restored.
const KEYS_STAY_REVOKED: &str = "Its keys stay revoked and its connections ended; it needs a new key: `key create`.";

/// What is said where an app is given to another team.
const MAY_KNOW_SECRETS: &str =
    "Its secrets are what they were, and members of the former team may know them: `secret rotate` makes new ones.";

pub(super) async fn run(command: AppCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        AppCommand::Create(create) => self::create(create, opened).await,
        AppCommand::List { search, team, offset, limit } => {
            let all = match team {
                None => opened.store.apps(&search, offset, limit).await?,
                Some(team) => {
                    opened.store.team(team).await?.ok_or_else(|| Failure::absent("team", team))?;
                    opened.store.apps_of(&[team], &search, offset, limit).await?.apps
                }
            };
            Ok(Answer::Many("apps", all.iter().map(row).collect()))
        }
        AppCommand::Show { id } => {
            let app = opened.store.app(id).await?.ok_or_else(|| Failure::absent("app", id))?;
            Ok(Answer::one(shown(&app)))
        }
        AppCommand::Set(set) => self::set(*set, opened).await,
        AppCommand::Transfer { id, team } => {
            let app = opened.registry.transfer_app(&opened.authority, id, team).await?;
            Ok(Answer::One(shown(&app), Some(MAY_KNOW_SECRETS)))
        }
        AppCommand::Delete { id } => {
            let committed = opened.registry.delete_app(&opened.operator, id).await?;
            Ok(Answer::done(format!("{id} is deleted; {}", ended(committed.ended))))
        }
        AppCommand::Restore { id } => {
            let app = opened.registry.restore_app(&opened.operator, id).await?;
            Ok(Answer::One(shown(&app), Some(KEYS_STAY_REVOKED)))
        }
        AppCommand::Verify { id, publisher, undo } => {
            let app = opened.store.app(id).await?.ok_or_else(|| Failure::absent("app", id))?;
            let mut edits: Vec<_> = publisher.into_iter().map(AppEdit::PublisherName).collect();
            edits.push(AppEdit::PublisherVerified(!undo));
            let edited = opened.registry.edit_app(&opened.operator, id, Some(app.version), edits).await?;
            Ok(Answer::one(shown(&edited)))
        }
    }
}

async fn create(create: Create, opened: &Opened) -> Result<Answer, Failure> {
    let draft = AppDraft {
        team: create.team.unwrap_or(OPERATOR_TEAM),
        name: create.name,
        description: create.description,
        publisher: Publisher { name: create.publisher, verified: create.verified },
        support_email: create.support_email,
        homepage_url: create.homepage,
        privacy_url: create.privacy_notice,
        kind: create.kind.into(),
        callback_urls: create.callback_url,
        client_credentials: create.client_credentials,
        environments: create.environment,
        scopes: create.scopes,
    };
    Ok(Answer::one(shown(&opened.registry.create_app(&opened.operator, draft).await?)))
}

async fn set(set: Set, opened: &Opened) -> Result<Answer, Failure> {
    let id = set.id;
    if set.dry_run || matches!(set.mutual_tls, Some(MutualTlsMode::Required)) && !set.force {
        let keys = opened.registry.readiness(id).await?;
        if set.dry_run {
            return Ok(Answer::Many("keys", keys.iter().map(readiness).collect()));
        }
        require_ready(&keys)?;
    }
    let app = opened.store.app(id).await?.ok_or_else(|| Failure::absent("app", id))?;
    let edits = edits(set, &app, opened);
    if edits.is_empty() {
        return Err(Failure::Refused("nothing to set was named; `app set --help` lists what can be".to_owned()));
    }
    let edited = opened.registry.edit_app(&opened.operator, id, Some(app.version), edits).await?;
    let switched_off = edited.mutual_tls == MutualTls::Off && app.mutual_tls != MutualTls::Off;
    Ok(Answer::One(shown(&edited), switched_off.then_some(BOUND_WHILE_OFF)))
}

/// Refuses what would stop clients that work today.
fn require_ready(keys: &[KeyReadiness]) -> Result<(), Failure> {
    let stopping: Vec<_> = keys.iter().filter(|key| key.would_be_refused()).map(|key| key.key.id.to_string()).collect();
    if stopping.is_empty() {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "within the last 24 hours clients of these API keys came without a registered certificate and would be \
         refused: {}; --dry-run counts them, --force requires it all the same",
        stopping.join(", ")
    )))
}

fn readiness(ready: &KeyReadiness) -> Fields {
    fields! {
        id: ready.key.id,
        label: ready.key.label,
        kind: ready.key.kind,
        certificates: ready.certificates,
        registered_30d: ready.month.registered,
        unregistered_30d: ready.month.unregistered,
        without_30d: ready.month.without,
        registered_24h: ready.day.registered,
        unregistered_24h: ready.day.unregistered,
        without_24h: ready.day.without,
        would_be_refused: ready.would_be_refused(),
    }
}

fn edits(set: Set, app: &App, opened: &Opened) -> Vec<AppEdit> {
    let lifetimes = Lifetimes {
        access_token: set.access_token_life.or(app.lifetimes.access_token),
        connection_idle: set.connection_idle_life.or(app.lifetimes.connection_idle),
        connection_absolute: set.connection_life.or(app.lifetimes.connection_absolute),
    };
    let now = opened.now();
    let legacy = match (set.legacy_parameters_until, set.no_legacy_parameters) {
        (Some(until), _) => Some(Some(until.from(now))),
        (None, true) => Some(None),
        (None, false) => None,
    };
    let mutual_tls = set.mutual_tls.map(|mode| match mode {
        MutualTlsMode::Off => MutualTls::Off,
        MutualTlsMode::Optional => MutualTls::Optional,
        MutualTlsMode::Required => MutualTls::Required,
    });
    let single = [
        set.name.map(AppEdit::Name),
        set.description.map(AppEdit::Description),
        set.publisher.map(AppEdit::PublisherName),
        set.verified.map(AppEdit::PublisherVerified),
        set.support_email.map(|address| AppEdit::SupportEmail(unless_empty(address))),
        set.homepage.map(|url| AppEdit::HomepageUrl(unless_empty(url))),
        set.privacy_notice.map(|url| AppEdit::PrivacyUrl(unless_empty(url))),
        set.environment.map(AppEdit::Environments),
        set.scopes.map(AppEdit::Scopes),
        set.client_credentials.map(AppEdit::ClientCredentials),
        mutual_tls.map(AppEdit::MutualTls),
        set.rotate_refresh_tokens.map(AppEdit::RotateRefreshTokens),
        legacy.map(AppEdit::LegacyParametersUntil),
        (lifetimes != app.lifetimes).then_some(AppEdit::Lifetimes(lifetimes)),
    ];
    // What goes makes room for what comes, and is not in the way of another kind.
    let removed = set.remove_callback_url.into_iter().map(AppEdit::RemoveCallbackUrl);
    let kind = set.kind.map(ApplicationKind::from).filter(|kind| *kind != app.kind).map(AppEdit::Kind);
    let added = set.add_callback_url.into_iter().map(AppEdit::AddCallbackUrl);
    single.into_iter().flatten().chain(removed).chain(kind).chain(added).collect()
}

fn unless_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn row(app: &App) -> Fields {
    fields! {
        id: app.id,
        name: app.name,
        publisher: app.publisher.name,
        verified: app.publisher.verified,
        client_credentials: app.client_credentials,
        mutual_tls: app.mutual_tls,
        environments: app.environments,
    }
}

fn shown(app: &App) -> Fields {
    let callback_urls: Vec<&str> = app.callback_urls.iter().map(domain::CallbackUrl::as_str).collect();
    row(app)
        .with("description", app.description.as_str())
        .with("team", app.team.to_string())
        .with("support_email", app.support_email.clone())
        .with("homepage", app.homepage_url.clone())
        .with("privacy_notice", app.privacy_url.clone())
        .with("kind", serde_json::json!(app.kind))
        .with("callback_urls", callback_urls)
        .with("scopes", app.scopes.to_string())
        .with("rotate_refresh_tokens", app.rotate_refresh_tokens)
        .with("legacy_parameters_until", app.legacy_parameters_until.map(|until| until.to_string()))
        .with("access_token_life_seconds", app.lifetimes.access_token.map(|life| life.as_secs()))
        .with("connection_idle_life_seconds", app.lifetimes.connection_idle.map(|life| life.as_secs()))
        .with("connection_life_seconds", app.lifetimes.connection_absolute.map(|life| life.as_secs()))
        .with("created_at", app.created_at.to_string())
        .with("deleted_at", app.deleted_at.map(|moment| moment.to_string()))
        .with("version", app.version)
}
