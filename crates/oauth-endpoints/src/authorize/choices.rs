//! The tree of customers and workspaces that a person may choose from.

use domain::{Role, UserKind, WorkspaceAccess, WorkspaceId};

use super::Case;
use crate::pages::{
    ActsAs, ChooseProblem, CustomerGroup, NoAccess, Purpose, ServiceUser, WorkspaceChoice, WorkspaceState,
    WorkspacesPage, field,
};
use crate::sessions::{PageError, Session, Visitor};

/// What was posted and why it was not taken.
pub(super) struct Again<'a> {
    pub(super) problem: ChooseProblem,
    pub(super) workspaces: Vec<&'a str>,
    pub(super) acts_as: &'a str,
}

/// The customers of this person here, or the one that is asked.
pub(super) async fn access(
    visitor: &Visitor,
    case: &Case,
    session: &Session,
) -> Result<Vec<WorkspaceAccess>, PageError> {
    let mut access = visitor.state.protocol.directory.access_of(session.user.id, &visitor.at.name).await?;
    access.retain(|part| case.customer.is_none_or(|asked| asked == part.customer.id));
    Ok(access)
}

/// The page, fresh or again with a problem.
pub(super) async fn page(
    visitor: &Visitor,
    case: &Case,
    session: &Session,
    again: Option<Again<'_>>,
) -> Result<WorkspacesPage, PageError> {
    let access = access(visitor, case, session).await?;
    let earlier = case.earlier(visitor, session).await?.unwrap_or_default();
    let mut customers = Vec::with_capacity(access.len());
    for part in &access {
        customers.push(group(visitor, part, &earlier).await?);
    }
    let acts_as = match case.purpose {
        Purpose::Interactive | Purpose::Test => None,
        Purpose::Unattended => Some(acts_as(visitor, session, &access, again.as_ref()).await?),
    };
    let mut page = WorkspacesPage {
        frame: visitor.frame(),
        app: case.identity(visitor),
        permissions: case.permissions(visitor),
        customers,
        acts_as,
        problem: again.as_ref().map(|again| again.problem.clone()),
        form: crate::pages::FormPost::default(),
    };
    match &again {
        Some(again) => page.choose(&again.workspaces),
        None => page.preselect(),
    }
    Ok(page)
}

async fn group(visitor: &Visitor, part: &WorkspaceAccess, earlier: &[WorkspaceId]) -> Result<CustomerGroup, PageError> {
    let open: Vec<_> = part.connectable().map(|workspace| workspace.id).collect();
    let no_access = if open.is_empty() { Some(no_access(visitor, part).await?) } else { None };
    let choice = |workspace: &domain::Workspace| WorkspaceChoice {
        id: workspace.id.to_string(),
        name: workspace.name.clone(),
        earlier: earlier.contains(&workspace.id),
        state: if open.contains(&workspace.id) {
            WorkspaceState::Open { chosen: false }
        } else {
            WorkspaceState::Closed { reason: "Your role does not reach this workspace".to_owned() }
        },
    };
    Ok(CustomerGroup {
        id: part.customer.id.to_string(),
        name: part.customer.name.clone(),
        workspaces: if no_access.is_some() { Vec::new() } else { part.workspaces.iter().map(choice).collect() },
        no_access,
    })
}

async fn no_access(visitor: &Visitor, part: &WorkspaceAccess) -> Result<NoAccess, PageError> {
    let members = visitor.state.protocol.directory.members(part.customer.id).await?;
    let admins = members.into_iter().filter(|(user, part)| part.role == Role::Admin && user.enabled);
    Ok(NoAccess {
        reason: format!("You have no role that can connect apps in any workspace of {}.", part.customer.name),
        admins: admins.map(|(user, _)| user.name).collect(),
    })
}

async fn acts_as(
    visitor: &Visitor,
    session: &Session,
    access: &[WorkspaceAccess],
    again: Option<&Again<'_>>,
) -> Result<ActsAs, PageError> {
    let mut service_users = Vec::new();
    for part in access.iter().filter(|part| part.membership.as_ref().is_some_and(|own| own.role == Role::Admin)) {
        let members = visitor.state.protocol.directory.members(part.customer.id).await?;
        let service = members.into_iter().filter(|(user, _)| user.kind == UserKind::Service && user.enabled);
        service_users.extend(service.map(|(user, _)| ServiceUser {
            id: user.id.to_string(),
            name: user.name,
            customer: part.customer.name.clone(),
        }));
    }
    let chosen = again.map(|again| again.acts_as).filter(|chosen| *chosen != field::ME && !chosen.is_empty());
    Ok(ActsAs { you: session.user.email.clone(), service_users, chosen: chosen.map(str::to_owned) })
}
