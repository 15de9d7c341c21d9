//! Distinguished names as text: RFC 4514, in one spelling, so that two of them are the same if their texts are.
//!
//! The most specific part comes first. Names of attributes are the ones below, other attributes are dotted numbers; the
//! parts of a multi-valued one are sorted; only what must be escaped is. Values are compared exactly: an authority that
//! changes the case of a name made another name.

use std::fmt::Write as _;

use x509_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Longer texts are refused.
const MOST_BYTES: usize = 4096;

/// RFC 4514 §3 and what certificates have besides: our name, the number, and further names in use.
const ATTRIBUTES: &[(&str, &str, &[&str])] = &[
    ("CN", "2.5.4.3", &["commonName"]),
    ("SURNAME", "2.5.4.4", &["SN"]),
    ("serialNumber", "2.5.4.5", &[]),
    ("C", "2.5.4.6", &["countryName"]),
    ("L", "2.5.4.7", &["localityName"]),
    ("ST", "2.5.4.8", &["S", "stateOrProvinceName"]),
    ("STREET", "2.5.4.9", &["streetAddress"]),
    ("O", "2.5.4.10", &["organizationName"]),
    ("OU", "2.5.4.11", &["organizationalUnitName"]),
    ("title", "2.5.4.12", &[]),
    ("businessCategory", "2.5.4.15", &[]),
    ("postalCode", "2.5.4.17", &[]),
    ("GN", "2.5.4.42", &["givenName"]),
    ("organizationIdentifier", "2.5.4.97", &[]),
    ("UID", "0.9.2342.19200300.100.1.1", &["userId"]),
    ("DC", "0.9.2342.19200300.100.1.25", &["domainComponent"]),
    ("emailAddress", "1.2.840.113549.1.9.1", &["E", "email"]),
];

/// What a certificate has as subject or issuer; empty if it has no part.
pub(crate) fn of_certificate(name: &X509Name<'_>) -> String {
    let parts = name.iter().map(|part| part.iter().map(|one| (attribute(one), value(one))).collect());
    // RFC 4514 §2.1: the text begins with the last part of the sequence.
    let mut parts: Vec<Vec<(String, Value)>> = parts.collect();
    parts.reverse();
    written(parts)
}

/// The one spelling of what somebody typed; `None` if it is no RFC 4514 text.
pub(crate) fn normalised(text: &str) -> Option<String> {
    if text.len() > MOST_BYTES || text.trim().is_empty() {
        return None;
    }
    let mut reader = Reader { rest: text };
    let mut parts = vec![];
    loop {
        let mut part = vec![reader.attribute_and_value()?];
        while reader.takes('+') {
            part.push(reader.attribute_and_value()?);
        }
        parts.push(part);
        if reader.rest.is_empty() {
            return Some(written(parts));
        }
        if !reader.takes(',') {
            return None;
        }
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// The DER of what is no text, as `#` and hexadecimal digits.
    Other(String),
}

fn attribute(one: &AttributeTypeAndValue<'_>) -> String {
    let number = one.attr_type().to_id_string();
    called(&number).map_or(number, str::to_owned)
}

fn called(number: &str) -> Option<&'static str> {
    ATTRIBUTES.iter().find(|(_, known, _)| *known == number).map(|(name, ..)| *name)
}

fn value(one: &AttributeTypeAndValue<'_>) -> Value {
    text_of(one.attr_value()).unwrap_or_else(|| {
        let any = one.attr_value();
        Value::Other(hexadecimal(&der(any.tag(), any.data)))
    })
}

fn text_of(any: &Any<'_>) -> Option<Value> {
    match any.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::NumericString => {
            std::str::from_utf8(any.data).ok().map(|text| Value::Text(text.to_owned()))
        }
        _ => None,
    }
}

/// DER of a primitive value (X.690 §8.1.3).
fn der(tag: Tag, content: &[u8]) -> Vec<u8> {
    let mut der = vec![u8::try_from(tag.0).unwrap_or(0x1f)];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => der.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            der.push(0x80 | u8::try_from(significant.len()).unwrap_or(0x7f));
            der.extend(significant);
        }
    }
    der.extend(content);
    der
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn written(parts: Vec<Vec<(String, Value)>>) -> String {
    let parts: Vec<String> = parts
        .into_iter()
        .map(|mut part| {
            part.sort();
            let ones: Vec<String> = part.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
            ones.join("+")
        })
        .collect();
    parts.join(",")
}

/// RFC 4514 §2.4, and characters that are not for terminals and pages.
fn escaped(value: &Value) -> String {
    let text = match value {
        Value::Text(text) => text,
        Value::Other(digits) => return format!("#{digits}"),
    };
    let last = text.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', character]),
            '#' if index == 0 => out.push_str("\\#"),
            ' ' if index == 0 || index == last => out.push_str("\\ "),
            control if control.is_control() || misleads(control) => {
                let mut buffer = [0; 4];
                for byte in control.encode_utf8(&mut buffer).bytes() {
                    let _ = write!(out, "\\{byte:02x}");
                }
            }
            plain => out.push(plain),
        }
    }
    out
}

