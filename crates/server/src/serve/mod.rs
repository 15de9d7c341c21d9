//! `serve`: from a configuration to a running replica.
//!
//! 1. `replica` opens the stores and puts the crates together.
//! 2. `background` follows the log, turns signing keys, writes what waits.
//! 3. `listeners` answer requests, each behind its `door`; `management` answers probes on a listener of its own.
//! 4. `shutdown` ends it: not ready first, then no new connections, then what is in flight, then what waits.

mod activity_writer;
mod background;
mod database;
mod door;
mod expiry;
mod fault;
mod gauges;
mod listeners;
pub mod log;
mod log_line;
mod log_writer;
mod management;
mod readiness;
mod replica;
mod revocation_lists;
mod ringing_units;
mod shutdown;
mod store_meters;

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

pub use fault::StartFault;
pub use listeners::Addresses;
pub use readiness::faults;
pub use replica::{Overrides, Replica};

use mtls_listener::Followed;

use crate::config::{Config, Mode, ProxiedAddress};
use crate::dev::{Demo, announce, prepare};

/// Serves until the process is told to end.
///
/// # Errors
/// [`StartFault`], one clear sentence.
pub async fn run(config: Config) -> Result<(), StartFault> {
    let _written_at_the_end = log::start(&config.log)?;
    let began = Instant::now();
    let running = start(&config, Overrides::default()).await?;
    if let Some(demo) = &running.demo {
        let block = announce(&config, running.addresses, demo, began.elapsed());
        // Standard output may be closed; the server goes on without a reader.
        let _ = writeln!(std::io::stdout(), "{block}");
    }
    let Addresses { public, mutual_tls, proxied, verify, management } = running.addresses;
    let mutual_tls = mutual_tls.map(tracing::field::display);
    let proxied = place(config.proxied.listen.as_ref(), proxied).map(tracing::field::display);
    let verify = place(config.verify.listen.as_ref(), verify).map(tracing::field::display);
    tracing::info!(address = %public, mutual_tls, proxied, verify, management = %management, "serving");
    running.until_told(&config).await
}

/// Where a listener that may be a UNIX socket listens; of an address, the port is known only when it is bound.
fn place(configured: Option<&ProxiedAddress>, bound: Option<SocketAddr>) -> Option<ProxiedAddress> {
    match configured? {
        ProxiedAddress::Tcp(_) => bound.map(ProxiedAddress::Tcp),
        socket @ ProxiedAddress::Unix(_) => Some(socket.clone()),
    }
}

/// One of the listeners for browsers and clients.
struct Listener {
    handle: actix_web::dev::ServerHandle,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// A replica that answers.
pub struct Running {
    /// Its parts.
    pub replica: Arc<Replica>,
    listeners: Vec<Listener>,
    management: actix_web::dev::ServerHandle,
    background: background::Background,
    demo: Option<Demo>,
    /// Where it listens: the port is known only now when it was 0.
    pub addresses: Addresses,
}

/// Starts a replica. Call it on a multi-thread runtime that lives as long as the replica.
///
/// # Errors
/// [`StartFault`], one clear sentence.
pub async fn start(config: &Config, overrides: Overrides) -> Result<Running, StartFault> {
    let replica = Arc::new(Replica::open(config, overrides).await?);
    let demo = match config.mode {
        Mode::Development => Some(prepare(&replica, config).await?),
        Mode::Production => None,
    };
    let mut background = background::start(&replica, config).await?;
    let mut bound = listeners::bind(&replica, config, demo.as_ref())?;
    bound.followed.push(Followed::Trust(replica.trust.clone(), config.mtls.trust.clone()));
    background.follow_files(bound.followed, config.listen.reload);
    let (probes, management_address) = management::bind(&replica, config)?;
    let management = probes.handle();
    let listeners =
        bound.servers.into_iter().map(|server| Listener { handle: server.handle(), served: tokio::spawn(server) });
    let listeners = listeners.collect();
    tokio::spawn(probes);
    replica.started();
    let addresses = Addresses {
        public: bound.public,
        mutual_tls: bound.mutual_tls,
        proxied: bound.proxied,
        verify: bound.verify,
        management: management_address,
    };
    Ok(Running { replica, listeners, management, background, demo, addresses })
}

impl Running {
    /// Serves until the process is told to end, then drains.
    ///
    /// # Errors
    /// [`StartFault::Background`] when it ended because a background task did.
    pub async fn until_told(mut self, config: &Config) -> Result<(), StartFault> {
        let outcome = tokio::select! {
            () = shutdown::told() => Ok(()),
            () = self.background.broken() => Err(StartFault::Background),
        };
        self.stop(config).await;
        outcome
    }

    /// Writes activity and last-used moments that wait, which the background does every second.
    pub async fn write_what_waits(&self) {
        background::flush(&self.replica).await;
    }

    /// Drains and ends: nothing acknowledged is lost, nothing in flight is cut that ends within the time to drain.
    pub async fn stop(self, config: &Config) {
        shutdown::drain(self, &config.shutdown).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_where_it_is_reached() {
        let any = ProxiedAddress::Tcp(([127, 0, 0, 1], 0).into());
        let bound = Some(([127, 0, 0, 1], 8444).into());
        assert_eq!(place(Some(&any), bound), Some(ProxiedAddress::Tcp(([127, 0, 0, 1], 8444).into())));
        let socket = ProxiedAddress::Unix("/run/a.sock".into());
        assert_eq!(place(Some(&socket), bound), Some(socket.clone()));
        assert_eq!(place(None, None), None);
    }
}
