//! How each type of setting is written. A value from the environment or a flag is always text, so each type reads text.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use client_registry::callback_url::CallbackException;
use lettre::message::Mailbox;
use mtls_listener::Form;
use toml::Value;

use super::{LogFormat, Network, ProxiedAddress, RootKeyLine, Secret};

/// A type that settings have.
pub(super) trait Setting: Sized {
    /// Reads it as TOML has it.
    ///
    /// # Errors
    /// What to write instead. Never repeats the value: that is for the caller, who knows whether it is a secret.
    fn read(value: &Value) -> Result<Self, String>;

    /// Writes it as TOML has it.
    fn write(&self) -> String;
}

/// A duration as settings have it.
///
/// # Errors
/// What to write instead.
pub fn duration(text: &str) -> Result<Duration, String> {
    Duration::read(&Value::String(text.to_owned()))
}

/// The units of durations, longest first. Of two for the same, the first is written.
const UNITS: &[(&str, u64)] =
    &[("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

impl Setting for Duration {
    fn read(value: &Value) -> Result<Self, String> {
        let wanted = || "write a number and its unit: ms, s, m (or min), h or d, as in \"90d\"".to_owned();
        let text = value.as_str().ok_or_else(wanted)?;
        let unit_at = text.find(|character: char| !character.is_ascii_digit()).ok_or_else(wanted)?;
        let (number, unit) = text.split_at(unit_at);
        let number: u64 = number.parse().map_err(|_| wanted())?;
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit.trim_start()).ok_or_else(wanted)?;
        number.checked_mul(*millis).map(Self::from_millis).ok_or_else(wanted)
    }

    fn write(&self) -> String {
        let millis = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        let fits = |unit: &&(&str, u64)| millis >= unit.1 && millis.is_multiple_of(unit.1);
        let (name, unit) = UNITS.iter().find(fits).unwrap_or(&("s", 1000));
        format!("\"{}{name}\"", millis / unit)
    }
}

impl Setting for bool {
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Boolean(on) => Ok(*on),
            Value::String(text) if text == "true" => Ok(true),
            Value::String(text) if text == "false" => Ok(false),
            _ => Err("write true or false".to_owned()),
        }
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_number {
    ($($number:ty)+) => {$(
        impl Setting for $number {
            fn read(value: &Value) -> Result<Self, String> {
                match value {
                    Value::Integer(number) => Self::try_from(*number).ok(),
                    Value::String(text) => text.parse().ok(),
                    _ => None,
                }
                .ok_or_else(|| "write a whole number".to_owned())
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
whole_number!(u32 u64 usize);

macro_rules! text {
    ($($kind:ty: $wanted:literal)+) => {$(
        impl Setting for $kind {
            fn read(value: &Value) -> Result<Self, String> {
                value.as_str().and_then(|text| Self::from_str(text).ok()).ok_or_else(|| $wanted.to_owned())
            }

            fn write(&self) -> String {
                format!("\"{self}\"")
            }
        }
    )+};
}
text! {
    String: "write text in quotes"
    SocketAddr: "write ADDRESS:PORT, as in \"127.0.0.1:8080\""
    Network: "write an address, or ADDRESS/BITS without bits set beyond BITS, as in \"10.0.0.0/8\""
    CallbackException: "write HOST, HOST:PORT, ADDRESS or ADDRESS/BITS, with http:// before it to allow plain http"
    Form: "write \"rfc9440\", \"nginx\", \"haproxy\", \"caddy\", \"envoy\", \"traefik\" or \"alb\""
    ProxiedAddress: "write ADDRESS:PORT, or unix: and the path of a socket, as in \"unix:/run/countersign/proxied.sock\""
    Mailbox: "write an address, or NAME <ADDRESS>"
    LogFormat: "write \"auto\", \"text\" or \"json\""
}

impl Setting for PathBuf {
    fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(Self::from).ok_or_else(|| "write a path in quotes".to_owned())
    }

    fn write(&self) -> String {
        format!("\"{}\"", self.display())
    }
}

impl Setting for Secret {
    fn read(value: &Value) -> Result<Self, String> {
        let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
        text.map(|text| Self::new(text.to_owned())).ok_or_else(|| "write text in quotes".to_owned())
    }

    fn write(&self) -> String {
        "\"…\"".to_owned()
    }
}

impl Setting for RootKeyLine {
    fn read(value: &Value) -> Result<Self, String> {
        let wanted = "write ID:KEY, a number from 0 to 255 and 32 random bytes in base64; `countersign config root-key` makes one";
        value.as_str().and_then(|text| text.trim().parse().ok()).ok_or_else(|| wanted.to_owned())
    }

    fn write(&self) -> String {
        "\"…\"".to_owned()
    }
}

impl<T: Setting> Setting for Vec<T> {
    /// Text is split at commas and line breaks.
    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            Value::String(text) => text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| T::read(&Value::String(item.to_owned())))
                .collect(),
            _ => Err("write a list in brackets".to_owned()),
        }
    }

    fn write(&self) -> String {
        format!("[{}]", self.iter().map(T::write).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn duration(text: &str) -> Option<Duration> {
        Duration::read(&Value::String(text.to_owned())).ok()
    }

    #[test]
    fn a_duration_says_its_unit() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("90d"), Some(Duration::from_secs(90 * 86_400)));
        assert_eq!(duration("10 min"), Some(Duration::from_secs(600)));
        assert_eq!(duration("10m"), Some(Duration::from_secs(600)));
        for wrong in ["60", "", "s", "1.5h", "-1s", "1mo", "99999999999999999999d"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_duration_reads_as_it_was_written(millis in 0u64..u64::from(u32::MAX)) {
            let life = Duration::from_millis(millis);
            prop_assert_eq!(duration(life.write().trim_matches('"')), Some(life));
        }

        #[test]
        fn any_text_is_read_without_panic(text: String) {
            let value = Value::String(text);
            let _ = Duration::read(&value);
            let _ = Vec::<Network>::read(&value);
            let _ = Vec::<RootKeyLine>::read(&value);
        }
    }
}
