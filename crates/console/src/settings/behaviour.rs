//! What an app may set of its own: lifetimes, rotation of refresh tokens, parameters in the URL.

use std::time::Duration;

use client_registry::AppEdit;
use domain::{App, ApplicationKind, Lifetimes, Timestamp};
use oauth_endpoints::sessions::{PageForm, Visitor};

use super::is_ticked;
use crate::pages::{BehaviourFields, Choice, Life, Problem, moment};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * 60;
/// For how many days parameters in the URL can be switched on.
const LEGACY_DAYS: [u64; 4] = [30, 90, 180, 365];
const OFF: &str = "off";
const KEEP: &str = "keep";

/// As it stands in the form.
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    access_token: String,
    connection_idle: String,
    connection_life: String,
    rotate: bool,
    legacy: String,
}

impl Behaviour {
    pub(super) fn of_app(app: &App, now: Timestamp) -> Self {
        Self {
            access_token: written(app.lifetimes.access_token, MINUTE),
            connection_idle: written(app.lifetimes.connection_idle, DAY),
            connection_life: written(app.lifetimes.connection_absolute, DAY),
            rotate: app.rotate_refresh_tokens,
            legacy: if app.accepts_legacy_parameters(now) { KEEP } else { OFF }.to_owned(),
        }
    }

    pub(super) fn of_form(form: &PageForm) -> Self {
        let text = |name: &str| form.one(name).trim().to_owned();
        Self {
            access_token: text("access_token"),
            connection_idle: text("connection_idle"),
            connection_life: text("connection_life"),
            rotate: is_ticked(form, "rotate"),
            legacy: text("legacy"),
        }
    }

    /// What has to be edited so that `app` behaves like this.
    pub(super) fn edits(&self, app: &App, now: Timestamp) -> Result<Vec<AppEdit>, Vec<Problem>> {
        let Lifetimes { access_token, connection_idle, connection_absolute } = app.lifetimes;
        let mut problems = Vec::new();
        let mut life = |field, text: &str, stored, unit| {
            read(text, stored, unit).unwrap_or_else(|()| {
                problems.push(Problem::new(field, "write a number, or leave it empty for what this server has set"));
                stored
            })
        };
        let lifetimes = Lifetimes {
            access_token: life("access_token", &self.access_token, access_token, MINUTE),
            connection_idle: life("connection_idle", &self.connection_idle, connection_idle, DAY),
            connection_absolute: life("connection_life", &self.connection_life, connection_absolute, DAY),
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut edits = Vec::new();
        edits.extend((lifetimes != app.lifetimes).then_some(AppEdit::Lifetimes(lifetimes)));
        edits.extend((self.rotate != app.rotate_refresh_tokens).then_some(AppEdit::RotateRefreshTokens(self.rotate)));
        edits.extend(self.legacy_edit(app, now));
        Ok(edits)
    }

    fn legacy_edit(&self, app: &App, now: Timestamp) -> Option<AppEdit> {
        let days = LEGACY_DAYS.into_iter().find(|days| days.to_string() == self.legacy);
        match days {
            Some(days) => Some(AppEdit::LegacyParametersUntil(Some(now + Duration::from_secs(days * DAY)))),
            None if self.legacy == KEEP => None,
            None => app.accepts_legacy_parameters(now).then_some(AppEdit::LegacyParametersUntil(None)),
        }
    }

    pub(super) fn shown(&self, app: &App, visitor: &Visitor) -> BehaviourFields {
        let (settings, now) = (&visitor.state.protocol.settings, visitor.now());
        let life =
            |text: &String, server: Duration, unit| Life { text: text.clone(), server: written(Some(server), unit) };
        BehaviourFields {
            access_token: life(&self.access_token, settings.access_token, MINUTE),
            connection_idle: life(&self.connection_idle, settings.connection_idle, DAY),
            connection_life: life(&self.connection_life, settings.connection_absolute, DAY),
            rotate: self.rotate,
            legacy: self.legacy_choices(app, visitor, now),
        }
    }

    /// Old client libraries are a matter of servers; elsewhere there is nothing to choose.
    fn legacy_choices(&self, app: &App, visitor: &Visitor, now: Timestamp) -> Vec<Choice> {
        if app.kind != ApplicationKind::Web {
            return Vec::new();
        }
        let choice = |value: String, words: String| {
            let chosen = value == self.legacy;
            Choice { value, words, chosen }
        };
        let mut choices = vec![choice(OFF.to_owned(), "Off".to_owned())];
        if let Some(until) = app.legacy_parameters_until.filter(|_| app.accepts_legacy_parameters(now)) {
            choices.push(choice(KEEP.to_owned(), format!("On until {}, as now", moment(until).words)));
        }
        let longest = visitor.state.registry.policy().longest_legacy_parameters.as_secs() / DAY;
        let days = LEGACY_DAYS.into_iter().filter(|days| *days <= longest);
        choices.extend(days.map(|days| choice(days.to_string(), format!("On for {days} days from now"))));
        choices
    }
}

/// In whole units or, where it is none, with two digits after the point.
fn written(life: Option<Duration>, unit: u64) -> String {
    match life.map(|life| life.as_secs()) {
        None => String::new(),
        Some(seconds) if seconds % unit == 0 => (seconds / unit).to_string(),
        Some(seconds) => {
            let hundredths = (seconds * 100).div_ceil(unit);
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
    }
}

/// What was typed, in whole units. What stands there as it was shown is what it was, to the second.
fn read(text: &str, stored: Option<Duration>, unit: u64) -> Result<Option<Duration>, ()> {
    if text == written(stored, unit) {
        return Ok(stored);
    }
    if text.is_empty() {
        return Ok(None);
    }
    // At most six digits: the registry says what is too long, and nothing overflows.
    let number: u32 = if text.len() <= 6 { text.parse().map_err(drop)? } else { return Err(()) };
    Ok(Some(Duration::from_secs(u64::from(number) * unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_that_was_not_touched_is_kept_to_the_second() {
        for seconds in [60, 90, 3599, 86_400, 100_001] {
            let stored = Some(Duration::from_secs(seconds));
            for unit in [MINUTE, DAY] {
                assert_eq!(read(&written(stored, unit), stored, unit), Ok(stored), "{seconds} {unit}");
            }
        }
        assert_eq!(read("", None, MINUTE), Ok(None));
        assert_eq!(read("", Some(Duration::from_secs(60)), MINUTE), Ok(None));
    }

    #[test]
    fn a_life_is_a_number_of_its_unit() {
        assert_eq!(read("15", None, MINUTE), Ok(Some(Duration::from_secs(900))));
        assert_eq!(read("999999", None, DAY), Ok(Some(Duration::from_secs(999_999 * DAY))));
        for text in ["x", "-1", "1.5", "1e3", "9999999", "99999999999999999999"] {
            assert_eq!(read(text, None, MINUTE), Err(()), "{text}");
        }
    }
}
