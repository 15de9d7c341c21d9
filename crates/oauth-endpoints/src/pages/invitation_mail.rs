//! The mail that invites into a developer team.

use askama::Template;

use super::Moment;
use super::sign_in_mail::one_line;

/// What the mail says. [`InvitationMail::subject`], [`InvitationMail::text`] and [`InvitationMail::html`] are its three
/// parts. What people named themselves and their teams is on one line each and in quotation marks.
#[derive(Clone)]
pub struct InvitationMail {
    /// The operator's name for its platform.
    pub operator: String,
    /// The team's name.
    pub team: String,
    /// Name and address of whoever invites.
    pub invited_by: (String, String),
    /// The address that is invited.
    pub email: String,
    /// What a member may do, in words.
    pub permissions: Vec<String>,
    /// Until when the invitation can be taken.
    pub expires_at: Moment,
    /// The page where it is taken; the token is in it.
    pub url: String,
}

impl std::fmt::Debug for InvitationMail {
    /// Without the link and the addresses.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InvitationMail").field("expires_at", &self.expires_at.iso).finish_non_exhaustive()
    }
}

/// The text part.
#[derive(Template)]
#[template(path = "mail/invitation.txt", escape = "none")]
struct InvitationMailText<'a> {
    mail: &'a InvitationMail,
}

/// The HTML part.
#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct InvitationMailHtml<'a> {
    mail: &'a InvitationMail,
}

impl InvitationMail {
    /// The subject. The team's name is not in it: whoever chose it must not speak in our name on a locked screen.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("You are invited to a developer team of {}", self.sender())
    }

    /// The text part.
    #[must_use]
    pub fn text(&self) -> String {
        super::render(&InvitationMailText { mail: self })
    }

    /// The HTML part.
    #[must_use]
    pub fn html(&self) -> String {
        super::render(&InvitationMailHtml { mail: self })
    }

    fn sender(&self) -> String {
        one_line(&self.operator)
    }

    fn team(&self) -> String {
        one_line(&self.team)
    }

    fn inviter(&self) -> String {
        let (name, address) = &self.invited_by;
        format!("“{}” ({})", one_line(name), one_line(address))
    }

    fn may(&self) -> String {
        self.permissions.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_adds_no_line_and_no_markup_and_the_link_is_a_line_of_its_own() {
        let mail = InvitationMail {
            operator: "Northwind".into(),
            team: "Evil\r\n\r\nYour account was closed <b>now</b>".into(),
            invited_by: ("Ana\nBcc: x@example.com".into(), "ana@acme.example".into()),
            email: "new@acme.example".into(),
            permissions: vec!["View".into(), "Create".into()],
            expires_at: Moment::at_unix_seconds(1_795_269_720),
            url: "https://login.example/ui/invitations/it_x".into(),
        };
        let text = mail.text();
        assert!(!text.lines().any(|line| line.starts_with("Your account") || line.starts_with("Bcc")), "{text}");
        assert!(text.lines().any(|line| line == mail.url) && text.contains("View, Create"), "{text}");
        assert!(text.contains("until 21 Nov 2026, 14:02 UTC"), "{text}");
        assert!(!mail.html().contains("<b>") && mail.html().contains(&mail.url));
        assert!(!mail.subject().contains("Evil"));
        assert!(!format!("{mail:?}").contains("it_x"));
    }
}
