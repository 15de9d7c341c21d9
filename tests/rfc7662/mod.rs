//! Token introspection.

mod section_2;
