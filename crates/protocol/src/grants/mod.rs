//! The grants, one file each: it reads as the list of the spec's checks.

pub(crate) mod authorization_code;
pub(crate) mod client_credentials;
pub(crate) mod refresh_token;

use crate::parameters::Parameters;

/// The APIs a request asks for (RFC 8707 §2).
fn resources(parameters: &Parameters) -> Vec<String> {
    parameters.resources().map(str::to_owned).collect()
}
