//! Best current practice for OAuth 2.0 security.

mod section_4_14;
