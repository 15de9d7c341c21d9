//! The checker can fail: a ledger that is clean, and for each invariant one line that breaks it.

use serde_json::json;

use super::{Invariant, check};
use crate::ledger::{Answer, Effect, Entry, Event, Question};

/// Lines of a ledger, ten milliseconds apart unless told otherwise.
#[derive(Default)]
struct Story {
    entries: Vec<Entry>,
    now: u64,
}

impl Story {
    /// A code is redeemed, its token introspected and refreshed, an app made; all is well, and on record.
    fn clean() -> Self {
        let mut story = Self::default();
        story.told(redeem(), 200, &token("access", "first"));
        story.told(introspect("access"), 200, r#"{"active":true}"#);
        story.told(refresh("first"), 200, &token("renewed", "second"));
        story.told(make("app create Bot"), 200, r#"{"id":"app_1"}"#);
        story.told(Question::Show { id: "app_1".to_owned() }, 200, "{}");
        story.recorded("connection.made", "con_1");
        story.recorded("app.created", "app_1");
        story
    }

    fn line(&mut self, event: Event) {
        self.now += 10;
        self.entries.push(Entry { at: self.now, event });
    }

    fn told(&mut self, question: Question, status: u16, body: &str) {
        let request = u64::try_from(self.entries.len()).expect("a short story");
        self.line(Event::Asked { request, replica: 0, question });
        let retry_after = (status == 503).then(|| "1".to_owned());
        let (content_type, body) = ("application/json".to_owned(), body.to_owned());
        self.line(Event::Answered { request, answer: Answer { status, retry_after, content_type, body } });
    }

    fn broke(&mut self, question: Question) {
        let request = u64::try_from(self.entries.len()).expect("a short story");
        self.line(Event::Asked { request, replica: 0, question });
        self.line(Event::Broke { request, why: "reset".to_owned() });
    }

    fn recorded(&mut self, action: &str, target: &str) {
        self.line(Event::Audit { action: action.to_owned(), target: target.to_owned() });
    }

    fn later(&mut self, milliseconds: u64) {
        self.now += milliseconds;
    }

    /// Whether it breaks this invariant, and no other.
    #[track_caller]
    fn breaks(&self, invariant: Invariant) {
        let verdict = check(&self.entries);
        assert!(verdict.count(invariant) > 0, "{verdict}");
        let others = super::ALL.iter().filter(|(other, _)| *other != invariant);
        assert_eq!(others.map(|(other, _)| verdict.count(*other)).sum::<usize>(), 0, "{verdict}");
    }

    #[track_caller]
    fn is_clean(&self) {
        let verdict = check(&self.entries);
        assert!(verdict.is_clean(), "{verdict}");
    }
}

fn redeem() -> Question {
    Question::Redeem { key: "key".to_owned(), code: "code".to_owned() }
}

fn refresh(token: &str) -> Question {
    Question::Refresh { key: "key".to_owned(), token: token.to_owned(), rotating: true }
}

fn introspect(token: &str) -> Question {
    Question::Introspect { token: token.to_owned() }
}

fn revoke(token: &str) -> Question {
    Question::Revoke { key: "key".to_owned(), token: token.to_owned() }
}

fn make(words: &str) -> Question {
    Question::Command { words: words.to_owned(), effect: Effect::Makes }
}

fn token(access: &str, refresh: &str) -> String {
    let body = json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh,
        "connection_id": "con_1",
    });
    body.to_string()
}

fn refused(error: &str) -> String {
    json!({ "error": error, "error_description": "told" }).to_string()
}

#[test]
fn a_good_ledger_is_clean() {
    Story::clean().is_clean();
}

#[test]
fn a_code_with_two_successes_is_seen() {
    let mut story = Story::clean();
    story.told(redeem(), 200, &token("other", "first"));
    story.breaks(Invariant::CodeTwice);
}

#[test]
fn a_second_successor_is_seen() {
    let mut story = Story::clean();
    story.told(refresh("first"), 200, &token("other", "third"));
    story.breaks(Invariant::TwoSuccessors);
}

