//! The lines under the console's callback-URL field, by the same code that decides.

use domain::ApplicationKind;
use serde::Serialize;
use url::{Host, Url};

use super::matching::loopback_without_port;
use super::{CallbackPolicy, Examined, Rule};
use super::{international_name, scheme};

/// How one line of the checklist came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rule is kept (✓).
    Passed,
    /// The URL is refused (✗).
    Failed,
    /// Nothing refuses it, but its owner should know (!).
    Notice,
    /// An earlier rule failed so that this one could not be looked at.
    NotChecked,
}

/// One line of the checklist: a rule, how it came out, and the sentence to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistLine {
    /// The rule.
    pub rule: Rule,
    /// How it came out.
    pub outcome: Outcome,
    /// What is wrong and the fix, or what was found in order.
    pub message: String,
}

/// Every rule as a line or, when it is broken in several ways, as one line for each way.
///
/// [`parse`](super::parse) takes the URL exactly when no line has failed.
#[must_use]
pub fn checklist(text: &str, kind: ApplicationKind, policy: &CallbackPolicy) -> Vec<ChecklistLine> {
    let examined = Examined::of(text, kind, policy);
    let url = examined.url.as_ref();
    let mut lines = Vec::new();
    for rule in [Rule::WrittenForm, Rule::Parts, Rule::Scheme, Rule::PublicHost, Rule::ExactMatch] {
        let before = lines.len();
        let broken = examined.violations.iter().filter(|violation| violation.rule() == rule);
        lines.extend(broken.map(|violation| ChecklistLine {
            rule,
            outcome: Outcome::Failed,
            message: violation.to_string(),
        }));
        if lines.len() == before {
            let (outcome, message) = unbroken(rule, url, policy);
            lines.push(ChecklistLine { rule, outcome, message: message.to_owned() });
        }
        match rule {
            Rule::PublicHost => lines.extend(url.and_then(name_notice)),
            Rule::ExactMatch => lines.extend(free_port_notice(text, kind)),
            _ => {}
        }
    }
    lines
}

fn unbroken(rule: Rule, url: Option<&Url>, policy: &CallbackPolicy) -> (Outcome, &'static str) {
    match (rule, url) {
        (Rule::ExactMatch, _) => (
            Outcome::Notice,
            "We compare character by character: `…/callback` and `…/callback/` are different. Add both if you \
             use both.",
        ),
        (_, None) => (Outcome::NotChecked, "Checked once the URL can be read."),
        (Rule::WrittenForm, Some(_)) => (Outcome::Passed, "An absolute URL, as browsers write it."),
        (Rule::Parts, Some(_)) => {
            (Outcome::Passed, "No user name, fragment, wildcard, hidden character or parameter of our answer.")
        }
        (Rule::Scheme, Some(url)) => scheme_in_order(url),
        (Rule::PublicHost, Some(url)) => host_in_order(url, policy),
    }
}

fn scheme_in_order(url: &Url) -> (Outcome, &'static str) {
    match url.scheme() {
        "https" => (Outcome::Passed, "Uses `https`."),
        "http" if scheme::is_loopback(url) => (Outcome::Passed, "Stays on the person's own device."),
        "http" => (Outcome::Notice, "Plain `http`, allowed here by an exception of this server's operator."),
        _ => (Outcome::Passed, "A private scheme named after a domain."),
    }
}

fn host_in_order(url: &Url, policy: &CallbackPolicy) -> (Outcome, &'static str) {
    if policy.takes_host(url) {
        return (Outcome::Notice, "This host is allowed by an exception of this server's operator.");
    }
    let needs_public_host = matches!(url.scheme(), "http" | "https") && !scheme::is_loopback(url);
    match url.host() {
        Some(Host::Domain(_)) if needs_public_host => (Outcome::Passed, "A public host name."),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) if needs_public_host => (
            Outcome::Notice,
            "A public IP address: browsers warn unless its certificate names it. A host name is better.",
        ),
        _ => (Outcome::Passed, "Needs no public host."),
    }
}

