//! Who looks at the pages: a browser, known by a cookie, and perhaps a person who is signed in with it.
//!
//! Every page handler extracts a [`Visitor`] and hands its result to [`Visitor::answer`]; no other code writes its
//! headers or its cookies. `console` does the same with what is public here.

mod body;
mod browser_name;
mod config;
mod cookies;
mod device;
mod form;
mod header;
mod list;
mod own;
mod page;
mod session;
mod sign_out;
mod step_up;
mod visitor;

use actix_web::web::{self, ServiceConfig, get, post, resource};

use crate::documents;

pub use crate::sign_in::{Approved, NotApproved, NotMailed, Pending};
pub use body::PageBody;
pub use config::{PageConfig, SignInLimits};
pub(crate) use cookies::is_id;
pub use form::PageForm;
pub use own::OwnSession;
pub use page::{PageError, PageResult};
pub use session::Session;
pub(crate) use session::password_mark;
pub use step_up::{Confirmed, Unconfirmed};
pub use visitor::Visitor;
pub(crate) use visitor::{redirect, write_page};

/// Enters the routes of this module under `prefix`.
pub(crate) fn routes(config: &mut ServiceConfig, prefix: &str) {
    config
        .service(
            resource(format!("{prefix}/ui/logout"))
                .route(post().to(sign_out::sign_out))
                .default_service(web::to(documents::only_post)),
        )
        .service(resource(format!("{prefix}{}", own::PATH)).route(get().to(own::page)).route(post().to(own::end)));
}
