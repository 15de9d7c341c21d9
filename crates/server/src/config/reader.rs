//! Hands settings out by name and notes every fault.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use toml::Value;

use super::sources::Given;
use super::value::Setting;

/// Everything that is wrong with a configuration, a sentence each.
#[derive(Debug, thiserror::Error)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration has faults:")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}

/// Settings by dotted name, as they are asked for.
pub(super) struct Reader {
    given: BTreeMap<String, Given>,
    /// What was asked for, with its default as TOML has it.
    known: BTreeMap<String, Option<String>>,
    faults: Vec<String>,
}

/// What a fault tells of what was written.
#[derive(Clone, Copy)]
enum Shown {
    Value,
    /// It is a secret.
    Not,
}

impl Reader {
    pub(super) fn new(given: BTreeMap<String, Given>) -> Self {
        Self { given, known: BTreeMap::new(), faults: Vec::new() }
    }

    /// The setting `name`, or `default`.
    pub(super) fn value<T: Setting>(&mut self, name: &'static str, default: T) -> T {
        self.known.insert(name.to_owned(), Some(default.write()));
        self.look(name, Shown::Value, "").unwrap_or(default)
    }

    /// The setting `name`, or `default`; outside of `range` is a fault.
    pub(super) fn within<T: Setting + PartialOrd>(
        &mut self,
        name: &'static str,
        default: T,
        range: &RangeInclusive<T>,
    ) -> T {
        self.known.insert(name.to_owned(), Some(default.write()));
        let allowed = format!("{} to {}", range.start().write(), range.end().write());
        let value = self.look(name, Shown::Value, &format!(", {allowed}")).unwrap_or(default);
        if !range.contains(&value) {
            let said = self.given.get(name).map(|given| format!(" ({})", given.origin)).unwrap_or_default();
            self.fault(format!("{name} is {}{said}; choose {allowed}", value.write()));
        }
        value
    }

    /// The setting `name`, if it is set.
    pub(super) fn optional<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        self.known.insert(name.to_owned(), None);
        self.look(name, Shown::Value, "")
    }

    /// The secret setting `name`, from itself or from the file that `{name}_file` names.
    pub(super) fn secret<T: Setting>(&mut self, name: &'static str) -> Option<T> {
        let file_name = format!("{name}_file");
        self.known.insert(name.to_owned(), None);
        self.known.insert(file_name.clone(), None);
        let own = self.given.get(name);
        let Some(file) = self.given.get(&file_name).filter(|file| file.outranks(own)) else {
            return self.look(name, Shown::Not, "");
        };
        let spelt = file.origin.spell(&file_name);
        let at = format!("{spelt} ({})", file.origin);
        if let Some(own) = own.filter(|own| own.outranks(Some(file))) {
            self.fault(format!("{} and {at} are both set; set one of them", own.origin.spell(name)));
            return None;
        }
        let path = match file.value.as_str() {
            Some("") => Err(format!("{at} is empty; write the path of a file, or leave it out")),
            Some(path) => Ok(path.to_owned()),
            None => Err(format!("{at} is not a path; write one in quotes")),
        };
        let read = path.and_then(|path| match std::fs::read_to_string(&path) {
            Ok(text) if text.trim().is_empty() => {
                Err(format!("{spelt} ({path}) is an empty file; put the secret into it"))
            }
            Ok(text) => T::read(&Value::String(text)).map_err(|why| format!("{spelt} ({path}) cannot be read: {why}")),
            Err(cause) => Err(format!("{spelt} ({path}) cannot be read: {cause}")),
        });
        read.map_err(|fault| self.fault(fault)).ok()
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// `name` as it is written where it is set.
    pub(super) fn spelt(&self, name: &str) -> String {
        self.given.get(name).map_or_else(|| name.to_owned(), |given| given.origin.spell(name))
    }

    pub(super) fn fault(&mut self, sentence: impl Into<String>) {
        self.faults.push(sentence.into());
    }

    /// Reports all faults, and the names that nobody asked for.
    pub(super) fn finish(mut self) -> Result<(), Faults> {
        for (name, given) in &self.given {
            if !self.known.contains_key(name) {
                let hint = nearest(name, self.known.keys()).map_or_else(
                    || "config/README.md lists all settings".to_owned(),
                    |known| format!("did you mean {}?", given.origin.spell(known)),
                );
                let spelt = given.origin.spell(name);
                self.faults.push(format!("there is no setting {spelt} ({}); {hint}", given.origin));
            }
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Faults(self.faults)) }
    }

    #[cfg(test)]
    pub(super) fn known(&self) -> &BTreeMap<String, Option<String>> {
        &self.known
    }

    /// The setting `name`, if it is set and can be read; `allowed` goes on from what should be written instead.
    fn look<T: Setting>(&mut self, name: &str, shown: Shown, allowed: &str) -> Option<T> {
        let given = self.given.get(name)?;
        match T::read(&given.value) {
            Ok(value) => Some(value),
            Err(wanted) => {
                let value = match shown {
                    Shown::Value => given.value.to_string(),
                    Shown::Not => "not readable".to_owned(),
                };
                let sentence = format!("{} is {value} ({}); {wanted}{allowed}", given.origin.spell(name), given.origin);
                self.faults.push(sentence);
                None
            }
        }
    }
}

/// The known name that `name` was most likely meant to be.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    let last = |name: &'a str| name.rsplit('.').next().unwrap_or(name);
    let own_last = name.rsplit('.').next().unwrap_or(name);
    known
        .map(|known| {
            // A right name in a wrong section is as likely as a wrong letter.
            let misplaced = if last(known) == own_last { 1 } else { usize::MAX };
            (strsim::osa_distance(name, known).min(misplaced), known.as_str())
        })
        .min()
        .filter(|(distance, known)| *distance <= 1 + known.len() / 5)
        .map(|(_, known)| known)
}
