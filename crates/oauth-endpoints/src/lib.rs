//! oauth-endpoints

pub mod pages;
