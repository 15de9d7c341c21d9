//! The parts of the program `countersign`: configuration, commands, and the wiring of everything else.
//!
//! `main` and tests call it. It may use every crate and must know no business rule.

pub mod commands;
pub mod config;
pub mod dev;
pub mod mail;
pub mod passwords;
pub mod registry;
pub mod serve;
pub mod system;
