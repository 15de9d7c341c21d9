//! What Countersign promises beyond the RFCs.

mod activity;
mod apps;
mod behind_nginx;
mod client_credentials;
mod connections;
mod costs;
mod environments;
mod generated_tokens;
mod keys;
mod legacy_parameters;
mod limits;
mod listeners;
mod log;
mod management_api;
mod management_changes;
mod metrics;
mod replicas_codes;
mod replicas_refresh;
mod replicas_revocation;
mod secrets;
mod signing_keys;
mod store_down;
mod workspaces;
