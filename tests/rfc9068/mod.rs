//! JWT profile for access tokens.

mod section_2;
