//! Finding the programs that the parts are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The program of that name on the search path.
///
/// # Panics
/// With what to install, when it is not there.
pub(crate) fn find(name: &str, package: &str) -> PathBuf {
    on_path(name).unwrap_or_else(|| missing(name, &format!("apt-get install {package}")))
}

/// Where PostgreSQL's programs are: Debian keeps them, one folder a version, out of the search path.
pub(crate) fn postgres_folder() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let newest_first = versions.into_iter().rev().map(|(_, folder)| folder);
    let on_path = on_path("initdb").and_then(|initdb| initdb.parent().map(Path::to_path_buf));
    newest_first
        .chain(on_path)
        .find(|folder| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file()))
        .unwrap_or_else(|| missing("initdb, postgres and psql", "apt-get install postgresql"))
}

/// The Python that has the packages of `tests/clients/requirements.txt`.
pub(crate) fn python() -> PathBuf {
    if let Some(named) = env::var_os("COUNTERSIGN_TEST_PYTHON") {
        return PathBuf::from(named);
    }
    let python = workspace().join("tests/clients/.venv/bin/python");
    if python.is_file() {
        return python;
    }
    missing(
        "the Python environment of the tests (with aiosmtpd)",
        "python3 -m venv tests/clients/.venv && tests/clients/.venv/bin/pip install -r tests/clients/requirements.txt",
    )
}

/// The workspace this testkit was built in.
fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("the testkit is at crates/testkit")
}

/// Ends the test with what to install.
pub(crate) fn missing(what: &str, command: &str) -> ! {
    panic!("\n\n  {what} is not installed. Run `tests/run`, which installs all it needs, or:\n\n    {command}\n")
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|program| program.is_file())
}