#[test]
fn a_lost_refresh_token_is_seen() {
    let mut story = Story::clean();
    story.told(refresh("second"), 400, &refused("invalid_grant"));
    story.breaks(Invariant::RefusedWithoutCause);
}

#[test]
fn a_failed_refresh_is_no_cause_to_refuse_the_next() {
    let mut story = Story::clean();
    story.told(refresh("second"), 503, &refused("temporarily_unavailable"));
    story.told(refresh("second"), 400, &refused("invalid_grant"));
    story.breaks(Invariant::RefusedWithoutCause);
}

#[test]
fn a_revoked_refresh_token_is_refused_with_cause() {
    let mut story = Story::clean();
    story.told(revoke("second"), 200, "{}");
    story.told(refresh("second"), 400, &refused("invalid_grant"));
    story.recorded("connection.ended", "con_1");
    story.is_clean();
}

#[test]
fn a_token_that_outlives_its_revocation_is_seen() {
    let mut story = Story::clean();
    story.told(revoke("second"), 200, "{}");
    story.recorded("connection.ended", "con_1");
    story.later(900);
    story.told(introspect("renewed"), 200, r#"{"active":true}"#);
    story.is_clean();
    story.later(100);
    story.told(introspect("renewed"), 200, r#"{"active":true}"#);
    story.breaks(Invariant::ActiveAfterEnd);
}

#[test]
fn a_token_that_outlives_its_revoked_key_is_seen() {
    let mut story = Story::clean();
    let effect = Effect::EndsKey { key: "key".to_owned() };
    story.told(Question::Command { words: "key revoke key".to_owned(), effect }, 200, "{}");
    story.recorded("key.revoked", "key");
    story.later(1_100);
    story.told(refresh("second"), 200, &token("another", "third"));
    story.breaks(Invariant::ActiveAfterEnd);
}

#[test]
fn an_app_that_went_missing_is_seen() {
    let mut story = Story::clean();
    story.told(make("app create Other"), 200, r#"{"id":"app_2"}"#);
    story.recorded("app.created", "app_2");
    story.told(Question::Show { id: "app_2".to_owned() }, 1, "");
    story.breaks(Invariant::Missing);
}

#[test]
fn a_secret_that_went_missing_is_seen() {
    let mut story = Story::clean();
    story.told(Question::ClientCredentials { key: "key".to_owned() }, 401, &refused("invalid_client"));
    story.breaks(Invariant::Missing);
}

#[test]
fn a_token_unknown_to_introspection_is_seen() {
    let mut story = Story::clean();
    story.told(introspect("renewed"), 200, r#"{"active":false}"#);
    story.breaks(Invariant::Unknown);
}

#[test]
fn an_answer_that_says_nothing_is_seen() {
    let ugly = [(500, refused("server_error")), (503, refused("server_error")), (200, "{}".to_owned())];
    for (status, body) in ugly {
        let mut story = Story::clean();
        story.told(introspect("renewed"), status, &body);
        story.breaks(Invariant::Malformed);
    }
}

#[test]
fn a_lost_answer_is_excused_by_the_death_of_its_replica_alone() {
    let mut story = Story::clean();
    story.line(Event::Fault { what: "replica 0".to_owned() });
    story.broke(refresh("second"));
    story.line(Event::Over { what: "replica 0".to_owned() });
    story.is_clean();
    story.broke(refresh("second"));
    story.breaks(Invariant::Malformed);
}

#[test]
fn a_late_answer_is_seen() {
    let mut story = Story::clean();
    story.line(Event::Asked { request: 99, replica: 0, question: introspect("renewed") });
    story.later(6_000);
    let (content_type, body) = ("application/json".to_owned(), r#"{"active":true}"#.to_owned());
    story.line(Event::Answered { request: 99, answer: Answer { status: 200, retry_after: None, content_type, body } });
    story.breaks(Invariant::Malformed);
}

#[test]
fn a_change_without_its_record_is_seen() {
    let mut story = Story::clean();
    story.told(revoke("second"), 200, "{}");
    story.breaks(Invariant::Unrecorded);
}
