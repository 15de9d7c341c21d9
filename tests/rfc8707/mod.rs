//! Resource indicators.

mod section_2;
