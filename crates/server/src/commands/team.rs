//! `team`.

use clap::{Args, Subcommand, ValueEnum};
use domain::{OPERATOR_TEAM, Permission, Permissions, Team, TeamId, TeamMember, TeamRole, User, UserId};
use storage::Directory as _;

use super::answer::{Answer, Fields, fields};
use super::failure::Failure;
use super::opened::Opened;

#[derive(Debug, Subcommand)]
pub(super) enum TeamCommand {
    /// Make a team. It needs members next: `team member set`.
    Create {
        /// What people call it.
        name: String,
    },
    /// List teams by name.
    List {
        /// Only those whose name contains this.
        #[arg(default_value = "")]
        search: String,
        /// How many to leave out at the beginning.
        #[arg(long, default_value_t = 0)]
        offset: u32,
        /// How many to show at most.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Show one, with the number of its apps and its members.
    Show {
        /// Its id.
        id: TeamId,
    },
    /// Give one another name.
    Rename {
        /// Its id.
        id: TeamId,
        /// What people will call it.
        name: String,
    },
    /// Members of teams, and what each may do.
    #[command(subcommand)]
    Member(MemberCommand),
}

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Set what a person may do in a team, in place of what it might before.
    Set {
        /// The team.
        team: TeamId,
        /// The person's id or address.
        #[arg(long)]
        user: String,
        #[command(flatten)]
        part: Part,
    },
    /// List the members of a team.
    List {
        /// The team.
        team: TeamId,
    },
    /// Take a person out of a team.
    Remove {
        /// The team.
        team: TeamId,
        /// The person's id or address.
        #[arg(long)]
        user: String,
    },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Part {
    /// The permissions that go by this name.
    #[arg(long, value_enum)]
    role: Option<RoleName>,
    /// Single permissions, with commas between: view, create, edit, delete, generate-token, manage-members.
    #[arg(long)]
    permissions: Option<Permissions>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    /// View.
    Viewer,
    /// View, create and edit.
    Developer,
    /// Everything.
    Admin,
}

/// What is said where nobody in a team can let others in.
const UNMANAGED: &str = "Nobody in this team manages its members yet: make somebody an admin, or go on doing it here.";

pub(super) async fn run(command: TeamCommand, opened: &Opened) -> Result<Answer, Failure> {
    match command {
        TeamCommand::Create { name } => {
            Ok(Answer::one(shown(&opened.registry.create_team(&opened.operator, &name).await?)))
        }
        TeamCommand::List { search, offset, limit } => {
            let all = opened.store.teams(&search, offset, limit).await?;
            Ok(Answer::Many("teams", all.iter().map(shown).collect()))
        }
        TeamCommand::Show { id } => show(id, opened).await,
        TeamCommand::Rename { id, name } => {
            Ok(Answer::one(shown(&opened.registry.rename_team(&opened.authority, id, &name).await?)))
        }
        TeamCommand::Member(MemberCommand::Set { team, user, part }) => {
            let member = TeamMember { team, user: person(&user, opened).await?, permissions: part.permissions() };
            opened.registry.set_team_member(&opened.authority, member).await?;
            let members = opened.store.team_members(team).await?;
            let set = members.iter().find(|(user, _)| user.id == member.user).map(row);
            let managed = members.iter().any(|(_, member)| member.permissions.allow(Permission::ManageMembers));
            let fields = set.ok_or_else(|| Failure::absent("member of this team", member.user))?;
            Ok(Answer::One(fields, (!managed && team != OPERATOR_TEAM).then_some(UNMANAGED)))
        }
        TeamCommand::Member(MemberCommand::List { team }) => {
            opened.store.team(team).await?.ok_or_else(|| Failure::absent("team", team))?;
            Ok(Answer::Many("members", opened.store.team_members(team).await?.iter().map(row).collect()))
        }
        TeamCommand::Member(MemberCommand::Remove { team, user }) => {
            let user = person(&user, opened).await?;
            opened.registry.remove_team_member(&opened.authority, team, user).await?;
            Ok(Answer::done(format!("{user} is no member of {team} any more")))
        }
    }
}

async fn show(id: TeamId, opened: &Opened) -> Result<Answer, Failure> {
    let team = opened.store.team(id).await?.ok_or_else(|| Failure::absent("team", id))?;
    let apps = opened.store.apps_of(&[id], "", 0, 0).await?.total;
    let members = opened.store.team_members(id).await?;
    let members: Vec<String> = members
        .iter()
        .map(|(user, member)| {
            let role = role(member.permissions).map_or_else(|| member.permissions.to_string(), str::to_owned);
            format!("{} {} ({role})", user.id, user.email)
        })
        .collect();
    Ok(Answer::one(shown(&team).with("apps", apps).with("members", members)))
}

/// The id of the user with this id or address.
async fn person(user: &str, opened: &Opened) -> Result<UserId, Failure> {
    if let Ok(id) = user.parse() {
        return Ok(id);
    }
    let found = opened.store.user_by_email(user).await?;
    found.map(|user| user.id).ok_or_else(|| Failure::absent("user", user))
}

impl Part {
    fn permissions(&self) -> Permissions {
        let named = self.role.map(|role| match role {
            RoleName::Viewer => TeamRole::Viewer.permissions(),
            RoleName::Developer => TeamRole::Developer.permissions(),
            RoleName::Admin => TeamRole::Admin.permissions(),
        });
        named.or(self.permissions).unwrap_or(Permissions::VIEW)
    }
}

fn role(permissions: Permissions) -> Option<&'static str> {
    match permissions.role() {
        Some(TeamRole::Viewer) => Some("viewer"),
        Some(TeamRole::Developer) => Some("developer"),
        Some(TeamRole::Admin) => Some("admin"),
        None => None,
    }
}

fn shown(team: &Team) -> Fields {
    fields! {
        id: team.id,
        name: team.name,
        created_at: team.created_at.to_string(),
    }
}

fn row((user, member): &(User, TeamMember)) -> Fields {
    fields! {
        user: user.id,
        email: user.email,
        name: user.name,
        enabled: user.enabled,
        role: role(member.permissions),
        permissions: member.permissions,
    }
}
