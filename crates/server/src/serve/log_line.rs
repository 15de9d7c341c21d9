//! An event as one JSON object a line: time, level, target, then its own fields. Built as bytes at once: the usual
//! formatter checks every fragment, and a line is written for every request.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::Timestamp;
use serde::Serializer as _;
use serde::ser::SerializeMap as _;
use tracing::{Event, Subscriber};
use tracing_serde::SerdeMapVisitor;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::log_writer::Lines;

/// Puts a line for every event. Spans are left out: no event of ours depends on one.
pub(super) struct JsonLines(pub(super) Lines);

thread_local! {
    /// The line before: the next one is written in its place.
    static LINE: RefCell<Vec<u8>> = RefCell::default();
    static SECOND: RefCell<Second> = RefCell::default();
}

impl<S: Subscriber> Layer<S> for JsonLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        LINE.with(|line| match line.try_borrow_mut() {
            Ok(mut line) => self.put(&mut line, event),
            // A value of the event that is being written logs something itself.
            Err(_) => self.put(&mut Vec::new(), event),
        });
    }
}

impl JsonLines {
    fn put(&self, line: &mut Vec<u8>, event: &Event<'_>) {
        line.clear();
        match write(line, event) {
            Ok(()) => {
                line.push(b'\n');
                self.0.put(line);
            }
            Err(_) => self.0.lose(),
        }
    }
}

fn write(line: &mut Vec<u8>, event: &Event<'_>) -> Result<(), serde_json::Error> {
    let metadata = event.metadata();
    let mut serializer = serde_json::Serializer::new(line);
    let mut object = serializer.serialize_map(None)?;
    SECOND.with_borrow_mut(|second| object.serialize_entry("timestamp", second.text(now())))?;
    object.serialize_entry("level", metadata.level().as_str())?;
    object.serialize_entry("target", metadata.target())?;
    let mut fields = SerdeMapVisitor::new(object);
    event.record(&mut fields);
    fields.finish()
}

/// The second of the line before, as text: most lines differ in the microseconds alone.
#[derive(Default)]
struct Second {
    seconds: u64,
    text: String,
}

/// How long the text is without the microseconds: `2026-11-21T17:46:17.`
const WHOLE: usize = 20;

impl Second {
    /// RFC 3339, in UTC, with microseconds.
    fn text(&mut self, now: Duration) -> &str {
        if self.text.len() < WHOLE || self.seconds != now.as_secs() {
            self.seconds = now.as_secs();
            let whole = Timestamp::from_seconds(i64::try_from(self.seconds).unwrap_or_default()).to_string();
            self.text.clear();
            self.text.push_str(whole.trim_end_matches('Z'));
            self.text.push('.');
        }
        self.text.truncate(WHOLE);
        // Text takes what is written.
        let _ = write!(self.text, "{:06}Z", now.subsec_micros());
        &self.text
    }
}

#[expect(clippy::disallowed_methods, reason = "lines tell the time of this machine, whatever the database says")]
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn a_moment_is_written_in_full_whatever_the_one_before_was() {
        let mut second = Second::default();
        let mut text = |seconds: u64, micros: u32| second.text(Duration::new(seconds, micros * 1000)).to_owned();
        assert_eq!(text(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(0, 999_999), "1970-01-01T00:00:00.999999Z");
        assert_eq!(text(1_795_283_177, 42), "2026-11-21T17:46:17.000042Z");
        assert_eq!(text(1_795_283_177, 7), "2026-11-21T17:46:17.000007Z");
        assert_eq!(text(1_795_283_178, 7), "2026-11-21T17:46:18.000007Z");
    }

    #[test]
    fn an_event_is_one_line_whatever_its_values_hold() {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::registry().with(JsonLines(lines.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(request_id = "req_1", status = 200, hostile = "a\n\"b\"\u{1b}[2J", "said");
        });
        let text = String::from_utf8(lines.taken()).expect("text");
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["hostile"], "a\n\"b\"\u{1b}[2J");
        assert_eq!((line["status"].as_i64(), line["level"].as_str()), (Some(200), Some("INFO")));
        assert_eq!((line["message"].as_str(), line["request_id"].as_str()), (Some("said"), Some("req_1")));
        assert!(!text.contains('\u{1b}') && line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')));
    }
}
