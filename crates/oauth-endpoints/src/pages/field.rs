//! Names of the form fields, for the handlers that read what the pages post.

/// E-mail address of the person who signs in.
pub const EMAIL: &str = "email";
/// Password of the person who signs in.
pub const PASSWORD: &str = "password";
/// The e-mailed code.
pub const CODE: &str = "code";
/// A ticked workspace id; repeated once for each.
pub const WORKSPACE: &str = "workspace";
/// A callback URL; repeated.
pub const CALLBACK_URL: &str = "callback_url";
/// A scope; repeated.
pub const SCOPE: &str = "scope";
/// A permission in a developer team; repeated.
pub const PERMISSION: &str = "permission";
/// The name of an environment; repeated.
pub const ENVIRONMENT: &str = "environment";
/// The id of a customer; repeated.
pub const CUSTOMER: &str = "customer";
/// Whom an unattended connection acts as: [`ME`] or the id of a service user.
pub const ACTS_AS: &str = "acts_as";
/// What makes a form count once.
pub const ONCE: &str = "once";
/// Which button was pressed: [`ALLOW`] or [`DENY`]. Every form of the flow has both.
pub const DECISION: &str = "decision";

/// [`DECISION`] of Submit, Sign in, Verify and Allow.
pub const ALLOW: &str = "allow";
/// [`DECISION`] of Deny and Cancel.
pub const DENY: &str = "deny";
/// [`ACTS_AS`] of the person who is signed in.
pub const ME: &str = "me";
