//! The root-key list as configured, and the file that development keeps it in.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Random, RootKeyId};
use zeroize::Zeroizing;

/// The file in the data directory that development's root keys are in.
pub const DEVELOPMENT_ROOT_KEYS: &str = "root_keys";

/// One root key as configured: `ID:BASE64`.
#[derive(Clone)]
pub struct RootKeyLine {
    /// Its id, never given to another key.
    pub id: RootKeyId,
    /// 32 random bytes.
    pub bytes: Zeroizing<[u8; 32]>,
}

/// Text that is no root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a root key is ID:KEY, a number from 0 to 255 and 32 bytes in base64")]
pub struct InvalidRootKey;

/// Why the file of root keys could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyFile {
    /// It could not be read or made.
    #[error("the root keys in {0} cannot be read or made: {1}")]
    Io(PathBuf, io::Error),
    /// It holds something else.
    #[error("{0} does not hold root keys; each line is ID:KEY, newest first")]
    Content(PathBuf),
}

impl RootKeyLine {
    /// A new root key.
    #[must_use]
    pub fn generate(id: RootKeyId, random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(&mut *bytes);
        Self { id, bytes }
    }

    /// The key as configuration has it.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}:{}", self.id.0, STANDARD.encode(*self.bytes)))
    }
}

impl FromStr for RootKeyLine {
    type Err = InvalidRootKey;

    fn from_str(text: &str) -> Result<Self, InvalidRootKey> {
        let (id, key) = text.split_once(':').ok_or(InvalidRootKey)?;
        let decoded = Zeroizing::new(STANDARD.decode(key).map_err(|_| InvalidRootKey)?);
        let bytes = decoded.as_slice().try_into().map_err(|_| InvalidRootKey)?;
        Ok(Self { id: RootKeyId(id.parse().map_err(|_| InvalidRootKey)?), bytes: Zeroizing::new(bytes) })
    }
}

impl fmt::Debug for RootKeyLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootKeyLine({})", self.id.0)
    }
}

/// The root keys in the file at `path`; made there, readable by its owner alone, if there is no file.
///
/// # Errors
/// [`RootKeyFile`].
pub fn load_or_create(path: &Path, random: &dyn Random) -> Result<Vec<RootKeyLine>, RootKeyFile> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            let keys: Result<Vec<_>, _> = lines.map(|line| line.trim().parse()).collect();
            keys.ok().filter(|keys| !keys.is_empty()).ok_or_else(|| RootKeyFile::Content(path.into()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = RootKeyLine::generate(RootKeyId(1), random);
            create(path, &key).map_err(|cause| RootKeyFile::Io(path.into(), cause))?;
            Ok(vec![key])
        }
        Err(cause) => Err(RootKeyFile::Io(path.into(), cause)),
    }
}

fn create(path: &Path, key: &RootKeyLine) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", *key.reveal())?;
    file.sync_all()
}
