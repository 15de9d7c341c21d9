//! Everything that a store of what may not be lost must do.

use super::{
    Durable, activity, certificates, connections, developers_view, directory, ending, invitations, log, opening,
    overview, records, rotation, run_each,
};
use super::{signing_keys, sweeping, teams, units};

/// Every part of the contract, one after the other.
pub async fn run_all(store: &Durable) {
    run_each!(store;
        log::run_all,
        units::run_all,
        opening::run_all,
        rotation::run_all,
        ending::run_all,
        connections::run_all,
        developers_view::run_all,
        records::run_all,
        directory::run_all,
        teams::run_all,
        invitations::run_all,
        overview::run_all,
        signing_keys::run_all,
        certificates::run_all,
        activity::run_all,
        sweeping::run_all,
    );
}
