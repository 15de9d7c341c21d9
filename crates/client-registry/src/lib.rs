//! client-registry

pub mod callback_url;
