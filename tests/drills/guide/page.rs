//! The page as its reader follows it: commands are run as they stand there, and answers compared with those that it
//! promises.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::ServerProcess;

use crate::guide::answer::{Known, Promise};

/// How long a look may take to show what it should: activity and last uses are written in batches.
const PATIENCE: Duration = Duration::from_secs(20);
/// What begins a paragraph that somebody else than the operator acts on.
const CUE: &str = "> ";

/// What the reader does next.
enum Step {
    /// Runs a command; it answers this.
    Command { line: String, answer: String },
    /// Lets somebody act, or time go by.
    Cue(String),
}

pub(crate) struct Page<'a> {
    steps: std::vec::IntoIter<Step>,
    known: Known,
    server: &'a ServerProcess,
    variables: Vec<(String, String)>,
    ran: usize,
}

impl<'a> Page<'a> {
    /// To be followed beside this server, in its folder.
    pub(crate) fn open(text: &str, server: &'a ServerProcess) -> Self {
        Self { steps: steps(text).into_iter(), known: Known::default(), server, variables: Vec::new(), ran: 0 }
    }

    /// A variable of the reader's shell.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs the commands up to the next paragraph of somebody else's, which says this.
    pub(crate) fn until(&mut self, cue: &str) {
        match self.follow() {
            Some(said) => assert!(said.starts_with(cue), "the page says {said:?} where {cue:?} is expected"),
            None => panic!("the page ends before {cue:?}"),
        }
    }

    /// Runs the rest; how many commands the page had.
    pub(crate) fn end(mut self) -> usize {
        let left = self.follow();
        assert!(left.is_none(), "nobody acts on {left:?}");
        self.ran
    }

    fn follow(&mut self) -> Option<String> {
        loop {
            match self.steps.next()? {
                Step::Cue(said) => return Some(said),
                Step::Command { line, answer } => self.run(&self.known.fill_in(&line), &answer),
            }
        }
    }

    fn run(&mut self, line: &str, answer: &str) {
        self.ran += 1;
        let promise = Promise::read(answer);
        let end = Instant::now() + if only_looks(line) { PATIENCE } else { Duration::ZERO };
        loop {
            let came = self.paste(line);
            if let Some(known) = promise.kept_by(&came, &self.known) {
                self.known = known;
                return;
            }
            assert!(Instant::now() < end, "$ {line}\n--- the page promises\n{answer}\n--- and this came\n{came}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What a line prints, pasted into bash.
    fn paste(&self, line: &str) -> String {
        let folder = self.server.site().folder();
        let output = Command::new("timeout")
            .args(["60", "bash", "-c", line])
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", folder.join("bin").display()))
            .env("CURL_HOME", folder)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .expect("bash is installed");
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }
}

/// Makes the reader's desk in the server's folder: the program on the path, its settings where it looks for them, and
/// curl told where the public name is.
pub(crate) fn desk(server: &ServerProcess, host: &str) {
    let folder = server.site().folder();
    let make = |name: &str| fs::create_dir_all(folder.join(name)).expect("the site's folder is writable");
    make("bin");
    make("config");
    let program = fs::read_link(format!("/proc/{}/exe", server.id())).expect("the server runs");
    std::os::unix::fs::symlink(program, folder.join("bin/countersign")).expect("the site's folder is writable");
    fs::copy(folder.join("countersign.toml"), folder.join("config/production.toml")).expect("the settings are there");
    let curl = format!(
        "noproxy = \"*\"\nmax-time = 30\nconnect-to = \"{host}:443:127.0.0.1:{}\"\n",
        server.site().mutual_tls()
    );
    fs::write(folder.join(".curlrc"), curl).expect("the site's folder is writable");
}

/// Whether a command may be run again until it shows what it should.
fn only_looks(line: &str) -> bool {
    ["curl ", "countersign activity list", "countersign cert list", "--dry-run"].iter().any(|look| line.contains(look))
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut in_block = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if let Some(said) = line.strip_prefix(CUE).filter(|_| !in_block) {
            let mut said = said.to_owned();
            while let Some(more) = lines.next_if(|line| line.starts_with(CUE)) {
                said = said + " " + more.trim_start_matches(CUE);
            }
            steps.push(Step::Cue(said));
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) {
            let mut command = command.to_owned();
            while let Some(begun) = command.strip_suffix('\\') {
                command = begun.to_owned() + lines.next().expect("a line goes on").trim_start();
            }
            let mut answer = String::new();
            while let Some(more) = lines.next_if(|line| !line.starts_with("$ ") && !line.starts_with("```")) {
                answer = answer + more + "\n";
            }
            steps.push(Step::Command { line: command, answer });
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_commands_with_their_answers_and_cues_between_them() {
        let page = "Text with $ signs.\n```\n$ first \\\n      --on\nan answer\n\nof two parts\n$ second\n```\n> **Wait** a\n> day.\n\n```\nno command\n```\n";
        let found: Vec<String> = steps(page)
            .into_iter()
            .map(|step| match step {
                Step::Command { line, answer } => format!("{line} => {answer}"),
                Step::Cue(said) => said,
            })
            .collect();
        assert_eq!(found, ["first --on => an answer\n\nof two parts\n", "second => ", "**Wait** a day."]);
    }
}
