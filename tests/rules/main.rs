//! The rules of the tree that no compiler knows: which crate may reach what, and what no file may hold.
//!
//! Called by `.ci/run` (`cargo run -p rules`) and, as a test, by `cargo test`. It reads cargo's metadata and the files
//! that git tracks; it must not know what any of them mean.

mod dependencies;
mod graph;
mod table;
mod tracked_files;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let broken = broken_rules();
    let mut report = broken.join("\n");
    report.push_str(if broken.is_empty() { "every rule of the tree is kept\n" } else { "\n" });
    // Without a place to print to, the exit code still says it.
    let _ = std::io::stderr().write_all(report.as_bytes());
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn broken_rules() -> Vec<String> {
    let mut broken = dependencies::broken(&graph::Graph::of_the_workspace(), table::ROWS);
    broken.extend(tracked_files::broken());
    broken
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_tree_keeps_its_rules() {
        let broken = super::broken_rules();
        assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
    }
}