/// An internationalised name in both forms, so that its owner sees whom it imitates.
fn name_notice(url: &Url) -> Option<ChecklistLine> {
    let host = url.host_str()?;
    if !international_name::is_international(host) {
        return None;
    }
    let name = international_name::read(host)?;
    let warning = if name.mixes_scripts {
        " It mixes writing systems, as names that imitate others do: check every letter."
    } else {
        ""
    };
    Some(ChecklistLine {
        rule: Rule::PublicHost,
        outcome: Outcome::Notice,
        message: format!("`{host}` is read as `{}`.{warning}", name.unicode),
    })
}

/// RFC 8252 §7.3, told where it applies.
fn free_port_notice(text: &str, kind: ApplicationKind) -> Option<ChecklistLine> {
    loopback_without_port(text, kind).map(|_| ChecklistLine {
        rule: Rule::ExactMatch,
        outcome: Outcome::Notice,
        message: "Only the port may be any: your app takes the one it gets when it starts.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, kind: ApplicationKind) -> Vec<(Rule, Outcome)> {
        let policy = CallbackPolicy::default().with_exceptions(vec!["http://dev.corp".parse().expect("it parses")]);
        checklist(text, kind, &policy).into_iter().map(|line| (line.rule, line.outcome)).collect()
    }

    #[test]
    fn a_good_url_passes_every_rule_and_is_reminded_of_exactness() {
        assert_eq!(
            lines("https://app.example.com/cb", ApplicationKind::Web),
            [
                (Rule::WrittenForm, Outcome::Passed),
                (Rule::Parts, Outcome::Passed),
                (Rule::Scheme, Outcome::Passed),
                (Rule::PublicHost, Outcome::Passed),
                (Rule::ExactMatch, Outcome::Notice),
            ]
        );
    }

    #[test]
    fn each_violation_has_its_line() {
        assert_eq!(
            lines("http://u@localhost/%00#x", ApplicationKind::Web),
            [
                (Rule::WrittenForm, Outcome::Passed),
                (Rule::Parts, Outcome::Failed),
                (Rule::Parts, Outcome::Failed),
                (Rule::Parts, Outcome::Failed),
                (Rule::Scheme, Outcome::Failed),
                (Rule::PublicHost, Outcome::Failed),
                (Rule::ExactMatch, Outcome::Notice),
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_checked_further() {
        assert_eq!(
            lines("app.example.com/cb", ApplicationKind::Web),
            [
                (Rule::WrittenForm, Outcome::Failed),
                (Rule::Parts, Outcome::NotChecked),
                (Rule::Scheme, Outcome::NotChecked),
                (Rule::PublicHost, Outcome::NotChecked),
                (Rule::ExactMatch, Outcome::Notice),
            ]
        );
    }

    #[test]
    fn what_only_the_operator_allows_is_said() {
        let lines = lines("http://dev.corp/cb", ApplicationKind::Web);
        assert!(lines.contains(&(Rule::Scheme, Outcome::Notice)));
        assert!(lines.contains(&(Rule::PublicHost, Outcome::Notice)));
        assert!(!lines.iter().any(|(_, outcome)| *outcome == Outcome::Failed));
    }

    #[test]
    fn an_international_name_is_shown_in_both_forms() {
        let messages: Vec<String> =
            checklist("https://xn--pple-43d.com/cb", ApplicationKind::Web, &CallbackPolicy::default())
                .into_iter()
                .map(|line| line.message)
                .collect();
        let notice = messages.iter().find(|message| message.contains("аpple.com"));
        let notice = notice.expect("there is a line with the name as people read it");
        assert!(notice.contains("xn--pple-43d.com") && notice.contains("mixes writing systems"));
    }

    #[test]
    fn only_a_native_loopback_address_is_told_that_its_port_is_free() {
        for (kind, told) in [(ApplicationKind::Native, true), (ApplicationKind::Web, false)] {
            let lines = checklist("http://127.0.0.1/cb", kind, &CallbackPolicy::default());
            let last = lines.last().expect("there are lines");
            assert_eq!(last.message.contains("port"), told);
        }
    }

    #[test]
    fn the_json_api_gets_names_and_sentences() {
        let lines = checklist("https://app.example.com", ApplicationKind::Web, &CallbackPolicy::default());
        let json = serde_json::to_value(&lines).expect("it serialises");
        assert_eq!(json[0]["rule"], "written_form");
        assert_eq!(json[0]["outcome"], "failed");
        assert!(json[0]["message"].as_str().is_some_and(|m| m.contains("`https://app.example.com/`")));
    }
}
