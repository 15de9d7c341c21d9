//! Pages that say one thing: not found, try later, too old, already answered.

use askama::Template;

use super::Frame;
use super::app::web_link;

/// A heading, a sentence, and the one thing to do next.
#[derive(Clone, Debug, Template)]
#[template(path = "notice.html")]
pub struct NoticePage {
    /// What surrounds the page.
    pub frame: Frame,
    /// What is said.
    pub notice: Notice,
    /// The request's id, for faults that the operator can look up.
    pub reference: Option<String>,
    /// Where *Connected apps* lives, for whoever came to no page.
    pub connected_apps_url: String,
}

/// What a notice says. Beside each, the status it belongs to.
#[derive(Clone, Debug)]
pub enum Notice {
    /// 404: nothing here, or nothing this person may see.
    NotFound,
    /// 400: a form without its token, or from another origin.
    FormRefused,
    /// 400: `/pre_authorized` without a stored transaction.
    NoTransaction,
    /// 400: a request that lived too long, or that nothing is known of any more.
    Expired {
        /// The app's name, if still known.
        app_name: Option<String>,
    },
    /// 200: the transaction has its answer.
    AlreadyAnswered {
        /// The app's name.
        app_name: String,
        /// The app's own page; shown only if it is `https`.
        app_url: Option<String>,
    },
    /// 429.
    TooManyTries {
        /// Seconds to wait, the same number as `Retry-After`.
        retry_seconds: u32,
    },
    /// 503: a store does not answer.
    Unavailable {
        /// Seconds to wait, the same number as `Retry-After`.
        retry_seconds: u32,
    },
    /// 500.
    Fault,
    /// 200: an app that asked by a link was not let in.
    Declined {
        /// The app's name.
        app_name: String,
    },
    /// 200: after signing out.
    SignedOut,
    /// 200: somebody who was mailed a code, and had not asked for it, has ended the sign-in.
    SignInEnded,
    /// 200: the same, too late: somebody has signed in with the code.
    CodeWasUsed,
    /// 200: the same, so late that nothing is known of the code any more.
    CodeIsOld,
}

impl Notice {
    fn title(&self) -> &'static str {
        match self {
            Self::NotFound => "Page not found",
            Self::FormRefused => "We could not accept this form",
            Self::NoTransaction => "Nothing to continue",
            Self::Expired { .. } => "This page has expired",
            Self::AlreadyAnswered { .. } => "Already answered",
            Self::TooManyTries { .. } => "Too many tries",
            Self::Unavailable { .. } => "Please try again in a moment",
            Self::Fault => "Something went wrong on our side",
            Self::Declined { .. } => "Nothing was shared",
            Self::SignedOut => "You are signed out",
            Self::SignInEnded => "You ended the sign-in",
            Self::CodeWasUsed => "This code was used already",
            Self::CodeIsOld => "This code works no more",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::NotFound => "There is no page at this address, or you may not see it.".to_owned(),
            Self::FormRefused => "It was sent from an old page or from another site. Nothing was changed. Go back, reload the page and try again.".to_owned(),
            Self::NoTransaction => "No app is waiting for your answer in this browser. Start again from the app that you want to connect.".to_owned(),
            Self::Expired { app_name: Some(app) } => {
                format!("This request of {app} is too old. Nothing was shared by this page. Start again from {app}.")
            }
            Self::Expired { app_name: None } => "We do not know this request any more: it is older than 15 minutes, or has been used. Nothing was shared by this page. Start again from the app.".to_owned(),
            Self::AlreadyAnswered { app_name, .. } => {
                format!("You have already answered this request of {app_name}. You can go back to {app_name} now. To change what it can reach, start again from there.")
            }
            Self::TooManyTries { .. } => "For your safety, we take a pause.".to_owned(),
            Self::Unavailable { .. } => "We cannot answer right now. Nothing was lost and nothing was shared.".to_owned(),
            Self::Fault => "Nothing was shared. Try again; if it happens again, tell your support this reference.".to_owned(),
            Self::Declined { app_name } => {
                format!("You did not let {app_name} in. The link that brought you here works until it expires.")
            }
            Self::SignedOut => "This browser is signed out. Apps that you connected keep working until you end their connections.".to_owned(),
            Self::SignInEnded => "The code in the e-mail works no more, and nobody is signed in by it. Whoever asked for it knows your password: ask your admin for a new one, and change it wherever else you use it.".to_owned(),
            Self::CodeWasUsed => "Somebody has signed in with it. If that was not you, ask your admin for a new password at once: it ends every sign-in with the old one. Then look under Connected apps for what you did not connect.".to_owned(),
            Self::CodeIsOld => "It is too old to be used. If it was not you who asked for it, somebody knows your password: ask your admin for a new one.".to_owned(),
        }
    }

    fn retry_seconds(&self) -> Option<u32> {
        match self {
            Self::TooManyTries { retry_seconds } | Self::Unavailable { retry_seconds } => Some(*retry_seconds),
            _ => None,
        }
    }

    fn is_warning(&self) -> bool {
        !matches!(self, Self::AlreadyAnswered { .. } | Self::Declined { .. } | Self::SignedOut | Self::SignInEnded)
    }

    fn leads_to_connected_apps(&self) -> bool {
        matches!(self, Self::NotFound | Self::CodeWasUsed)
    }

    fn app_link(&self) -> Option<(&str, &str)> {
        match self {
            Self::AlreadyAnswered { app_name, app_url } => {
                web_link(app_url.as_ref()).map(|url| (app_name.as_str(), url))
            }
            _ => None,
        }
    }
}
