//! What people see while an app is being connected, as data.
//!
//! A page is a struct of plain strings and small enums with an askama template of the same name. Handlers fill it and call
//! [`render`]; nothing here reads a request, a store or the clock. Every form works without JavaScript; the
//! modules in [`assets`] only add to what the HTML already does. [`headers`] says which security headers a page needs.

use askama::Template;

mod app;
mod approval_mail;
pub mod assets;
mod confirm_end;
mod connected_apps;
mod error_catalogue;
pub mod field;
mod frame;
pub mod headers;
mod invitation_mail;
mod mailbox;
mod not_me;
mod notice;
mod request_error;
mod returning;
mod review;
mod sessions;
mod sign_in;
mod sign_in_mail;
mod unattended_done;
mod verify;
mod workspaces;

pub use app::{AppIdentity, Permission, Permissions, Publisher, Purpose, ReturnTarget, Verb};
pub use approval_mail::ApprovalMail;
pub use confirm_end::{ConfirmEndPage, Ending};
pub use connected_apps::{ConnectedAppsPage, ConnectedWorkspace, ConnectionCard};
pub use error_catalogue::ErrorCataloguePage;
use frame::Step;
pub use frame::{FormPost, Frame, Hidden, Moment, SignedIn, Theme};
pub use invitation_mail::InvitationMail;
pub use mailbox::{MailboxMessage, MailboxPage};
pub use not_me::NotMePage;
pub use notice::{Notice, NoticePage};
pub use request_error::{CallbackDifference, DeveloperDetail, RequestErrorPage, RequestProblem, UrlPart};
pub use returning::{PostBackPage, ReturnOutcome, ReturningPage};
pub use review::ReviewPage;
pub use sessions::{SessionCard, SessionsPage};
pub use sign_in::{SignInPage, SignInProblem};
pub use sign_in_mail::SignInMail;
pub use unattended_done::UnattendedDonePage;
pub use verify::{VerifyPage, VerifyProblem, mask_email};
pub use workspaces::{
    ActsAs, ChooseProblem, CustomerGroup, NoAccess, RowGroup, ServiceUser, WorkspaceChoice, WorkspaceState,
    WorkspacesPage, is_long, wants_filter,
};

/// A page as text. Writing into a `String` cannot fail, and no template calls anything that can.
///
/// # Panics
/// Never for the templates of this module.
#[must_use]
pub fn render(page: &impl Template) -> String {
    page.render().expect("templates here only format values, into memory")
}

#[cfg(test)]
mod tests;
