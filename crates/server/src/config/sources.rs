//! Where settings come from: flags over environment over files, later files over earlier ones.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Value;

use super::{Faults, Mode};

/// What every variable of ours starts with.
const PREFIX: &str = "COUNTERSIGN_";
/// Variables of ours that are no settings: they stand for flags.
const FLAG_VARIABLES: &[&str] = &["COUNTERSIGN_CONFIG"];

/// Everything the configuration is read from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// For whom the server runs.
    pub mode: Mode,
    /// TOML files, later ones over earlier ones.
    pub files: Vec<PathBuf>,
    /// The process's environment, as `std::env::vars_os` gives it in text.
    pub environment: Vec<(String, String)>,
    /// `NAME=VALUE` of `--set`.
    pub flags: Vec<String>,
}

/// The file that is read when none is named, where it exists.
#[must_use]
pub fn default_file(mode: Mode) -> &'static Path {
    Path::new(match mode {
        Mode::Development => "config/development.toml",
        Mode::Production => "config/production.toml",
    })
}

/// A setting as it was given.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// Where a setting was given.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    File(usize, PathBuf),
    Environment,
    Flag,
}

impl Given {
    /// Whether this one wins over `other`: a secret's file over the secret itself, or the other way round.
    pub(super) fn outranks(&self, other: Option<&Self>) -> bool {
        other.is_none_or(|other| self.origin.rank() >= other.origin.rank())
    }
}

impl Origin {
    fn rank(&self) -> usize {
        match self {
            Self::File(place, _) => *place,
            Self::Environment => usize::MAX - 1,
            Self::Flag => usize::MAX,
        }
    }

    /// `name` as it is written there.
    pub(super) fn spell(&self, name: &str) -> String {
        match self {
            Self::Environment => format!("{PREFIX}{}", name.replace('.', "__").to_uppercase()),
            Self::File(..) | Self::Flag => name.to_owned(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(_, path) => write!(f, "in {}", path.display()),
            Self::Environment => f.write_str("in the environment"),
            Self::Flag => f.write_str("by --set"),
        }
    }
}

impl Sources {
    /// All settings by dotted name.
    pub(super) fn flatten(&self) -> Result<BTreeMap<String, Given>, Faults> {
        let mut given = BTreeMap::new();
        let mut faults = Vec::new();
        for (place, path) in self.files.iter().enumerate() {
            match read_file(path) {
                Ok(table) => lay(&table, "", &Origin::File(place, path.clone()), &mut given),
                Err(fault) => faults.push(fault),
            }
        }
        for (variable, text) in &self.environment {
            if let Some(rest) = variable.strip_prefix(PREFIX)
                && !FLAG_VARIABLES.contains(&variable.as_str())
            {
                let name = rest.to_lowercase().replace("__", ".");
                given.insert(name, Given { value: Value::String(text.clone()), origin: Origin::Environment });
            }
        }
        for flag in &self.flags {
            match flag.split_once('=') {
                Some((name, text)) => {
                    let value = Value::String(text.to_owned());
                    given.insert(name.trim().to_owned(), Given { value, origin: Origin::Flag });
                }
                None => faults.push(format!("--set {flag} has no value; write --set NAME=VALUE")),
            }
        }
        if faults.is_empty() { Ok(given) } else { Err(Faults(faults)) }
    }
}

fn read_file(path: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
    // The parser's own report quotes the line, which may hold a secret: place and message are enough.
    text.parse::<toml::Table>().map_err(|error| {
        let line =
            error.span().map_or(0, |span| text.get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1);
        format!("{} is no TOML, line {line}: {}", path.display(), error.message())
    })
}

fn lay(table: &toml::Table, section: &str, origin: &Origin, given: &mut BTreeMap<String, Given>) {
    for (key, value) in table {
        let name = if section.is_empty() { key.clone() } else { format!("{section}.{key}") };
        match value {
            Value::Table(inner) => lay(inner, &name, origin, given),
            _ => {
                given.insert(name, Given { value: value.clone(), origin: origin.clone() });
            }
        }
    }
}
