//! Invitations into developer teams, for the owners of e-mail addresses.
//!
//! - Who manages the members of a team invites, and gives nothing that it does not have itself. That is judged when the
//!   invitation is made, and again when it is taken: what the inviter lost meanwhile is given to nobody.
//! - The token in the mail is kept as its hash. It is good for one team, one address and a while, and once: whoever
//!   takes it removes its row in the unit that makes the member.
//! - Whether somebody has an account is never looked at before the token was shown: inviting tells nothing.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use domain::{
    Actor, Invitation, InvitationId, InvitationToken, Permission, Permissions, RequestId, Team, TeamId, TeamMember,
    User, UserId, UserKind,
};
use storage::Change;

use crate::authority::{Authority, Permitted};
use crate::text::{email, line};
use crate::work::{About, Initiator, Work};
use crate::{Registry, RegistryError};

/// What an invitation is made of.
#[derive(Clone, Debug)]
pub struct InvitationDraft {
    /// Where.
    pub team: TeamId,
    /// Whom; kept in lower case.
    pub email: String,
    /// What the member will be able to do.
    pub permissions: Permissions,
}

/// An invitation that was just made.
#[derive(Debug)]
pub struct NewInvitation {
    /// As stored.
    pub invitation: Invitation,
    /// The team.
    pub team: Team,
    /// What to mail, once.
    pub token: InvitationToken,
}

/// An invitation as its token shows it.
#[derive(Clone, Debug)]
pub struct OpenInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// Where to.
    pub team: Team,
    /// By whom.
    pub invited_by: User,
    /// Whether the address has an account. Only whoever has the token, and so can read that mail, may learn it.
    pub has_account: bool,
}

/// Who takes an invitation.
#[derive(Clone)]
pub enum Guest {
    /// A user who is signed in.
    User(UserId),
    /// The owner of the address, who has no account yet.
    Newcomer {
        /// What people call it; 1 to 100 characters.
        name: String,
        /// The PHC string of the password it chose.
        password_hash: String,
    },
}

impl fmt::Debug for Guest {
    /// Without names and hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => f.debug_tuple("User").field(user).finish(),
            Self::Newcomer { .. } => f.debug_struct("Newcomer").finish_non_exhaustive(),
        }
    }
}

impl Registry {
    /// Invites the owner of an address. Needs [`Permission::ManageMembers`], and every permission that is given. An
    /// earlier invitation of the same address is replaced.
    ///
    /// # Errors
    /// As [`Registry::permit_team`]; [`RegistryError::Invalid`] for the address, or when it is a member's;
    /// [`RegistryError::TooMany`].
    pub async fn invite(&self, authority: &Authority, draft: InvitationDraft) -> Result<NewInvitation, RegistryError> {
        let team = self.permit_team(authority, draft.team, Permission::ManageMembers).await?;
        let draft = InvitationDraft { email: email("e-mail address", &draft.email)?, ..draft };
        let listed = self.stores.directory.invitations(team.id).await?;
        let earlier = listed.iter().find(|listed| listed.email == draft.email);
        let limit = self.policy().invitations_per_team;
        if earlier.is_none() && listed.len() >= limit {
            return Err(RegistryError::TooMany {
                what: "invitations of this team",
                limit,
                remedy: "withdraw one first",
            });
        }
        let earlier = earlier.map(|earlier| earlier.id);
        self.make_invitation(authority, team, draft, earlier).await
    }

    /// Makes an invitation anew, to be mailed again: with another token and its whole life before it. The earlier mail is
    /// good for nothing any more. Needs what [`Registry::invite`] needs.
    ///
    /// # Errors
    /// As [`Registry::invite`]; [`RegistryError::NotFound`] for the invitation.
    pub async fn invite_again(
        &self,
        authority: &Authority,
        team: TeamId,
        id: InvitationId,
    ) -> Result<NewInvitation, RegistryError> {
        let team = self.permit_team(authority, team, Permission::ManageMembers).await?;
        let Invitation { email, permissions, .. } = self.listed(team.id, id).await?;
        let draft = InvitationDraft { team: team.id, email, permissions };
        self.make_invitation(authority, team, draft, Some(id)).await
    }

