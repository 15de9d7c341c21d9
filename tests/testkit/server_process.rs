//! The running program. What the program itself does at its start is told by the suites of the product.

use std::path::Path;

use testkit::ServerProcess;

#[test]
#[should_panic(expected = "the port is taken")]
fn a_server_that_ends_at_its_start_fails_the_test_with_its_log() {
    let refusing = ServerProcess::with_config(|_| String::new());
    // As `sh serve --config countersign.toml`: the shell finds no file `serve`.
    let refusing = refusing.program(Path::new("/bin/sh"));
    std::fs::write(refusing.site().folder().join("serve"), "echo 'the port is taken' >&2; exit 3")
        .expect("the folder is writable");
    drop(refusing.start());
}
