//! `user`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use client_registry::UserDraft;
use domain::{CustomerId, Membership, Role, User, UserId, UserKind, WorkspaceId};
use storage::Directory as _;
use zeroize::Zeroizing;

use super::answer::{Answer, Fields, fields, read_stdin};
use super::failure::Failure;
use super::opened::Opened;
use crate::passwords::{Password, Passwords};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user.
    Create {
        /// The address it signs in with.
        #[arg(long)]
        email: String,
        /// What people call it.
        #[arg(long)]
        name: String,
        /// A service user: integrations act as it, nobody signs in as it.
        #[arg(long, conflicts_with_all = ["password_file", "password_stdin"])]
        service: bool,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// List users by address.
    List {
        /// How many to leave out at the beginning.
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// How many to show at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one.
    Show {
        /// Its id or address.
        user: String,
    },
    /// Set a person's password.
    SetPassword {
        /// Its id.
        id: UserId,
        #[command(flatten)]
        password: PasswordSource,
    },
    /// Let one in.
    Enable {
        /// Its id.
        id: UserId,
    },
    /// Shut one out; its older access tokens end, its connections stay unusable until it is let in.
    Disable {
        /// Its id.
        id: UserId,
    },
    /// Forget failed sign-ins.
    Unlock {
        /// Its id.
        id: UserId,
    },
    /// Set a user's role at a customer, in place of the one it had.
    SetRole {
        /// The user's id.
        id: UserId,
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
        /// The role.
        #[arg(long, value_enum)]
        role: RoleName,
        /// A workspace that a connector may let apps into.
        #[arg(long)]
        workspace: Vec<WorkspaceId>,
    },
    /// Take a user's role at a customer away; its connections there end.
    RemoveRole {
        /// The user's id.
        id: UserId,
        /// The customer.
        #[arg(long)]
        customer: CustomerId,
    },
}

/// Where a password is read from: never from the command line, which others can see.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct PasswordSource {
    /// Read the password from this file's first line.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleName {
    Member,
    Connector,
    Admin,
}

pub(super) async fn run(command: UserCommand, opened: &Opened) -> Result<Answer, Failure> {
    let (registry, operator) = (&opened.registry, &opened.operator);
    match command {
        UserCommand::Create { email, name, service, password } => {
            let kind = if service { UserKind::Service } else { UserKind::Person };
            let password_hash = hashed(&password, opened).await?;
            let draft = UserDraft { email, name, kind, password_hash };
            Ok(Answer::one(shown(&registry.create_user(operator, draft).await?)))
        }
        UserCommand::List { offset, limit } => {
            let all = opened.store.users(offset, limit).await?;
            Ok(Answer::Many("users", all.iter().map(shown).collect()))
        }
        UserCommand::Show { user } => {
            let found = match user.parse() {
                Ok(id) => opened.store.user(id).await?,
                Err(_) => opened.store.user_by_email(&user.to_lowercase()).await?,
            };
            found.map(|user| Answer::one(shown(&user))).ok_or_else(|| Failure::absent("user", user))
        }
        UserCommand::SetPassword { id, password } => {
            let hash = hashed(&password, opened).await?;
            let wanted =
                || Failure::Refused("no password was given; use --password-file or --password-stdin".to_owned());
            registry.set_password(operator, id, hash.ok_or_else(wanted)?).await?;
            Ok(Answer::done(format!("the password of {id} is set")))
        }
        UserCommand::Enable { id } => {
            registry.set_user_enabled(operator, id, true).await?;
            Ok(Answer::done(format!("{id} is let in")))
        }
        UserCommand::Disable { id } => {
            registry.set_user_enabled(operator, id, false).await?;
            Ok(Answer::done(format!("{id} is shut out")))
        }
        UserCommand::Unlock { id } => {
            registry.unlock_user(operator, id).await?;
            Ok(Answer::done(format!("{id} may sign in again")))
        }
        UserCommand::SetRole { id, customer, role, workspace } => {
            let role = match role {
                RoleName::Member => Role::Member,
                RoleName::Connector => Role::Connector,
                RoleName::Admin => Role::Admin,
            };
            registry.set_membership(operator, Membership { user: id, customer, role, workspaces: workspace }).await?;
            Ok(Answer::done(format!("the role of {id} at {customer} is set")))
        }
        UserCommand::RemoveRole { id, customer } => {
            registry.remove_membership(operator, id, customer).await?;
            Ok(Answer::done(format!("{id} has no part in {customer} any more")))
        }
    }
}

/// The hash of the given password, if one was given.
async fn hashed(source: &PasswordSource, opened: &Opened) -> Result<Option<String>, Failure> {
    let text = match (&source.password_file, source.password_stdin) {
        (Some(path), _) => read_file(path)?,
        (None, true) => Zeroizing::new(read_stdin().map_err(|cause| Failure::Refused(cause.to_string()))?),
        (None, false) => return Ok(None),
    };
    let line = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    let refused = |error: &dyn std::error::Error| Failure::Refused(error.to_string());
    let password = Password::choose(line).map_err(|error| refused(&error))?;
    let passwords = Passwords::new(1);
    passwords.hash(password, &*opened.random).await.map(Some).map_err(|error| refused(&error))
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|cause| Failure::Refused(format!("{} cannot be read: {cause}", path.display())))
}

fn shown(user: &User) -> Fields {
    fields! {
        id: user.id,
        email: user.email,
        name: user.name,
        kind: user.kind,
        enabled: user.enabled,
        has_password: user.password_hash.is_some(),
        failed_sign_ins: user.failed_logins,
        created_at: user.created_at.to_string(),
    }
}
