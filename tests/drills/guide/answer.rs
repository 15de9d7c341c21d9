//! What a page promises that a command answers, compared with what came.
//!
//! Ids, thumbprints and digests of the page stand for those that come, and the same for the same ever after. A moment
//! stands for any, a number for any but 0, which is 0; `…` stands for anything.

use std::collections::BTreeMap;

/// What the names on the page are here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(BTreeMap<String, String>);

pub(crate) struct Promise(Vec<Part>);

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Said(String),
    Anything,
    /// An id, a thumbprint or a digest.
    Named(String),
    Moment,
    Number,
}

impl Known {
    /// A command of the page with the names that were seen here.
    pub(crate) fn fill_in(&self, line: &str) -> String {
        let parts = parts(line).into_iter().map(|part| match part {
            Part::Named(name) => self.0.get(&name).unwrap_or_else(|| panic!("no answer showed {name}")).clone(),
            Part::Said(text) => text,
            other => panic!("{other:?} in a command: {line}"),
        });
        parts.collect()
    }
}

impl Promise {
    pub(crate) fn read(text: &str) -> Self {
        // JSON is broken into lines on the page alone.
        let text = if text.starts_with('{') { text.lines().collect() } else { text.to_owned() };
        Self(parts(&normal(&text)))
    }

    /// Whether `came` is what was promised; with the names that it shows.
    pub(crate) fn kept_by(&self, came: &str, known: &Known) -> Option<Known> {
        kept(&self.0, &normal(came), known)
    }
}

fn kept(parts: &[Part], came: &str, known: &Known) -> Option<Known> {
    let Some((part, rest)) = parts.split_first() else { return came.is_empty().then(|| known.clone()) };
    let (run, after) = split_run(came);
    match part {
        Part::Said(text) => kept(rest, came.strip_prefix(text.as_str())?, known),
        Part::Anything => {
            let from = came.char_indices().map(|(at, _)| at).chain([came.len()]);
            from.filter_map(|at| came.get(at..)).find_map(|left| kept(rest, left, known))
        }
        Part::Number => (is_number(run) && run != "0").then(|| kept(rest, after, known))?,
        Part::Moment => is_moment(run).then(|| kept(rest, after, known))?,
        Part::Named(name) => {
            if !is_name(run) || kind(run) != kind(name) {
                return None;
            }
            let mut known = known.clone();
            let here = known.0.entry(name.clone()).or_insert_with(|| run.to_owned());
            if here == run { kept(rest, after, &known) } else { None }
        }
    }
}

fn normal(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut said = String::new();
    let mut left = text;
    while let Some(next) = left.chars().next() {
        let (run, after) = split_run(left);
        let whole_word = (said.is_empty() && parts.is_empty() || said.ends_with(' '))
            && (after.is_empty() || after.starts_with(' '));
        let part = match run {
            _ if next == '…' => Some(Part::Anything),
            run if is_name(run) => Some(Part::Named(run.to_owned())),
            run if is_moment(run) => Some(Part::Moment),
            run if is_number(run) && run != "0" && whole_word => Some(Part::Number),
            _ => None,
        };
        if let Some(part) = part {
            if !said.is_empty() {
                parts.push(Part::Said(std::mem::take(&mut said)));
            }
            left = if part == Part::Anything { left.trim_start_matches('…') } else { after };
            parts.push(part);
        } else if run.is_empty() {
            said.push(next);
            left = left.get(next.len_utf8()..).unwrap_or_default();
        } else {
            said.push_str(run);
            left = after;
        }
    }
    if !said.is_empty() {
        parts.push(Part::Said(said));
    }
    parts
}

/// The longest beginning that could be a name, a number or a moment, and what follows.
fn split_run(text: &str) -> (&str, &str) {
    let is_in = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let end = text.find(|letter| !is_in(letter)).unwrap_or(text.len());
    let (run, after) = text.split_at(end);
    if !is_date(run) {
        return (run, after);
    }
    // A moment has a time after its date.
    let end = text.find(|letter: char| !is_in(letter) && !":.".contains(letter)).unwrap_or(text.len());
    text.split_at(end)
}

fn is_date(run: &str) -> bool {
    let form: String = run.chars().take(11).map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    form == "0000-00-00T"
}

fn is_moment(run: &str) -> bool {
    is_date(run) && run.ends_with('Z')
}

fn is_number(run: &str) -> bool {
    !run.is_empty() && run.chars().all(|letter| letter.is_ascii_digit())
}

fn is_name(run: &str) -> bool {
    !matches!(kind(run), "")
}

/// An id's prefix, or what else it is; empty for a word.
fn kind(run: &str) -> &str {
    let id = run.split_once('_').filter(|(prefix, rest)| {
        (2..=4).contains(&prefix.len())
            && rest.len() >= 20
            && prefix.chars().all(|letter| letter.is_ascii_lowercase())
            && rest.chars().all(|letter| letter.is_ascii_alphanumeric())
    });
    match id {
        Some((prefix, _)) => prefix,
        None if run.len() == 43 => "thumbprint",
        None if run.len() == 64 && run.chars().all(|letter| letter.is_ascii_hexdigit()) => "digest",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(promise: &str, came: &str) -> Option<Known> {
        Promise::read(promise).kept_by(came, &Known::default())
    }

    #[test]
    fn an_id_stands_for_the_one_that_came_and_ever_after() {
        let promise = "id      app_0000000000000000000000\nname    Report Bot";
        let known = shows(promise, "id  app_6xcQ2DrABZAByBtvKg4O8k\nname  Report Bot\n").expect("it is as promised");
        assert_eq!(known.fill_in("show app_0000000000000000000000"), "show app_6xcQ2DrABZAByBtvKg4O8k");
        let again = Promise::read("app_0000000000000000000000");
        assert!(again.kept_by("app_6xcQ2DrABZAByBtvKg4O8k", &known).is_some());
        assert!(again.kept_by("app_7xcQ2DrABZAByBtvKg4O8k", &known).is_none(), "another app");
        assert!(shows(promise, "id  ak_6xcQ2DrABZAByBtvKg4O8k0000 name Report Bot").is_none(), "another kind");
    }

    #[test]
    fn numbers_and_moments_may_differ_but_nothing_is_nothing() {
        assert!(shows("12  0  2026-11-21T12:00:00Z", "7 0 2031-01-02T03:04:05.678Z").is_some());
        assert!(shows("12", "0").is_none());
        assert!(shows("0", "12").is_none());
        assert!(shows("P-256", "P-384").is_none(), "part of a word");
        assert!(shows("within 24 hours.", "within 24 days.").is_none());
    }

    #[test]
    fn dots_stand_for_anything_and_the_rest_for_itself() {
        assert!(shows("{\"a\":\"x…\", … \"error\":\"no\"}", "{\"a\":\"xyz\", \"b\":1, \"error\":\"no\"}").is_some());
        assert!(shows("{\"a\":1,\n\"b\":2}", "{\"a\":1,\"b\":2}").is_some(), "JSON in two lines");
        assert!(shows("refused: …", "granted: it").is_none());
        assert!(shows("done", "done, but not so").is_none());
    }
}
