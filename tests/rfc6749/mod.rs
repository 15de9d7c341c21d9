//! The OAuth 2.0 Authorization Framework.

mod section_2_3;
mod section_3_2;
mod section_3_3;
mod section_4_1_3;
mod section_4_4;
mod section_5_1;
mod section_5_2;
mod section_6;
