//! What commands answer, and the one place that prints.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use super::failure::Failure;

/// One thing: names and values, in the order in which they are shown.
#[derive(Clone, Debug)]
pub(super) struct Fields(pub(super) Vec<(&'static str, Value)>);

impl Fields {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    fn to_json(&self) -> Value {
        Value::Object(self.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Map<_, _>>())
    }
}

/// Makes [`Fields`] of names and values.
macro_rules! fields {
    ($($name:ident: $value:expr),+ $(,)?) => {
        $crate::commands::answer::Fields(vec![$((stringify!($name), serde_json::json!($value)),)+])
    };
}
pub(super) use fields;

/// What a command found or did.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Something was done; the sentence says what.
    Done(String),
    /// One thing, with a sentence about it where there is something to know.
    One(Fields, Option<&'static str>),
    /// Several things of a kind.
    Many(&'static str, Vec<Fields>),
    /// Nothing: what there was to say is in the log.
    Logged,
}

/// So many connections have ended.
pub(super) fn ended(connections: u64) -> String {
    if connections == 1 { "1 connection has ended".to_owned() } else { format!("{connections} connections have ended") }
}

/// What is said where a secret is shown.
pub(super) const SHOWN_ONCE: &str = "The secret is shown this once; store it now.";

impl Answer {
    pub(super) fn done(sentence: impl Into<String>) -> Self {
        Self::Done(sentence.into())
    }

    pub(super) fn one(fields: Fields) -> Self {
        Self::One(fields, None)
    }

    /// As JSON.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Done(sentence) => json!({ "done": sentence }),
            Self::One(fields, _) => fields.to_json(),
            Self::Many(what, things) => json!({ *what: things.iter().map(Fields::to_json).collect::<Vec<_>>() }),
            Self::Logged => Value::Null,
        }
    }

    /// As people read it.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Done(sentence) => format!("{sentence}\n"),
            Self::One(fields, note) => {
                let width = fields.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
                let line = |(name, value): &(&str, Value)| format!("{name:width$}  {}", words(value));
                let mut text = fields.0.iter().map(line).collect::<Vec<_>>().join("\n") + "\n";
                if let Some(note) = note {
                    text.push_str(note);
                    text.push('\n');
                }
                text
            }
            Self::Many(what, things) if things.is_empty() => format!("no {what}\n"),
            Self::Many(_, things) => table(things),
            Self::Logged => String::new(),
        }
    }
}

/// Prints `answer`. Prints nothing, and fails, when nobody reads it.
pub(super) fn print(answer: &Answer, json: bool) -> ExitCode {
    if matches!(answer, Answer::Logged) {
        return ExitCode::SUCCESS;
    }
    let text = if json { format!("{:#}\n", answer.to_json()) } else { answer.to_text() };
    let written = io::stdout().lock().write_all(text.as_bytes());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints why a command failed, and gives its exit code.
pub(super) fn fail(failure: &Failure, json: bool) -> ExitCode {
    let sentence = failure.sentence();
    let text = if json { format!("{:#}\n", json!({ "error": sentence })) } else { format!("{sentence}\n") };
    // An exit code is all that is left to say when nobody reads this.
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(failure.exit_code())
}

/// All of standard input.
pub(super) fn read_stdin() -> io::Result<String> {
    if io::stdin().is_terminal() {
        return Err(io::Error::other("standard input is a terminal; pipe the password in or use --password-file"));
    }
    io::read_to_string(io::stdin())
}

fn table(things: &[Fields]) -> String {
    let names: Vec<&str> =
        things.first().map(|first| first.0.iter().map(|(name, _)| *name).collect()).unwrap_or_default();
    let mut lines = vec![names.iter().map(|name| name.to_uppercase().replace('_', " ")).collect::<Vec<_>>()];
    lines.extend(things.iter().map(|thing| thing.0.iter().map(|(_, value)| words(value)).collect()));
    let width = |column: usize| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..names.len()).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn words(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(on) => if *on { "yes" } else { "no" }.to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
