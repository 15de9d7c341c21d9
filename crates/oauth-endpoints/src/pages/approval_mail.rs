//! The mail that carries the code which approves that tokens are made by hand.

use askama::Template;

use super::Moment;
use super::sign_in_mail::one_line;

/// What the mail says. [`ApprovalMail::subject`], [`ApprovalMail::text`] and [`ApprovalMail::html`] are its three parts.
#[derive(Clone)]
pub struct ApprovalMail {
    /// The operator's name for its platform.
    pub operator: String,
    /// The code.
    pub code: String,
    /// Exactly what the code approves: names and values. What people named is on one line.
    pub facts: Vec<(&'static str, String)>,
    /// When it was asked for.
    pub at: Moment,
    /// The address it was asked for from, where it is known.
    pub from: Option<String>,
    /// How long the code works.
    pub valid_minutes: u32,
}

impl std::fmt::Debug for ApprovalMail {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApprovalMail").field("valid_minutes", &self.valid_minutes).finish_non_exhaustive()
    }
}

/// The text part.
#[derive(Template)]
#[template(path = "mail/approval.txt", escape = "none")]
struct ApprovalMailText<'a> {
    mail: &'a ApprovalMail,
}

/// The HTML part.
#[derive(Template)]
#[template(path = "mail/approval.html")]
struct ApprovalMailHtml<'a> {
    mail: &'a ApprovalMail,
}

impl ApprovalMail {
    /// The subject. The code is not in it: subjects show on locked screens.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("Your code to generate a token at {}", self.sender())
    }

    /// The text part; the code is its first line.
    #[must_use]
    pub fn text(&self) -> String {
        super::render(&ApprovalMailText { mail: self })
    }

    /// The HTML part.
    #[must_use]
    pub fn html(&self) -> String {
        super::render(&ApprovalMailHtml { mail: self })
    }

    fn sender(&self) -> String {
        one_line(&self.operator)
    }

    fn lines(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.facts.iter().map(|(name, value)| (*name, one_line(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_add_lines_or_markup_to_the_mail() {
        let mail = ApprovalMail {
            operator: "Northwind".into(),
            code: "042137".into(),
            facts: vec![("App", "Bot\n\n999999\n<b>is your code</b>".into()), ("Lifetime", "1 day".into())],
            at: Moment::at_unix_seconds(1_800_000_000),
            from: Some("203.0.113.9".into()),
            valid_minutes: 5,
        };
        let text = mail.text();
        assert!(
            text.starts_with("042137\n\nis your code to generate a token at Northwind.\n\nApp: Bot 999999"),
            "{text}"
        );
        assert!(text.contains("\nLifetime: 1 day\n") && text.contains("from 203.0.113.9"), "{text}");
        assert!(mail.html().contains("Bot 999999 &#60;b&#62;is your code&#60;/b&#62;"));
        assert!(!mail.subject().contains("042137") && !format!("{mail:?}").contains("042137"));
    }
}
