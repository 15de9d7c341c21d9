//! The command line.
//!
//! Commands open the database themselves: what they commit reaches running replicas by the revocation log, within a
//! second. So no server has to run for them, and none has to be asked.
//!
//! Exit codes: 0 done; 1 refused, or the configuration has faults; 2 the command line is wrong; 3 a store cannot be
//! reached, so try again.

mod activity;
mod answer;
mod api;
mod app;
mod arguments;
mod audit;
mod cert;
mod config;
mod connection;
mod customer;
mod environment;
mod failure;
mod healthcheck;
mod jwks;
mod key;
mod management_key;
mod migrate;
mod opened;
mod secret;
mod team;
mod user;
mod workspace;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Mode, Sources, default_file};
use crate::serve;

use answer::Answer;
use failure::Failure;
use opened::Opened;

/// An OAuth 2.0 authorization server for platforms with many customers and many integrations.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    after_help = "Exit codes: 0 done, 1 refused or faulty, 2 wrong command line, 3 store out of reach."
)]
struct CommandLine {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args, Debug)]
struct Global {
    /// For a developer's machine: everything has a default, data is kept in ./data.
    #[arg(long, global = true)]
    dev: bool,
    /// A configuration file (TOML); later ones win over earlier ones.
    #[arg(long, global = true, env = "COUNTERSIGN_CONFIG", value_name = "FILE")]
    config: Vec<PathBuf>,
    /// A setting, over file and environment: --set lifetimes.code=30s.
    #[arg(long, global = true, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Bring the database's schema up to date.
    Migrate(migrate::Migrate),
    /// Check the configuration; make root keys.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Environments: hosting environments of the platform.
    #[command(subcommand)]
    Environment(environment::EnvironmentCommand),
    /// APIs: what tokens are for.
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// Developer teams, the owners of apps.
    #[command(subcommand)]
    Team(team::TeamCommand),
    /// Apps.
    #[command(subcommand)]
    App(app::AppCommand),
    /// API keys of apps.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Keys for the management API.
    #[command(subcommand)]
    ManagementKey(management_key::ManagementKeyCommand),
    /// Secrets of API keys.
    #[command(subcommand)]
    Secret(secret::SecretCommand),
    /// Certificates of an app's clients, and the authorities that vouch for them.
    #[command(subcommand)]
    Cert(cert::CertCommand),
    /// Customers.
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// Workspaces of customers.
    #[command(subcommand)]
    Workspace(workspace::WorkspaceCommand),
    /// Users and their roles.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Connections, and requests for unattended ones.
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// Keys that sign access tokens.
    #[command(subcommand)]
    Jwks(jwks::JwksCommand),
    /// What clients of an app tried, and what came of it.
    #[command(subcommand)]
    Activity(activity::ActivityCommand),
    /// Who changed what.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Ask the server on this machine whether it is ready.
    Healthcheck,
}

/// Runs what the process's command line says.
#[must_use]
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let json = line.global.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return answer::fail(&Failure::Refused(format!("no threads can be started: {cause}")), json),
    };
    match runtime.block_on(run(line, environment)) {
        Ok(answer) => answer::print(&answer, json),
        Err(failure) => answer::fail(&failure, json),
    }
}

async fn run(line: CommandLine, environment: Vec<(String, String)>) -> Result<Answer, Failure> {
    let mode = if line.global.dev { Mode::Development } else { Mode::Production };
    let files = if line.global.config.is_empty() && default_file(mode).exists() {
        vec![default_file(mode).to_owned()]
    } else {
        line.global.config
    };
    let sources = Sources { mode, files, environment, flags: line.global.set };
    // These need no server's configuration.
    match line.command {
        Command::Config(command) => return config::run(command, &sources),
        Command::Cert(cert::CertCommand::Inspect { file }) => return cert::inspect(&file),
        _ => {}
    }
    if matches!(line.command, Command::Serve) {
        let config = Config::load_with(&sources, serve::faults)?;
        // The log is on standard output: a line that is no log line would break whoever reads it as JSON.
        return Ok(serve::run(config).await.map(|()| Answer::Logged)?);
    }
    let config = Config::load(&sources)?;
    match line.command {
        Command::Migrate(command) => migrate::run(&command, &config).await,
        Command::Healthcheck => healthcheck::run(&config).await,
        command => on_registry(command, Opened::open(config).await?).await,
    }
}

async fn on_registry(command: Command, opened: Opened) -> Result<Answer, Failure> {
    match command {
        Command::Environment(command) => environment::run(command, &opened).await,
        Command::Api(command) => api::run(command, &opened).await,
        Command::Team(command) => team::run(command, &opened).await,
        Command::App(command) => app::run(command, &opened).await,
        Command::Key(command) => key::run(command, &opened).await,
        Command::ManagementKey(command) => management_key::run(command, &opened).await,
        Command::Secret(command) => secret::run(command, &opened).await,
        Command::Cert(command) => cert::run(command, &opened).await,
        Command::Customer(command) => customer::run(command, &opened).await,
        Command::Workspace(command) => workspace::run(command, &opened).await,
        Command::User(command) => user::run(command, &opened).await,
        Command::Connection(command) => connection::run(command, &opened).await,
        Command::Jwks(command) => jwks::run(command, &opened).await,
        Command::Activity(command) => activity::run(command, &opened).await,
        Command::Audit(command) => audit::run(command, &opened).await,
        Command::Serve | Command::Migrate(_) | Command::Config(_) | Command::Healthcheck => {
            unreachable!("these were run without the registry")
        }
    }
}
