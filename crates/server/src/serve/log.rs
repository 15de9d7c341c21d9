//! The log: text on a terminal, a JSON object a line elsewhere; written by a thread of its own.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt, registry};

use super::StartFault;
use super::log_line::JsonLines;
use super::log_writer::{Lines, Written};
use crate::config::{Log, LogFormat};

/// Starts logging to standard output. What was logged is written when the value is dropped.
///
/// # Errors
/// [`StartFault::Log`] for a filter that cannot be read, or when the system has no thread to write with.
pub fn start(log: &Log) -> Result<Written, StartFault> {
    let filtered = registry().with(filter(log)?).with(filter_fn(tells_no_values));
    let lines = Lines::default();
    let written = lines.written_to(io::stdout()).map_err(|cause| StartFault::Log(format!("no thread: {cause}")))?;
    let is_terminal = io::stdout().is_terminal();
    let as_text = match log.format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // A second start in one process (tests) goes on with the first one's subscriber.
    let _ = if as_text {
        filtered.with(fmt::layer().with_ansi(is_terminal).with_writer(lines)).try_init()
    } else {
        filtered.with(JsonLines(lines)).try_init()
    };
    Ok(written)
}

/// The filter as it is configured.
fn filter(log: &Log) -> Result<EnvFilter, StartFault> {
    EnvFilter::try_new(&log.filter).map_err(|cause| StartFault::Log(format!("log.filter is {}: {cause}", log.filter)))
}

/// Whatever the filter says: PostgreSQL's driver logs the parameters of statements, people's addresses among them.
fn tells_no_values(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !metadata.target().starts_with("tokio_postgres")
}
