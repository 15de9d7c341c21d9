//! The end of a replica, in the order that fails no request.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::signal::unix::{SignalKind, signal};

use super::{Running, background};
use crate::config::Shutdown;

/// Waits for SIGTERM or SIGINT.
pub(super) async fn told() {
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        tracing::error!("signals cannot be heard; end the process by force");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Not ready first, so that balancers look elsewhere; then no new connections; then what is in flight; then what waits
/// to be written.
pub(super) async fn drain(mut running: Running, shutdown: &Shutdown) {
    let began = Instant::now();
    running.replica.no_longer_ready();
    if !shutdown.delay.is_zero() {
        tracing::info!(seconds = shutdown.delay.as_secs(), "ending: not ready any more, still serving");
    }
    tokio::select! {
        () = tokio::time::sleep(shutdown.delay) => {}
        () = told() => tracing::info!("told again: ending at once"),
    }
    let (handles, served): (Vec<_>, Vec<_>) =
        running.listeners.into_iter().map(|listener| (listener.handle, listener.served)).unzip();
    join_all(handles.iter().map(|handle| handle.stop(true))).await;
    let served = tokio::time::timeout(shutdown.drain + Duration::from_secs(1), join_all(served)).await;
    running.background.end();
    background::flush(&running.replica).await;
    running.management.stop(false).await;
    let drained = served.is_ok_and(|all| all.iter().all(|one| matches!(one, Ok(Ok(())))));
    tracing::info!(drained, ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX), "ended");
}
