//! Fault drills: the real program under load is hurt, and a ledger of every request and answer is replayed for what
//! may never be.
//!
//! `tests/drills/run long` runs the long ones, `cargo test -p drills` the short ones. Talks to loopback only, for a
//! bounded time. It must not know how the server is built.
//!
//! 1. `installation` makes apps, keys and people by the program's commands, and starts replicas by the testkit.
//! 2. `load` is a closed loop of clients (`client`), each with a person (`browser`) who lets it in through the real
//!    pages; `operator` makes and ends apps beside them.
//! 3. `ledger` has every question before it goes out, and every answer.
//! 4. `checker` replays the ledger and counts the invariants (a) to (h); `report` tells.
//!
//! `guide` hurts nothing: it follows the page on mutual TLS under load, and no call may fail.

mod browser;
mod checker;
mod client;
mod drills;
#[cfg(test)]
mod guide;
mod installation;
mod ledger;
mod load;
mod operator;
mod report;
#[cfg(test)]
mod short;

#[cfg(not(test))]
use drills::{LONG, postgres_killed, redis_killed, rolling_restart, server_killed};
#[cfg(not(test))]
use installation::Stores;

/// The long drills; those named on the command line, or all.
#[cfg(not(test))]
#[tokio::main]
async fn main() {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|one| one == name);
    if wanted("f1-sqlite") {
        server_killed(LONG, Stores::Embedded, 1).await;
    }
    if wanted("f1") {
        server_killed(LONG, Stores::shared(), 2).await;
    }
    if wanted("f2") {
        rolling_restart(LONG).await;
    }
    if wanted("f3") {
        redis_killed(LONG).await;
    }
    if wanted("f8") {
        postgres_killed(LONG).await;
    }
}

#[cfg(test)]
fn main() {}
