//! Holds the workspace's crates to the table.

use crate::graph::Graph;
use crate::table::{Ground, Row};

/// What breaks the table, a sentence each.
pub(crate) fn broken(graph: &Graph, rows: &[Row]) -> Vec<String> {
    graph
        .members
        .iter()
        .flat_map(|(name, package)| match rows.iter().find(|row| row.name == name) {
            Some(row) => {
                [forbidden_neighbours(graph, *package, row), forbidden_knowledge(graph, *package, row)].concat()
            }
            None => vec![format!("{name} has no row in the table of rules (tests/rules/table.rs)")],
        })
        .collect()
}

fn forbidden_neighbours(graph: &Graph, package: usize, row: &Row) -> Vec<String> {
    graph
        .direct(package)
        .filter(|name| graph.members.contains_key(*name) && !row.may_depend_on.contains(name))
        .map(|name| format!("{} may not depend on {name}", row.name))
        .collect()
}

fn forbidden_knowledge(graph: &Graph, package: usize, row: &Row) -> Vec<String> {
    row.must_never_know
        .iter()
        .flat_map(|ground| {
            graph
                .ways(package, |name| ground.covers(name))
                .into_iter()
                .map(|way| format!("{} must never know {}, but reaches it: {way}", row.name, ground.called))
        })
        .collect()
}

impl Ground {
    fn covers(&self, name: &str) -> bool {
        self.packages.iter().any(|package| match package.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *package,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ROWS;

    #[test]
    fn a_tree_that_keeps_the_table_breaks_nothing() {
        let graph = Graph::from_lines(&["domain: serde url", "storage: domain tokio"], &["domain", "storage"]);
        assert_eq!(broken(&graph, ROWS), Vec::<String>::new());
    }

    #[test]
    fn a_detour_is_found_and_shown() {
        let graph = Graph::from_lines(&["domain: serde cache", "cache: clock", "clock: tokio"], &["domain"]);
        assert_eq!(
            broken(&graph, ROWS),
            ["domain must never know that anything is asynchronous, but reaches it: domain → cache → clock → tokio"]
        );
    }

    #[test]
    fn a_detour_through_another_crate_of_the_workspace_is_found_too() {
        let lines = ["storage: domain redis", "domain:", "protocol: storage"];
        let graph = Graph::from_lines(&lines, &["domain", "storage", "protocol"]);
        assert_eq!(
            broken(&graph, ROWS),
            [
                "protocol must never know Redis, but reaches it: protocol → storage → redis",
                "storage must never know Redis, but reaches it: storage → redis",
            ]
        );
    }

    #[test]
    fn a_neighbour_that_is_not_in_the_row_is_refused() {
        let lines = ["console: protocol mtls-listener", "mtls-listener:", "protocol:"];
        let graph = Graph::from_lines(&lines, &["console", "protocol", "mtls-listener"]);
        let broken = broken(&graph, ROWS);
        assert_eq!(broken.first().map(String::as_str), Some("console may not depend on mtls-listener"));
    }

    #[test]
    fn the_two_stores_must_not_know_each_other() {
        let lines = ["storage-diesel: storage-redis", "storage-redis: redis"];
        let broken = broken(&Graph::from_lines(&lines, &["storage-diesel", "storage-redis"]), ROWS);
        assert_eq!(broken.first().map(String::as_str), Some("storage-diesel may not depend on storage-redis"));
        assert!(broken[1].ends_with("storage-diesel → storage-redis"), "{broken:?}");
    }

    #[test]
    fn a_crate_without_a_row_is_refused() {
        let graph = Graph::from_lines(&["shortcut: domain"], &["shortcut"]);
        assert_eq!(broken(&graph, ROWS), ["shortcut has no row in the table of rules (tests/rules/table.rs)"]);
    }

    #[test]
    fn every_row_of_the_table_is_reached_by_a_rule_that_can_fail() {
        for row in ROWS {
            for ground in row.must_never_know {
                let package = ground.packages[0].replace('*', "x");
                let line = format!("{}: detour", row.name);
                let graph = Graph::from_lines(&[&line, &format!("detour: {package}")], &[row.name]);
                assert!(!broken(&graph, ROWS).is_empty(), "{} may reach {package}", row.name);
            }
        }
    }
}
