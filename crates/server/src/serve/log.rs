//! The log: text on a terminal, a JSON object a line elsewhere; written by a thread of its own.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::StartFault;
use super::log_line::JsonLine;
use crate::config::{Log, LogFormat};

/// How many bytes of lines that wait are written in one go.
const BATCH: usize = 64 * 1024;
/// How many lines may wait, before more are dropped. Their places are used in turn: many would be more than a core's
/// cache holds.
const WAITING: usize = 16 * 1024;
/// How long the thread that writes rests after all that waited was written. Lines come one by one; without a rest it
/// would be woken for each, beside the thread that serves requests.
const REST: Duration = Duration::from_millis(5);

/// Standard output, a batch of lines at a time.
struct Batches(BufWriter<Stdout>);

impl Write for Batches {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Is called when no more lines wait.
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()?;
        thread::sleep(REST);
        Ok(())
    }
}

/// Starts logging to standard output. What was logged is written when the guard is dropped.
///
/// # Errors
/// [`StartFault::Log`] for a filter that cannot be read.
pub fn start(log: &Log) -> Result<WorkerGuard, StartFault> {
    let filter = filter(log)?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .finish(Batches(BufWriter::with_capacity(BATCH, io::stdout())));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_span_events(FmtSpan::NONE);
    let as_text = match log.format {
        LogFormat::Auto => io::stdout().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    // A second start in one process (tests) goes on with the first one's subscriber.
    let _ = if as_text {
        builder.with_ansi(io::stdout().is_terminal()).finish().with(filter_fn(tells_no_values)).try_init()
    } else {
        builder.event_format(JsonLine).finish().with(filter_fn(tells_no_values)).try_init()
    };
    Ok(guard)
}

/// The filter as it is configured.
fn filter(log: &Log) -> Result<EnvFilter, StartFault> {
    EnvFilter::try_new(&log.filter).map_err(|cause| StartFault::Log(format!("log.filter is {}: {cause}", log.filter)))
}

/// Whatever the filter says: PostgreSQL's driver logs the parameters of statements, people's addresses among them.
fn tells_no_values(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || !metadata.target().starts_with("tokio_postgres")
}
