//! Folders that vanish: one for the test process, one in it for each part.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Removes the folder once standard input ends, which happens when the test process ends, however it ends.
/// It tries for a while because a database that is just being stopped may still write.
const REMOVE_AT_END: &str = r#"
cat > /dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$1" 2> /dev/null && exit 0; sleep 0.5; done
"#;

struct Root {
    folder: PathBuf,
    /// Holds the other end of the shell's standard input.
    _watcher: Child,
}

/// A new folder named after `part`, removed when dropped.
pub(crate) fn folder_for(part: &str) -> TempDir {
    let folder = tempfile::Builder::new()
        .prefix(&format!("{part}-"))
        .tempdir_in(root())
        .unwrap_or_else(|e| panic!("no folder for {part} in {}: {e}", root().display()));
    allow_passage(folder.path());
    folder
}

fn root() -> &'static Path {
    static ROOT: OnceLock<Root> = OnceLock::new();
    &ROOT.get_or_init(make_root).folder
}

fn make_root() -> Root {
    let folder = tempfile::Builder::new()
        .prefix(&format!("countersign-tests-{}-", std::process::id()))
        .tempdir()
        .expect("the system's folder for temporary files is writable")
        .keep();
    allow_passage(&folder);
    let watcher = Command::new("sh")
        .args(["-c", REMOVE_AT_END, "sh"])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("sh starts");
    Root { folder, _watcher: watcher }
}

/// PostgreSQL runs as a user of its own where the tests run as root, and must be able to reach its folder.
fn allow_passage(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711))
        .unwrap_or_else(|e| panic!("cannot open {} to other users: {e}", folder.display()));
}
