//! Authorization server metadata.

mod section_2;
mod section_3;
