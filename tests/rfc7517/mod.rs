//! JSON Web Key.

mod section_5;
