//! What the load side asked and was told, written down before and after.

use std::fs::{self, File};
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

/// A file with an entry a line. An entry is in the file before what it tells of goes on.
pub(crate) struct Ledger {
    began: Instant,
    next: AtomicU64,
    file: Mutex<File>,
    folder: TempDir,
}

/// A line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Milliseconds since the ledger was opened.
    pub(crate) at: u64,
    #[serde(flatten)]
    pub(crate) event: Event,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub(crate) enum Event {
    /// Goes out next.
    Asked { request: u64, replica: usize, question: Question },
    /// The answer was read to its end.
    Answered { request: u64, answer: Answer },
    /// No answer, or not all of it.
    Broke { request: u64, why: String },
    /// Is killed next.
    Fault { what: String },
    /// Answers again.
    Over { what: String },
    /// A row of the audit, read when all was over.
    Audit { action: String, target: String },
}

/// What is asked. An API key is named by its `client_id`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
pub(crate) enum Question {
    Redeem {
        key: String,
        code: String,
    },
    Refresh {
        key: String,
        token: String,
        rotating: bool,
    },
    ClientCredentials {
        key: String,
    },
    Introspect {
        token: String,
    },
    Revoke {
        key: String,
        token: String,
    },
    /// A page of the authorize flow.
    Page {
        path: String,
    },
    /// A command of an operator.
    Command {
        words: String,
        effect: Effect,
    },
    /// Whether what a command made is still there.
    Show {
        id: String,
    },
}

/// What a command does, if it is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub(crate) enum Effect {
    /// The answer's `id` is that of something new.
    Makes,
    /// All that the key ever obtained, or will.
    EndsKey {
        key: String,
    },
    /// The key's tokens by client credentials until now.
    EndsClientCredentials {
        key: String,
    },
    EndsConnection {
        connection: String,
    },
    None,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// Of HTTP; for a command 200, or its exit code.
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) content_type: String,
    /// Of a page: nothing.
    pub(crate) body: String,
}

impl Ledger {
    pub(crate) fn open() -> Self {
        let folder = tempfile::Builder::new().prefix("countersign-ledger-").tempdir();
        let folder = folder.expect("a scratch folder can be made");
        let file = File::create(folder.path().join("ledger")).expect("the scratch folder is writable");
        Self { began: Instant::now(), next: AtomicU64::new(1), file: Mutex::new(file), folder }
    }

    /// Writes a question down; answers with its number.
    pub(crate) fn asks(&self, replica: usize, question: Question) -> u64 {
        let request = self.next.fetch_add(1, Ordering::Relaxed);
        self.write(Event::Asked { request, replica, question });
        request
    }

    pub(crate) fn write(&self, event: Event) {
        let mut file = self.file.lock().expect("no panic while the file is held");
        let at = u64::try_from(self.began.elapsed().as_millis()).expect("a drill is short");
        let line = serde_json::to_string(&Entry { at, event }).expect("an entry is JSON");
        writeln!(file, "{line}").expect("the scratch folder is writable");
    }

    /// All that was written.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let text = fs::read_to_string(self.folder.path().join("ledger")).expect("the ledger is a file");
        text.lines().map(|line| serde_json::from_str(line).expect("the ledger wrote it")).collect()
    }
}
