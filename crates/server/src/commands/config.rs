//! `config`: what can be said of the configuration without connecting to anything.

use clap::Subcommand;
use domain::RootKeyId;

use super::answer::{Answer, fields};
use super::failure::Failure;
use crate::config::{Config, RootKeyLine, Sources};
use crate::serve;
use crate::system::SystemChance;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Read everything as `serve` would and name all faults.
    Check,
    /// Make a root key. Put it before the older ones in `root_keys`.
    RootKey {
        /// Its id, 0 to 255, which no other root key ever had.
        #[arg(long, default_value_t = 1)]
        id: u8,
    },
}

pub(super) fn run(command: ConfigCommand, sources: &Sources) -> Result<Answer, Failure> {
    match command {
        ConfigCommand::Check => {
            let config = Config::load_with(sources, serve::faults)?;
            let files: Vec<String> = sources.files.iter().map(|path| path.display().to_string()).collect();
            Ok(Answer::one(fields! {
                configuration: "good",
                files: files,
                public_url: config.public_url.as_str(),
                http: config.listen.http,
                management: config.listen.management,
            }))
        }
        ConfigCommand::RootKey { id } => {
            let key = RootKeyLine::generate(RootKeyId(id), &SystemChance::default());
            Ok(Answer::done(key.reveal().as_str()))
        }
    }
}
