//! `serve`: from a configuration to a running replica.
//!
//! 1. `replica` opens the stores and puts the crates together.
//! 2. `background` follows the log, turns signing keys, writes what waits.
//! 3. `listeners` answer requests; `management` answers probes on a listener of its own.
//! 4. `shutdown` ends it: not ready first, then no new connections, then what is in flight, then what waits.

mod activity_writer;
mod background;
mod database;
mod expiry;
mod fault;
mod listeners;
pub mod log;
mod log_line;
mod management;
mod replica;
mod ringing_units;
mod shutdown;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

pub use fault::StartFault;
pub use listeners::Addresses;
pub use replica::{Overrides, Replica};

use crate::config::{Config, Mode};
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
    tracing::info!(address = %running.addresses.public, management = %running.addresses.management, "serving");
    running.until_told(&config).await;
    Ok(())
}

/// A replica that answers.
pub struct Running {
    /// Its parts.
    pub replica: Arc<Replica>,
    public: actix_web::dev::ServerHandle,
    management: actix_web::dev::ServerHandle,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
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
        Mode::Development => Some(prepare(&replica, &config.data_directory).await?),
        Mode::Production => None,
    };
    let background = background::start(&replica, config).await?;
    let (public, address) = listeners::bind(&replica, config, demo.as_ref())?;
    let (probes, management_address) = management::bind(&replica, config)?;
    let (public_handle, management) = (public.handle(), probes.handle());
    let served = tokio::spawn(public);
    tokio::spawn(probes);
    replica.started();
    Ok(Running {
        replica,
        public: public_handle,
        management,
        served,
        background,
        demo,
        addresses: Addresses { public: address, management: management_address },
    })
}

impl Running {
    /// Serves until the process is told to end, then drains.
    pub async fn until_told(self, config: &Config) {
        shutdown::told().await;
        self.stop(config).await;
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
