//! Readers of arguments that have a form of their own.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use domain::{EnvironmentName, InvalidEnvironmentName, ScopeWords, Timestamp};
use zeroize::Zeroizing;

use super::failure::Failure;
pub(super) use crate::config::duration;

/// An environment's name; `default` is the one without a path prefix.
pub(super) fn environment(text: &str) -> Result<EnvironmentName, InvalidEnvironmentName> {
    EnvironmentName::try_from(text.to_owned())
}

/// `SCOPE=WORDS`.
pub(super) fn scope_words(text: &str) -> Result<ScopeWords, String> {
    let (scope, words) = text.split_once('=').ok_or("write SCOPE=WORDS, as in read=\"See your reports\"")?;
    let scope = scope.parse().map_err(|error: domain::InvalidScope| error.to_string())?;
    Ok(ScopeWords { scope, words: words.to_owned() })
}

/// A moment as people write it: a date, a time of RFC 3339, or how long from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    At(Timestamp),
    In(Duration),
}

impl Moment {
    pub(super) fn from(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(life) => now + life,
        }
    }

    /// For moments that have passed: how long is how long ago.
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::In(life) => now - life,
        }
    }
}

/// `2027-03-01` (midnight UTC), `2027-03-01T12:00:00Z` or `90d`.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    if let Ok(life) = duration(text) {
        return Ok(Moment::In(life));
    }
    let at = |moment: jiff::Timestamp| Moment::At(Timestamp::from_millis(moment.as_millisecond()));
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(at(moment));
    }
    let date = text.parse::<jiff::civil::Date>().ok();
    let midnight = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    midnight
        .map(|midnight| at(midnight.timestamp()))
        .ok_or_else(|| "write a date (2027-03-01), a time (2027-03-01T12:00:00Z) or how long from now (90d)".to_owned())
}

/// What a file or, for `-`, standard input holds. One byte more than may be pasted is enough to know that it is too
/// much.
pub(super) fn pasted(file: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let most = certificates::MOST_BYTES as u64 + 1;
    // It may be a private key, by mistake.
    let mut bytes = Zeroizing::new(Vec::with_capacity(certificates::MOST_BYTES + 1));
    let read = if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|open| open.take(most).read_to_end(&mut bytes))
    };
    read.map_err(|cause| Failure::Refused(format!("{} cannot be read: {cause}", file.display())))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_or_a_while_from_now() {
        let now = Timestamp::from_seconds(1_000);
        assert_eq!(moment("1970-01-02").map(|moment| moment.from(now)), Ok(Timestamp::from_seconds(86_400)));
        assert_eq!(moment("1970-01-01T00:00:05Z").map(|moment| moment.from(now)), Ok(Timestamp::from_seconds(5)));
        assert_eq!(moment("10s").map(|moment| moment.from(now)), Ok(Timestamp::from_seconds(1_010)));
        assert!(moment("tomorrow").is_err());
    }
}