/// Whether a reader would not see it, or see what follows in another order.
const fn misleads(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// Whether `separator` comes next; it is then behind us.
    fn takes(&mut self, separator: char) -> bool {
        let taken = self.rest.strip_prefix(separator);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn attribute_and_value(&mut self) -> Option<(String, Value)> {
        let (name, rest) = self.rest.split_once('=')?;
        self.rest = rest;
        Some((attribute_named(name.trim_matches(' '))?, self.value()?))
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start_matches(' ');
        if self.takes('#') {
            return self.digits();
        }
        let mut bytes = vec![];
        // Up to here a space at the end is part of the value, because it was escaped.
        let mut kept = 0;
        let mut characters = self.rest.char_indices();
        let end = loop {
            match characters.next() {
                None => break self.rest.len(),
                Some((at, ',' | '+')) => break at,
                Some((_, '"' | ';' | '<' | '>' | '\0')) => return None,
                Some((_, '\\')) => {
                    bytes.extend(unescaped(&mut characters)?);
                    kept = bytes.len();
                }
                Some((_, plain)) => bytes.extend(plain.encode_utf8(&mut [0; 4]).bytes()),
            }
        };
        self.rest = self.rest.get(end..)?;
        while bytes.len() > kept && bytes.last() == Some(&b' ') {
            bytes.pop();
        }
        String::from_utf8(bytes).ok().map(Value::Text)
    }

    fn digits(&mut self) -> Option<Value> {
        let end = self.rest.find([',', '+']).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        let der = bytes_of(digits.trim_end_matches(' '))?;
        let (after, any) = Any::from_der(&der).ok()?;
        after.is_empty().then(|| text_of(&any).unwrap_or_else(|| Value::Other(hexadecimal(&der))))
    }
}

/// What follows a backslash: a special character itself, or two hexadecimal digits of a byte.
fn unescaped(characters: &mut std::str::CharIndices<'_>) -> Option<Vec<u8>> {
    let (_, first) = characters.next()?;
    match first {
        '"' | '+' | ',' | ';' | '<' | '>' | '\\' | ' ' | '#' | '=' => Some(vec![u8::try_from(first).ok()?]),
        _ => {
            let (_, second) = characters.next()?;
            bytes_of(&[first, second].iter().collect::<String>())
        }
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        digits.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, odd) = digits.as_deref()?.as_chunks::<2>();
    odd.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn attribute_named(name: &str) -> Option<String> {
    let known = ATTRIBUTES.iter().find(|(ours, number, others)| {
        ours.eq_ignore_ascii_case(name)
            || *number == name
            || others.iter().any(|other| other.eq_ignore_ascii_case(name))
    });
    if let Some((ours, ..)) = known {
        return Some((*ours).to_owned());
    }
    let mut numbers = name.split('.');
    let dotted = numbers.clone().count() > 1
        && numbers.all(|number| {
            !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && (number == "0" || !number.starts_with('0'))
        });
    dotted.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_same_name_in_other_spellings_is_the_same_text() {
        for (typed, expected) in [
            ("CN=Report Bot,O=Example,C=DE", "CN=Report Bot,O=Example,C=DE"),
            (" cn = Report Bot , o=Example, 2.5.4.6 = DE ", "CN=Report Bot,O=Example,C=DE"),
            ("commonName=a\\2Cb\\+c", "CN=a\\,b\\+c"),
            ("CN=#0C0161", "CN=a"),
            ("CN=#1E020061", "CN=#1e020061"),
            ("OU=b+CN=a,O=x", "CN=a+OU=b,O=x"),
            ("CN=\\ a\\ ", "CN=\\ a\\ "),
            ("CN=a=b", "CN=a=b"),
            ("CN=\\c3\\a4", "CN=ä"),
            ("1.2.3.4=x", "1.2.3.4=x"),
            ("E=bot@example.com", "emailAddress=bot@example.com"),
            ("CN=", "CN="),
            ("CN=\\0a", "CN=\\0a"),
            ("CN=a\u{202e}b", "CN=a\\e2\\80\\aeb"),
        ] {
            assert_eq!(normalised(typed).as_deref(), Some(expected), "{typed}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for wrong in [
            "",
            " ",
            "Report Bot",
            "CN",
            "CN=a,",
            ",CN=a",
            "XY=a",
            "CN=\"a\"",
            "CN=a;O=b",
            "CN=\\",
            "CN=\\zz",
            "CN=#0",
            "CN=#0c02",
            "CN=\\ff",
            "1.02=a",
            "1=a",
            "=a",
            "/C=DE/CN=a",
        ] {
            assert_eq!(normalised(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn the_one_spelling_is_its_own(text in "(CN|o|1\\.2\\.3)=.{0,20}(,OU=.{0,8})?") {
            if let Some(once) = normalised(&text) {
                prop_assert_eq!(normalised(&once), Some(once.clone()));
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = normalised(&text);
        }

        #[test]
        fn values_are_told_apart(one in any::<String>(), other in any::<String>()) {
            let [one_text, other_text] = [&one, &other].map(|value| escaped(&Value::Text(value.clone())));
            prop_assert_eq!(one == other, one_text == other_text);
            // RFC 4514 §2.4: NUL is escaped too, so every value can be read back.
            let expected = format!("CN={one_text}");
            if expected.len() <= MOST_BYTES {
                prop_assert_eq!(normalised(&expected), Some(expected));
            }
        }
    }
}
