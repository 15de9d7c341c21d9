//! Token revocation.

mod section_2;
