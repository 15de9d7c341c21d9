//! What is not counted but looked at whenever metrics are asked for: the process, its runtime, the database's
//! connections, and the ends of signing keys.

use std::fmt::{Display, Write as _};
use std::fs;
use std::sync::Mutex;
use std::time::Duration;

use domain::Timestamp;
use mtls_listener::ServerIdentity;
use protocol::RotationPolicy;
use storage::{SigningKey, SigningKeyState};
use storage_diesel::PoolState;
use tokio::runtime::Handle;

/// Linux tells times in hundredths of a second, on every machine there is (`USER_HZ`).
const TICKS: u64 = 100;
/// Adds a metric and its samples, each with its labels in braces, or none.
pub(super) fn family<V: Display>(
    text: &mut String,
    (name, kind): (&str, &str),
    samples: impl IntoIterator<Item = (String, V)>,
) {
    let suffix = match kind {
        "counter" => "_total",
        "info" => "_info",
        _ => "",
    };
    let _ = writeln!(text, "# TYPE {name} {kind}");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{suffix}{labels} {value}");
    }
}

/// Adds a metric without labels.
pub(super) fn single(text: &mut String, name_and_kind: (&str, &str), value: impl Display) {
    family(text, name_and_kind, [(String::new(), value)]);
}

/// A label's value, as the format has it between its quotes.
pub(super) fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

/// The process, as Linux' `/proc` has it; elsewhere nothing.
pub(super) fn process(text: &mut String) {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    if let Some(times) = Times::read(&read("/proc/self/stat"), &read("/proc/stat")) {
        single(text, ("process_cpu_seconds", "counter"), seconds(times.cpu));
        single(text, ("process_start_time_seconds", "gauge"), seconds(times.began));
    }
    let status = read("/proc/self/status");
    for (name, field) in [("process_virtual_memory_bytes", "VmSize:"), ("process_resident_memory_bytes", "VmRSS:")] {
        if let Some(bytes) = memory(&status, field) {
            single(text, (name, "gauge"), bytes);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // Without the one that reads the folder.
        single(text, ("process_open_fds", "gauge"), open.count().saturating_sub(1));
    }
    if let Some(most) = most_files(&read("/proc/self/limits")) {
        single(text, ("process_max_fds", "gauge"), most);
    }
}

/// What `/proc/self/stat` tells, in hundredths of a second.
#[derive(Debug, PartialEq, Eq)]
struct Times {
    cpu: u64,
    /// Since 1970.
    began: u64,
}

impl Times {
    /// Fields 14, 15 and 22 of `own` (`man 5 proc_pid_stat`); the second, a name in brackets, may hold anything.
    fn read(own: &str, machine: &str) -> Option<Self> {
        let fields: Vec<&str> = own.rsplit_once(") ")?.1.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let boot = machine.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse::<u64>().ok())?;
        Some(Self { cpu: field(14)? + field(15)?, began: boot * TICKS + field(22)? })
    }
}

