//! Who depends on whom, as cargo has resolved it.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, NodeDep};

/// Packages by number. A package that is there in two versions has two numbers.
#[derive(Default)]
pub(crate) struct Graph {
    names: Vec<String>,
    edges: Vec<Vec<usize>>,
    /// The crates of the workspace, by name.
    pub(crate) members: BTreeMap<String, usize>,
}

impl Graph {
    /// With every feature, for the platform this program runs on, without the dependencies of tests.
    pub(crate) fn of_the_workspace() -> Self {
        let metadata = MetadataCommand::new()
            .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml"))
            .features(CargoOpt::AllFeatures)
            .other_options(["--locked", "--filter-platform", env!("RULES_PLATFORM")].map(String::from))
            .exec()
            .unwrap_or_else(|e| panic!("cargo metadata: {e}"));
        Self::of(&metadata)
    }

    fn of(metadata: &Metadata) -> Self {
        let numbers: HashMap<_, _> =
            metadata.packages.iter().enumerate().map(|(n, package)| (&package.id, n)).collect();
        let number = |id| *numbers.get(id).expect("cargo names only packages that it lists");
        let mut edges = vec![Vec::new(); metadata.packages.len()];
        for node in &metadata.resolve.as_ref().expect("cargo resolves unless told not to").nodes {
            if let Some(edges) = edges.get_mut(number(&node.id)) {
                edges.extend(node.deps.iter().filter(|dep| in_the_program(dep)).map(|dep| number(&dep.pkg)));
            }
        }
        let members = metadata.workspace_packages().into_iter();
        Self {
            names: metadata.packages.iter().map(|package| package.name.to_string()).collect(),
            members: members.map(|package| (package.name.to_string(), number(&package.id))).collect(),
            edges,
        }
    }

    /// The names of the packages that this one names in its manifest.
    pub(crate) fn direct(&self, package: usize) -> impl Iterator<Item = &str> {
        self.edges_of(package).iter().map(|to| self.name(*to))
    }

    /// The shortest ways from this package to each other one that `wanted` names, as `a → b → c`.
    pub(crate) fn ways(&self, from: usize, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        let mut ways = Vec::new();
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, self.name(from).to_owned())]);
        while let Some((package, way)) = queue.pop_front() {
            for to in self.edges_of(package).iter().copied().filter(|to| seen.insert(*to)) {
                let way = format!("{way} → {}", self.name(to));
                // What lies behind is reached because of this one; one line is enough to find it.
                if wanted(self.name(to)) {
                    ways.push(way);
                } else {
                    queue.push_back((to, way));
                }
            }
        }
        ways
    }

    fn name(&self, package: usize) -> &str {
        self.names.get(package).map_or("", String::as_str)
    }

    fn edges_of(&self, package: usize) -> &[usize] {
        self.edges.get(package).map_or(&[], Vec::as_slice)
    }
}

fn in_the_program(dep: &NodeDep) -> bool {
    dep.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development)
}

#[cfg(test)]
impl Graph {
    /// From lines such as `a: b c`; `members` are those of the workspace.
    pub(crate) fn from_lines(lines: &[&str], members: &[&str]) -> Self {
        let mut graph = Self::default();
        for line in lines {
            let (from, to) = line.split_once(':').expect("a colon follows the package");
            let from = graph.number(from);
            for to in to.split_whitespace() {
                let to = graph.number(to);
                graph.edges[from].push(to);
            }
        }
        graph.members = members.iter().map(|name| ((*name).to_owned(), graph.number(name))).collect();
        graph
    }

    fn number(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.edges.push(Vec::new());
            self.names.len() - 1
        })
    }
}
