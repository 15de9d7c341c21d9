//! Every statement that reaches a database of this process.

use std::sync::{Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

static SEEN: Mutex<Vec<Statement>> = Mutex::new(Vec::new());

/// A statement as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// With places for the values.
    pub(crate) sql: String,
    /// The values, as Diesel writes lists of them.
    values: String,
}

impl Statement {
    pub(crate) fn of(written: &str) -> Self {
        let (sql, values) = written.rsplit_once(" -- binds: ").unwrap_or((written, "[]"));
        Self { sql: sql.to_owned(), values: values.to_owned() }
    }

    /// The log of revocations is read beside every request; transactions and settings ask for nothing.
    fn asks(&self) -> bool {
        let is_work = ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| self.sql.starts_with(verb));
        is_work && !self.sql.contains("revocation_head")
    }

    /// The values as PostgreSQL writes them.
    pub(crate) fn arguments(&self) -> String {
        let inner = self.values.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
        let (mut arguments, mut is_text, mut characters) = (String::new(), false, inner.chars().peekable());
        while let Some(character) = characters.next() {
            match character {
                '"' => {
                    is_text = !is_text;
                    arguments.push('\'');
                }
                '\\' if is_text => arguments.extend(characters.next()),
                '\'' if is_text => arguments.push_str("''"),
                '[' if !is_text && characters.next_if_eq(&']').is_some() => arguments.push_str("'{}'"),
                '[' if !is_text => arguments.push_str("ARRAY["),
                other => arguments.push(other),
            }
        }
        arguments
    }
}

/// Listens to every connection that is made from now on.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| set_default_instrumentation(|| Some(listener())).unwrap());
}

fn listener() -> Box<dyn Instrumentation> {
    Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            SEEN.lock().unwrap().push(Statement::of(&query.to_string()));
        }
    })
}

/// What was asked for since the last time.
pub(crate) fn taken() -> Vec<Statement> {
    let seen = std::mem::take(&mut *SEEN.lock().unwrap());
    seen.into_iter().filter(Statement::asks).collect()
}

#[test]
fn values_are_written_as_postgresql_reads_them() {
    let statement = Statement::of(r#"SELECT $1 -- binds: [["a'b", "c\"d"], 50, [], "[x]"]"#);
    assert_eq!(statement.sql, "SELECT $1");
    assert_eq!(statement.arguments(), r#"ARRAY['a''b', 'c"d'], 50, '{}', '[x]'"#);
}
