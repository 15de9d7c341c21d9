//! What several callback URLs of one app say beside each other: the same one twice, and those that people mix up.

use domain::{ApplicationKind, CallbackUrl};

use super::{ChecklistLine, ClosestDifference, Difference, Outcome, Rule, closest_difference};

/// For each of `texts` what stands against it, or should be known of it, because of one before it. Empty ones count
/// as not written.
#[must_use]
pub fn beside_each_other(texts: &[&str], kind: ApplicationKind) -> Vec<Vec<ChecklistLine>> {
    let before = |place: usize, text: &str| {
        let earlier = texts.iter().take(place).enumerate().filter(|(_, other)| !other.is_empty());
        earlier.filter_map(|(number, other)| beside(number + 1, other, text, kind)).collect()
    };
    let of = |(place, text): (usize, &&str)| if text.is_empty() { Vec::new() } else { before(place, text) };
    texts.iter().enumerate().map(of).collect()
}

/// What is to be said of `text`, because of `other`, which is the one with this number.
fn beside(number: usize, other: &str, text: &str, kind: ApplicationKind) -> Option<ChecklistLine> {
    let line = |outcome, message| Some(ChecklistLine { rule: Rule::ExactMatch, outcome, message });
    if other == text {
        return line(Outcome::Failed, format!("The same as callback URL {number}. Leave one of them empty."));
    }
    // A native app's loopback address takes any port: another port is the same URL written twice.
    let registered = [CallbackUrl::accepted(other)];
    match closest_difference(&registered, kind, text) {
        ClosestDifference::Same => line(
            Outcome::Notice,
            format!("Matches whatever callback URL {number} matches, which takes any port: one of them is enough."),
        ),
        ClosestDifference::Differs { differences, .. } if differences.iter().all(|found| is_slight(*found)) => {
            let parts: Vec<_> = differences.iter().map(Difference::to_string).collect();
            line(
                Outcome::Notice,
                format!(
                    "Almost the same as callback URL {number}: {}. Keep both only if you use both.",
                    parts.join("; ")
                ),
            )
        }
        ClosestDifference::Differs { .. } | ClosestDifference::NothingRegistered => None,
    }
}

const fn is_slight(difference: Difference) -> bool {
    !matches!(difference, Difference::Component(_))
}

#[cfg(test)]
mod tests {
    use domain::ApplicationKind::{Native, Web};

    use super::*;

    fn outcomes(texts: &[&str], kind: ApplicationKind) -> Vec<Vec<Outcome>> {
        let found = beside_each_other(texts, kind);
        found.into_iter().map(|lines| lines.into_iter().map(|line| line.outcome).collect()).collect()
    }

    #[test]
    fn the_second_of_two_is_told_of_the_first() {
        let url = "https://app.example.com/cb";
        assert_eq!(
            outcomes(&[url, "", url, "", "https://app.example.com/other"], Web),
            [vec![], vec![], vec![Outcome::Failed], vec![], vec![]]
        );
    }

    #[test]
    fn what_people_mix_up_is_named() {
        for other in ["https://app.example.com/cb/", "https://app.example.com/CB", "https://app.example.com/c%62"] {
            let found = beside_each_other(&["https://app.example.com/cb", other], Web);
            let [first, second] = found.as_slice() else { panic!("one for each") };
            assert!(first.is_empty(), "{other}");
            let [line] = second.as_slice() else { panic!("{other}: {second:?}") };
            assert_eq!(line.outcome, Outcome::Notice);
            assert!(line.message.starts_with("Almost the same as callback URL 1: "), "{}", line.message);
        }
        assert_eq!(outcomes(&["https://a.example.com/cb", "https://b.example.com/cb"], Web), [vec![], vec![]]);
    }

    #[test]
    fn a_free_port_makes_a_second_one_needless() {
        let urls = ["http://127.0.0.1/cb", "http://127.0.0.1:5000/cb"];
        assert_eq!(outcomes(&urls, Native), [vec![], vec![Outcome::Notice]]);
        assert_eq!(outcomes(&urls, Web), [vec![], vec![]]);
    }
}
