//! `demo.env`: what opens the demo, in a form that a shell reads.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

/// The names and values of the file.
pub(super) struct DemoFile(BTreeMap<String, Zeroizing<String>>);

impl DemoFile {
    /// The file at `path`; `None` when there is none.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                let pairs = text.lines().filter_map(|line| line.split_once('='));
                Ok(Some(Self(pairs.map(|(name, value)| (name.to_owned(), Zeroizing::new(value.to_owned()))).collect())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A file of `pairs`, whose values need no quoting in a shell.
    pub(super) fn new<const N: usize>(pairs: [(&str, String); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), Zeroizing::new(value))).collect())
    }

    /// The value of `name`.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }

    /// Writes it, readable by its owner alone.
    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        for (name, value) in &self.0 {
            writeln!(file, "{name}={}", **value)?;
        }
        file.sync_all()
    }
}
