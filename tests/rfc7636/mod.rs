//! Proof Key for Code Exchange.

mod section_4_5;
