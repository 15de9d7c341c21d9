//! `/ui/teams`: who is in a developer team, what each may do, and who is invited. `client-registry` decides all of it;
//! what it would refuse is not offered.

mod change;
mod invite;
mod leave;
mod part;
mod show;

use actix_web::web::{ServiceConfig, get, post, resource};
use domain::{InvitationId, Permission, Team, TeamId, UserId};
use serde::Deserialize;

use crate::developer::Developer;
use crate::pages::TeamHead;
use crate::place::Place;

/// What a path names.
#[derive(Deserialize)]
struct Named {
    team: String,
    user: Option<String>,
    invitation: Option<String>,
}

impl Named {
    fn team(&self) -> Option<TeamId> {
        self.team.parse().ok()
    }

    fn user(&self) -> Option<UserId> {
        self.user.as_ref()?.parse().ok()
    }

    fn invitation(&self) -> Option<InvitationId> {
        self.invitation.as_ref()?.parse().ok()
    }

    /// Where to be after signing in.
    fn place(&self) -> Place {
        self.team().map_or(Place::Teams, Place::team)
    }
}

/// Enters the pages under `prefix`.
pub(super) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}/ui/teams{path}"));
    config
        .service(at("").route(get().to(show::list)))
        .service(at("/{team}").route(get().to(show::one)))
        .service(at("/{team}/rename").route(get().to(change::ask_name)).route(post().to(change::rename)))
        .service(at("/{team}/members/{user}").route(get().to(change::ask_part)).route(post().to(change::set_part)))
        .service(at("/{team}/members/{user}/remove").route(get().to(leave::ask)).route(post().to(leave::remove)))
        .service(at("/{team}/invite").route(get().to(invite::ask)).route(post().to(invite::invite)))
        .service(
            at("/{team}/invitations/{invitation}/again")
                .route(get().to(invite::ask_again))
                .route(post().to(invite::invite_again)),
        )
        .service(
            at("/{team}/invitations/{invitation}/withdraw")
                .route(get().to(invite::ask_withdraw))
                .route(post().to(invite::withdraw)),
        );
}

/// What was done, for the page of the team that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Renamed,
    Changed,
    Removed,
    Invited,
    /// Kept, but its mail was not sent.
    Unsent,
    Withdrawn,
    Joined,
}

impl Done {
    const ALL: [Self; 7] =
        [Self::Renamed, Self::Changed, Self::Removed, Self::Invited, Self::Unsent, Self::Withdrawn, Self::Joined];

    /// Its word in an address.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Invited => "invited",
            Self::Unsent => "unsent",
            Self::Withdrawn => "withdrawn",
            Self::Joined => "joined",
        }
    }

    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// What the page says.
    const fn words(self) -> &'static str {
        match self {
            Self::Renamed => "The team has its new name.",
            Self::Changed => "What this member may do is changed, from the next request on.",
            Self::Removed => "The member is removed, from the next request on.",
            Self::Invited => "The invitation is on its way by e-mail.",
            Self::Unsent => "The invitation is kept, but we could not send its e-mail. Send it again in a few minutes.",
            Self::Withdrawn => "The invitation is withdrawn; its link opens nothing any more.",
            Self::Joined => "You are a member of this team now.",
        }
    }
}

/// What the pages of a team begin with.
fn head(developer: &Developer<'_>, team: &Team) -> TeamHead {
    let path = |place: Place| developer.visitor.path(&place.path());
    TeamHead {
        id: team.id.to_string(),
        name: team.name.clone(),
        teams_url: path(Place::Teams),
        url: path(Place::team(team.id)),
    }
}

/// Whether this person manages the members of `team`.
fn manages(developer: &Developer<'_>, team: TeamId) -> bool {
    developer.authority.permissions(team).is_some_and(|own| own.allow(Permission::ManageMembers))
}