    /// Takes an invitation back. Needs [`Permission::ManageMembers`].
    ///
    /// # Errors
    /// As [`Registry::permit_team`]; [`RegistryError::NotFound`] for the invitation.
    pub async fn withdraw_invitation(
        &self,
        authority: &Authority,
        team: TeamId,
        id: InvitationId,
    ) -> Result<(), RegistryError> {
        let team = self.permit_team(authority, team, Permission::ManageMembers).await?;
        let invitation = self.listed(team.id, id).await?;
        let mut work = self.work(team.by());
        let words = format!("invitation: {id}; to: {}", invitation.email);
        work.change(Change::RemoveInvitation(id, team.id)).record(
            "team.invitation_withdrawn",
            team.id,
            About::default(),
            words,
        );
        work.commit().await.map(drop)
    }

    /// The invitations of a team that were neither taken nor withdrawn, by address; old ones among them.
    ///
    /// # Errors
    /// The store.
    pub async fn invitations_of(&self, team: &Permitted<Team>) -> Result<Vec<Invitation>, RegistryError> {
        Ok(self.stores.directory.invitations(team.id).await?)
    }

    /// The invitation that has this token.
    ///
    /// # Errors
    /// [`RegistryError::InvitationOver`]; the store.
    pub async fn open_invitation(&self, token: &InvitationToken) -> Result<OpenInvitation, RegistryError> {
        let directory = &self.stores.directory;
        let found = directory.invitation_by_token(hash(token)).await?;
        let invitation = found.filter(|found| found.is_open(self.clock.now())).ok_or(RegistryError::InvitationOver)?;
        let team = self.team(invitation.team).await?;
        let invited_by = self.user(invitation.invited_by).await?;
        let has_account = directory.user_by_email(&invitation.email).await?.is_some();
        Ok(OpenInvitation { invitation, team, invited_by, has_account })
    }

    /// Takes an invitation: its owner becomes a member of the team, with what was promised. Who is a member already
    /// stays the member it is.
    ///
    /// # Errors
    /// [`RegistryError::InvitationOver`]; [`RegistryError::InvitedIsAnother`] for a user with another address;
    /// [`RegistryError::Exists`] for a newcomer whose address has an account; [`RegistryError::InviterCannot`];
    /// [`RegistryError::TooMany`]; [`RegistryError::Invalid`] for the name; the store.
    pub async fn take_invitation(
        &self,
        token: &InvitationToken,
        guest: Guest,
        request: Option<RequestId>,
    ) -> Result<(Team, User), RegistryError> {
        let open = self.open_invitation(token).await?;
        let (user, is_new) = match guest {
            Guest::User(id) => (self.invited(&open.invitation, id).await?, false),
            Guest::Newcomer { .. } if open.has_account => {
                return Err(RegistryError::Exists { what: "an account for this address".to_owned() });
            }
            Guest::Newcomer { name, password_hash } => (self.newcomer(&open.invitation, &name, password_hash)?, true),
        };
        self.judge_inviter_again(&open.invitation).await?;
        let members = self.stores.directory.team_members(open.team.id).await?;
        let is_member = members.iter().any(|(member, _)| member.id == user.id);
        let limit = self.policy().members_per_team;
        if !is_member && members.len() >= limit {
            return Err(RegistryError::TooMany { what: "members", limit, remedy: "ask for one to be removed first" });
        }
        let by = Initiator { actor: Actor::User(user.id), request };
        let mut work = self.work(&by);
        if is_new {
            let words = "kind: Person; by an invitation, which was mailed to its address";
            work.change(Change::AddUser(user.clone())).record("user.created", user.id, About::default(), words);
        }
        take(&mut work, &open.invitation, (!is_member).then_some(user.id));
        match work.commit().await {
            Ok(_) => Ok((open.team, user)),
            // Somebody was quicker: with this invitation, or by withdrawing it.
            Err(RegistryError::Stale { .. }) => Err(RegistryError::InvitationOver),
            Err(other) => Err(other),
        }
    }

