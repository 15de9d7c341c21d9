//! What a replica does beside answering: each a loop of its own, all ended together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::EnvironmentName;
use mtls_listener::Followed;
use protocol::{RotationPolicy, new_key, plan};
use storage::{Connections, Directory, SigningKeys, SweepPolicy, Units};
use tokio::task::JoinSet;

use super::expiry::LOOKS;
use super::{Replica, StartFault};
use crate::config::{Config, Lifetimes};

/// How often it is asked whether signing keys are due to be looked at: when the log has moved, for a new environment
/// needs a key at once.
const KEYS: Duration = Duration::from_millis(250);
/// How long they are not looked at when the log stands still.
const KEYS_AT_REST: Duration = Duration::from_secs(10);
/// How often what waits is written.
const WRITES: Duration = Duration::from_secs(1);
/// How often what may be forgotten is.
const SWEEPS: Duration = Duration::from_secs(30);
/// Challenge and `redirect_uri` of a redeemed code are kept as long as the mark of the taken code.
const CODE_DETAILS: Duration = Duration::from_secs(600);

/// The loops, none of which ends by itself.
pub(super) struct Background(JoinSet<()>);

impl Background {
    /// Reads certificates, anchors and lists again when their files change.
    pub(super) fn follow_files(&mut self, followed: Vec<Followed>, every: Duration) {
        self.0.spawn(mtls_listener::follow(followed, every));
    }

    pub(super) fn end(&mut self) {
        self.0.abort_all();
    }

    /// Waits until a loop has ended, which only a panic can do: without it the replica would go on and know less and
    /// less, so it ends and whoever watches over it starts it again.
    pub(super) async fn broken(&mut self) {
        match self.0.join_next().await {
            Some(ended) => {
                let cause = ended.err().map(|cause| cause.to_string());
                tracing::error!(cause, "a background task ended; this replica ends too");
            }
            None => std::future::pending().await,
        }
    }
}

/// Reads the log and the signing keys once, so that the first request is answered, then starts the loops.
pub(super) async fn start(replica: &Arc<Replica>, config: &Config) -> Result<Background, StartFault> {
    let protocol = &replica.state.protocol;
    protocol.log.read().await?;
    let policy = RotationPolicy { period: config.lifetimes.signing_key, cache: config.lifetimes.jwks_cache };
    turn_keys(replica, policy).await?;
    let follow = Arc::clone(&protocol.log).follow(Arc::clone(&replica.bell), config.freshness.poll);
    let mut loops = JoinSet::new();
    loops.spawn(follow);
    loops.spawn(keep_keys(Arc::clone(replica), policy));
    loops.spawn(write(Arc::clone(replica)));
    loops.spawn(sweep(Arc::clone(replica), config.lifetimes.clone()));
    loops.spawn(look_at_expiries(Arc::clone(replica)));
    Ok(Background(loops))
}

async fn keep_keys(replica: Arc<Replica>, policy: RotationPolicy) {
    let (mut seen, mut looked) = (None, Instant::now());
    loop {
        tokio::time::sleep(KEYS).await;
        let position = replica.state.protocol.log.position();
        if seen == Some(position) && looked.elapsed() < KEYS_AT_REST {
            continue;
        }
        match turn_keys(&replica, policy).await {
            Ok(()) => (seen, looked) = (Some(position), Instant::now()),
            Err(fault) => tracing::warn!(%fault, "signing keys could not be looked after"),
        }
    }
}

/// Takes every step of rotation that is due, then loads what is stored.
async fn turn_keys(replica: &Replica, policy: RotationPolicy) -> Result<(), StartFault> {
    let protocol = &replica.state.protocol;
    let now = protocol.clock.now();
    let mut stored = replica.store.published().await?;
    for environment in replica.store.environments().await? {
        let name: &EnvironmentName = &environment.name;
        let make = |state| new_key(name, state, &protocol.root_keys, &*protocol.random, now);
        if let Some(step) = plan(name, &stored, policy, now, &make) {
            // Another replica may take the same step first: then it is done.
            match replica.store.commit(step).await {
                Ok(_) | Err(storage::StoreError::Conflict { .. } | storage::StoreError::Exists { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            stored = replica.store.published().await?;
        }
    }
    replica.key_ends.note(&stored, policy);
    protocol.key_ring.load(&stored, &protocol.root_keys, now)?;
    Ok(())
}

async fn write(replica: Arc<Replica>) {
    loop {
        replica.activity.wait(WRITES).await;
        flush(&replica).await;
    }
}

/// Writes activity and last-used moments that wait.
pub(super) async fn flush(replica: &Replica) {
    replica.activity.flush(&*replica.store).await;
    if let Err(error) = replica.state.protocol.last_used.flush(&*replica.store).await {
        tracing::warn!(%error, "last-used moments could not be written; they wait");
    }
}

async fn look_at_expiries(replica: Arc<Replica>) {
    loop {
        super::revocation_lists::warn(&replica.trust.current(), replica.state.protocol.clock.now());
        if let Err(error) = replica.expiries.look().await {
            tracing::warn!(%error, "the ends of registered certificates could not be looked at");
        }
        tokio::time::sleep(LOOKS).await;
    }
}

async fn sweep(replica: Arc<Replica>, lifetimes: Lifetimes) {
    loop {
        tokio::time::sleep(SWEEPS).await;
        let protocol = &replica.state.protocol;
        protocol.limits.forget_quiet();
        replica.state.strangers.forget_quiet();
        let policy = SweepPolicy {
            now: protocol.clock.now(),
            ended_for: lifetimes.ended_connection,
            code_details_for: CODE_DETAILS,
            activity_for: lifetimes.activity,
        };
        match replica.store.sweep(policy).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "forgot what may be forgotten"),
            Err(error) => tracing::warn!(%error, "what may be forgotten was kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_loop_that_panics_is_noticed_and_others_that_run_are_not() {
        let mut loops = JoinSet::new();
        loops.spawn(std::future::pending());
        let mut background = Background(loops);
        let early = tokio::time::timeout(Duration::from_millis(20), background.broken()).await;
        assert!(early.is_err(), "nothing has ended");
        background.0.spawn(async { panic!("a defect") });
        background.broken().await;
    }
}