/// A field of `/proc/self/status`, which has kibibytes whatever the size of a page.
fn memory(status: &str, field: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(value.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn seconds(ticks: u64) -> String {
    format!("{}.{:02}", ticks / TICKS, ticks % TICKS)
}

/// The soft limit, which is the first column.
fn most_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

/// The runtime of stores and background; each worker that answers requests has one of its own beside it.
pub(super) fn runtime(text: &mut String, runtime: &Handle) {
    let metrics = runtime.metrics();
    single(text, ("tokio_workers", "gauge"), metrics.num_workers());
    single(text, ("tokio_alive_tasks", "gauge"), metrics.num_alive_tasks());
    single(text, ("tokio_global_queue_depth", "gauge"), metrics.global_queue_depth());
    let busy: Duration = (0..metrics.num_workers()).map(|worker| metrics.worker_total_busy_duration(worker)).sum();
    single(text, ("tokio_workers_busy_seconds", "counter"), busy.as_secs_f64());
}

/// The database's connections, over all pools.
pub(super) fn connections(text: &mut String, connections: PoolState) {
    let states = [("idle", connections.idle), ("used", connections.used)];
    let sample = |(state, count)| (format!("{{state=\"{state}\"}}"), count);
    family(text, ("db_pool_connections", "gauge"), states.map(sample));
}

/// When the published signing keys end, as of the last look at them.
#[derive(Default)]
pub(super) struct SigningKeyEnds(Mutex<Vec<(String, &'static str, Timestamp)>>);

impl SigningKeyEnds {
    /// Takes in the keys that are published now: one that signs stops then, one that only verifies leaves the JWKS.
    pub(super) fn note(&self, keys: &[SigningKey], policy: RotationPolicy) {
        let what_for = |key: &SigningKey| if key.state == SigningKeyState::Active { "sign" } else { "verify" };
        let ends = keys.iter().filter_map(|key| Some((key.kid.clone(), what_for(key), policy.end(key)?)));
        *self.0.lock().expect("no panic while held") = ends.collect();
    }

    pub(super) fn metrics(&self, text: &mut String) {
        let ends = self.0.lock().expect("no panic while held");
        let sample = |(kid, what_for, end): &(String, &str, Timestamp)| {
            (format!("{{kid=\"{}\",use=\"{what_for}\"}}", escaped(kid)), end.seconds())
        };
        family(text, ("signing_key_not_after_timestamp_seconds", "gauge"), ends.iter().map(sample));
    }
}

/// The certificates that the listeners show.
#[derive(Default)]
pub(super) struct ServerCertificates(Mutex<Vec<(&'static str, ServerIdentity)>>);

impl ServerCertificates {
    /// `listener`, a section of the configuration, shows `identity`.
    pub(super) fn note(&self, listener: &'static str, identity: ServerIdentity) {
        self.0.lock().expect("no panic while held").push((listener, identity));
    }

    pub(super) fn metrics(&self, text: &mut String) {
        let shown = self.0.lock().expect("no panic while held");
        let sample = |(listener, identity): &(&str, ServerIdentity)| {
            Some((format!("{{listener=\"{listener}\"}}"), identity.not_after()?.seconds()))
        };
        family(text, ("tls_certificate_not_after_timestamp_seconds", "gauge"), shown.iter().filter_map(sample));
    }
}

#[cfg(test)]
mod tests {
    use domain::{Clock as _, EnvironmentName, RootKeyId};

    use super::*;
    use crate::system::DatabaseClock;

    #[test]
    fn times_are_read_whatever_the_process_is_called() {
        let own = "7 (a ) b) S 1 7 7 0 -1 4194560 900 0 3 0 250 50 0 0 20 0 9 0 12345 8192000 300 18446744073709551615";
        let times = Times::read(own, "cpu 1 2\nbtime 1795000000\n").expect("it is whole");
        assert_eq!(times, Times { cpu: 300, began: 179_500_012_345 });
        assert_eq!(seconds(times.began), "1795000123.45");
        assert_eq!(seconds(5), "0.05");
        assert_eq!(Times::read("7 (cut) S 1", "btime 1\n"), None);
    }

    #[test]
    fn this_process_has_files_and_memory() {
        let mut text = String::new();
        process(&mut text);
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<f64>().ok()).unwrap_or_else(|| panic!("{name} is not in {text}"))
        };
        assert!(value("process_resident_memory_bytes") > 1_000_000.0, "{text}");
        assert!(value("process_virtual_memory_bytes") >= value("process_resident_memory_bytes"), "{text}");
        assert!((3.0..=value("process_max_fds")).contains(&value("process_open_fds")), "{text}");
        assert!(value("process_cpu_seconds_total") >= 0.0, "{text}");
        let now = Duration::from_millis(DatabaseClock::default().now().millis().unsigned_abs()).as_secs_f64();
        assert!((-2.0..86_400.0).contains(&(now - value("process_start_time_seconds"))), "{text}");
    }

    #[test]
    fn the_limit_of_files_is_the_soft_one() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024      4096      files\n";
        assert_eq!(most_files(limits), Some(1024));
        assert_eq!(most_files("Max open files   unlimited unlimited files"), None);
    }

    #[test]
    fn keys_that_sign_or_verify_have_an_end() {
        let key = |kid: &str, state| SigningKey {
            kid: kid.into(),
            environment: EnvironmentName::default_environment(),
            state,
            public_point: vec![],
            sealed_private: vec![],
            root_key: RootKeyId(1),
            published_at: Timestamp::from_seconds(0),
            activated_at: Some(Timestamp::from_seconds(1000)),
            retired_at: Some(Timestamp::from_seconds(2000)),
        };
        let policy = RotationPolicy { period: Duration::from_secs(5000), cache: Duration::from_secs(300) };
        let ends = SigningKeyEnds::default();
        let states = [SigningKeyState::Next, SigningKeyState::Active, SigningKeyState::Retiring];
        ends.note(&states.map(|state| key(&format!("{state:?}"), state)), policy);
        let mut text = String::new();
        ends.metrics(&mut text);
        let expected = "# TYPE signing_key_not_after_timestamp_seconds gauge\n\
             signing_key_not_after_timestamp_seconds{kid=\"Active\",use=\"sign\"} 6600\n\
             signing_key_not_after_timestamp_seconds{kid=\"Retiring\",use=\"verify\"} 89000\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn labels_cannot_end_early() {
        assert_eq!(escaped("CN=\"A\\B\"\n"), r#"CN=\"A\\B\"\n"#);
    }
}
