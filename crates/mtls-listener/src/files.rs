//! Anchors and revocation lists from files and folders.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use certificates::{Anchor, Crl, ReadError, Trust};

/// A file that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", file.display())]
pub struct LoadFault {
    file: PathBuf,
    cause: String,
}

impl LoadFault {
    pub(crate) fn new(file: &Path, cause: &dyn Display) -> Self {
        Self { file: file.to_owned(), cause: cause.to_string() }
    }
}

/// Where the operator's trust comes from. Each path is a file, or a folder whose files all count, except those whose name
/// begins with a dot.
#[derive(Clone, Debug, Default)]
pub struct TrustFiles {
    /// Authorities that are known.
    pub anchors: Vec<PathBuf>,
    /// Authorities whose word counts for names.
    pub vouching: Vec<PathBuf>,
    /// Revocation lists.
    pub crls: Vec<PathBuf>,
    /// How much longer than it says a list counts.
    pub crl_grace: Duration,
}

impl TrustFiles {
    /// Reads them all.
    ///
    /// # Errors
    /// One of them cannot be used; a part of them is never trusted.
    pub fn read(&self) -> Result<Trust, LoadFault> {
        let vouching = read_each(&self.vouching, Anchor::read_all)?;
        let mut anchors = read_each(&self.anchors, Anchor::read_all)?;
        anchors.extend(vouching.iter().cloned());
        let crls = read_each(&self.crls, |bytes| Crl::read_all(bytes, self.crl_grace))?;
        Ok(Trust { anchors, vouching, crls, generation: 0 })
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        [&self.anchors, &self.vouching, &self.crls].into_iter().flatten().cloned().collect()
    }
}

fn read_each<T>(paths: &[PathBuf], read: impl Fn(&[u8]) -> Result<Vec<T>, ReadError>) -> Result<Vec<T>, LoadFault> {
    let mut all = vec![];
    for path in paths {
        for file in files_of(path).map_err(|cause| LoadFault::new(path, &cause))? {
            let bytes = fs::read(&file).map_err(|cause| LoadFault::new(&file, &cause))?;
            all.extend(read(&bytes).map_err(|cause| LoadFault::new(&file, &cause))?);
        }
    }
    Ok(all)
}

/// The file, or the files of the folder, in the order of their names.
pub(crate) fn files_of(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = vec![];
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        // Secrets of Kubernetes are links into a folder whose name begins with two dots.
        if !entry.file_name().as_encoded_bytes().starts_with(b".") && fs::metadata(entry.path())?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}
