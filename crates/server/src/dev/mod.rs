//! `serve --dev`: a demo to try everything with, a mailbox in place of mail, and a block that says where things are.
//!
//! Nothing here has a default password: what opens the demo is drawn at random on the first start and kept in
//! `demo.env`, readable by its owner alone.

mod announcement;
mod certificates;
mod demo;
mod demo_file;
mod mailbox;
mod mailbox_page;
mod this_machine;

pub use announcement::announce;
pub use certificates::DemoCertificates;
pub use demo::{Demo, prepare};
pub use mailbox::{Caught, Mailbox};
pub use mailbox_page::{MailboxDoor, page as mailbox_page};
pub use this_machine::only_this_machine;