    /// Commits an invitation in place of the one `earlier`.
    async fn make_invitation(
        &self,
        authority: &Authority,
        team: Permitted<Team>,
        draft: InvitationDraft,
        earlier: Option<InvitationId>,
    ) -> Result<NewInvitation, RegistryError> {
        let Actor::User(invited_by) = authority.by().actor else {
            return Err(RegistryError::invalid(
                "inviter",
                "is a member of the team; the operator sets members directly",
            ));
        };
        let members = self.stores.directory.team_members(team.id).await?;
        if members.iter().any(|(member, _)| member.email == draft.email) {
            return Err(RegistryError::invalid(
                "e-mail address",
                "is a member's; change what that member may do instead",
            ));
        }
        self.require_changed(authority, team.id, Permissions::VIEW, draft.permissions).await?;
        let token = InvitationToken::generate(&*self.random);
        let mut work = self.work(team.by());
        let invitation = Invitation {
            id: InvitationId::generate(&*self.random),
            team: team.id,
            email: draft.email,
            permissions: draft.permissions,
            invited_by,
            token_hash: hash(&token),
            created_at: work.now,
            expires_at: work.now + self.policy().invitation_life,
        };
        let (id, to, permissions) = (invitation.id, &invitation.email, invitation.permissions);
        let words = format!("invitation: {id}; to: {to}; permissions: {permissions}");
        if let Some(earlier) = earlier {
            work.change(Change::RemoveInvitation(earlier, team.id));
        }
        work.change(Change::AddInvitation(invitation.clone())).record("team.invited", team.id, About::default(), words);
        work.commit().await?;
        Ok(NewInvitation { invitation, team: team.into_inner(), token })
    }

    async fn listed(&self, team: TeamId, id: InvitationId) -> Result<Invitation, RegistryError> {
        let listed = self.stores.directory.invitations(team).await?;
        let found = listed.into_iter().find(|listed| listed.id == id);
        found.ok_or_else(|| RegistryError::not_found("invitation of this team", id))
    }

    /// The user `id`, if it is the one that is invited, and signs in.
    async fn invited(&self, invitation: &Invitation, id: UserId) -> Result<User, RegistryError> {
        let user = self.user(id).await?;
        let is_invited = user.email == invitation.email && user.enabled && user.kind == UserKind::Person;
        if is_invited { Ok(user) } else { Err(RegistryError::InvitedIsAnother) }
    }

    fn newcomer(&self, invitation: &Invitation, name: &str, password_hash: String) -> Result<User, RegistryError> {
        Ok(User {
            id: UserId::generate(&*self.random),
            email: invitation.email.clone(),
            name: line("name", name, 1, 100)?,
            kind: UserKind::Person,
            password_hash: Some(password_hash),
            enabled: true,
            failed_logins: 0,
            created_at: self.clock.now(),
        })
    }

    /// Nobody gives what it does not have, and the inviter gives it now.
    async fn judge_inviter_again(&self, invitation: &Invitation) -> Result<(), RegistryError> {
        let inviter = self.authority(invitation.invited_by, None).await?;
        let has = inviter.permissions(invitation.team);
        let gives = |has: Permissions| {
            has.allow(Permission::ManageMembers) && invitation.permissions.iter().all(|given| has.allow(given))
        };
        if has.is_some_and(gives) { Ok(()) } else { Err(RegistryError::InviterCannot) }
    }
}

/// Removes the invitation and makes `member` of whoever takes it.
fn take(work: &mut Work<'_>, invitation: &Invitation, member: Option<UserId>) {
    let Invitation { id, team, permissions, invited_by, .. } = invitation;
    work.change(Change::RemoveInvitation(*id, *team));
    let part = if let Some(user) = member {
        work.change(Change::SetTeamMember(TeamMember { team: *team, user, permissions: *permissions }));
        format!("user: {user}; permissions: {permissions}")
    } else {
        "by somebody who was a member already".to_owned()
    };
    let words = format!("invitation: {id}; invited by: {invited_by}; {part}");
    work.record("team.invitation_taken", *team, About::default(), words);
}

fn hash(token: &InvitationToken) -> [u8; 32] {
    digest(&SHA256, token.expose()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}
