//! Signing in: e-mail and password, then a code that is mailed.
//!
//! 1. [`password`]: limits first, then one verification whatever is known of the address, so that the answer and its
//!    time do not tell whether somebody has an account.
//! 2. [`code`]: six digits, mailed, good for ten minutes, five tries, once, in this browser.
//!    Its mail also has a link by which whoever did not ask for it ends the sign-in ([`not_me`]).
//! 3. A session under a new id, and back to where the person came from ([`return_to::ReturnTo`]).

mod approval;
mod attempt;
mod code;
mod failures;
mod limits;
mod not_me;
mod password;
mod ports;
mod return_to;

use actix_web::web::{ServiceConfig, get, post, resource};

pub use approval::{Approved, NotApproved, NotMailed, Pending};
pub use ports::{MailFailure, Mailer, NotHashed, Passwords, PasswordsBusy};
pub(crate) use return_to::ReturnTo;

pub(crate) use limits::address_prefix;
pub(crate) use password::judge;

/// What the forms of this module are for.
const PURPOSE: &str = "sign-in";

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| resource(format!("{prefix}{path}"));
    config
        .service(at("/ui/login").route(get().to(password::page)).route(post().to(password::sign_in)))
        .service(at("/ui/login/verify").route(get().to(code::page)).route(post().to(code::verify)))
        .service(at("/ui/login/not-me").route(get().to(not_me::page)).route(post().to(not_me::end)))
        // An address that a browser may have kept from the answer to a form.
        .service(at("/ui/login/resend").route(get().to(code::page)).route(post().to(code::resend)));
}
